"""Types that several domains of payment-service take from clients."""

from typing import Annotated

from pydantic import Field, StringConstraints

CouponCode = Annotated[
    str,
    StringConstraints(strip_whitespace=True, to_upper=True, min_length=3, max_length=40),
    Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$"),
]
"""Letters, digits, `-` and `_`; upper and lower case are the same."""
