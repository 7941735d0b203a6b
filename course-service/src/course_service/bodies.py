"""What the request bodies of this service have in common."""

from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel, model_validator

from servicekit.fields import In
from servicekit.problems import not_yet_supported


class PostIn(In):
    """The body of a POST: `null` for an optional field means absent."""

    @model_validator(mode="before")
    @classmethod
    def _null_is_absent(cls, values: Any) -> Any:
        return cls.absent_if_null(values)


def refuse_unbuilt(body: BaseModel, fields: Iterable[str]) -> None:
    """Raises NotYetSupported for the first of `fields` that says anything but nothing."""
    for field in fields:
        if getattr(body, field):
            raise not_yet_supported(field)
