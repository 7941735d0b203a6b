"""Types of what people say about themselves, normalised once."""

import unicodedata
from typing import Annotated

import phonenumbers
from email_validator import EmailNotValidError, validate_email
from phonenumbers import NumberParseException, PhoneNumberFormat
from pydantic import AfterValidator, Field, WithJsonSchema

from servicekit.fields import clean_line, clean_text


def _email(value: str) -> str:
    try:
        address = validate_email(value, check_deliverability=False)
    except EmailNotValidError as wrong:
        raise ValueError(str(wrong)) from wrong
    if unicodedata.normalize("NFKC", address.local_part) != address.local_part:
        raise ValueError("before the @ stands a letter that only looks like another one")
    return address.normalized


def _phone_number(value: str) -> str:
    try:
        number = phonenumbers.parse(value, None)
    except NumberParseException as wrong:
        raise ValueError("a phone number in E.164 form is needed, such as +919876543210") from wrong
    if not phonenumbers.is_possible_number(number):
        raise ValueError("no phone number has that many digits")
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


EmailAddress = Annotated[
    str,
    Field(max_length=254),
    AfterValidator(clean_line),
    AfterValidator(_email),
    WithJsonSchema({"type": "string", "format": "email", "maxLength": 254}),
]
"""An address as its owner writes it, in NFC; `email_key_of` makes it comparable."""

PhoneNumber = Annotated[
    str, Field(max_length=40), AfterValidator(clean_line), AfterValidator(_phone_number)
]
"""A phone number in E.164 form."""

NewPassword = Annotated[
    str,
    AfterValidator(clean_text),
    Field(min_length=8, max_length=128),
    WithJsonSchema({"type": "string", "format": "password", "minLength": 8, "maxLength": 128}),
]
"""8 to 128 characters; the service also judges whether it can be guessed."""

Code = Annotated[str, Field(pattern=r"^[0-9]{6}$")]
"""Six digits from a mail."""

Years = Annotated[int, Field(ge=0, le=80)]
