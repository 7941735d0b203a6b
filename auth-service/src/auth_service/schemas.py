"""What doors of several domains take."""

from typing import Annotated

from pydantic import AfterValidator, Field

from servicekit.fields import In, clean_text


class FreshProofIn(In):
    """`current_password` is needed unless the caller has signed in a moment ago."""

    current_password: (
        Annotated[str, AfterValidator(clean_text), Field(min_length=1, max_length=128)] | None
    ) = None
