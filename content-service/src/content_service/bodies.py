"""What the bodies and answers of this service's routes have in common."""

from typing import Any

from pydantic import model_validator

from servicekit.fields import In


class PostBody(In):
    """The body of a POST: `null` for an optional field means absent."""

    @model_validator(mode="before")
    @classmethod
    def _null_is_absent(cls, values: Any) -> Any:
        return cls.absent_if_null(values)
