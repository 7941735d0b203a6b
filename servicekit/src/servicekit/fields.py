"""Types for what comes in: bounded text without control characters, tags, money, pages."""

import re
import unicodedata
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|[\ud800-\udfff]")
_LINE_CONTROL = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]|[\ud800-\udfff]")


def clean_text(value: str) -> str:
    """NFC text without NUL, lone surrogates or control characters (new lines and tabs may stay).

    Raises ValueError.
    """
    if _CONTROL.search(value):
        raise ValueError("control characters are not allowed")
    return unicodedata.normalize("NFC", value)


def clean_line(value: str) -> str:
    """One line of `clean_text`, stripped. Raises ValueError."""
    if _LINE_CONTROL.search(value):
        raise ValueError("control characters and line breaks are not allowed")
    return unicodedata.normalize("NFC", value).strip()


Text = Annotated[str, Field(max_length=20_000), AfterValidator(clean_text)]
"""Several lines, 20 000 characters at most."""

ShortText = Annotated[str, Field(max_length=2_000), AfterValidator(clean_text)]
"""Several lines, 2 000 characters at most."""

Line = Annotated[str, AfterValidator(clean_line), Field(max_length=200)]
"""One line, 200 characters at most; may be empty."""

Title = Annotated[str, AfterValidator(clean_line), Field(min_length=1, max_length=200)]
"""One line, 1 to 200 characters."""

Tag = Annotated[
    str,
    AfterValidator(clean_line),
    Field(min_length=1, max_length=50),
    AfterValidator(str.casefold),
]
"""One lower-case word or phrase, 50 characters at most."""

Url = Annotated[
    str, AfterValidator(clean_line), Field(max_length=2_000, pattern=r"^(https?://|/)[^\s<>\"]+$")
]
"""An http(s) address, or a path of ours."""

Moment = Annotated[
    AwareDatetime,
    Field(ge=datetime(1970, 1, 1, tzinfo=UTC), lt=datetime(2100, 1, 1, tzinfo=UTC)),
]
"""A time with its zone, from 1970 to 2100: near the ends of the calendar a sum or another zone
leaves it, and what was stored could not be read back."""

CurrencyCode = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
"""ISO 4217."""


def _money(value: Any) -> Any:
    if isinstance(value, float | bool):
        raise ValueError('money is a decimal string, such as "499.00"')  # noqa: TRY004  (pydantic)
    return value


Money = Annotated[
    Decimal,
    BeforeValidator(_money),
    Field(ge=0, max_digits=12, decimal_places=2, allow_inf_nan=False),
]
"""A decimal string with at most two places; never a float."""


def to_minor(amount: Decimal) -> int:
    """Integer minor units of an amount with at most two decimal places."""
    return int(amount.scaleb(2))


def from_minor(amount_minor: int) -> str:
    """The decimal string of integer minor units: 49900 → "499.00"."""
    return f"{Decimal(amount_minor).scaleb(-2):.2f}"


class In(BaseModel):
    """A request body: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    @classmethod
    def absent_if_null(cls, values: Any) -> Any:
        """On POST `null` for an optional field means absent; use as a `before` model validator."""
        if isinstance(values, dict):
            return {name: value for name, value in values.items() if value is not None}
        return values


class Patch(BaseModel):
    """A PATCH body: only the fields sent change; `null` clears."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    def sent(self) -> dict[str, Any]:
        """The fields that the client sent, `null` among them."""
        return self.model_dump(exclude_unset=True)


class Out(BaseModel):
    """An answer, read from a model; every field is always present."""

    model_config = ConfigDict(from_attributes=True)
