"""Types of what people say about themselves, normalised once."""

import re
import unicodedata
from typing import Annotated

import phonenumbers
from email_validator import EmailNotValidError, validate_email
from phonenumbers import NumberParseException, PhoneNumberFormat, ValidationResult
from pydantic import AfterValidator, Field, WithJsonSchema

from servicekit.fields import clean_line, clean_text

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
# NFKC takes these vowels of Thai and Lao apart, though they stand for nothing else.
_WITHOUT_VOWELS = re.compile("[\u0e33\u0eb3]")
_BETWEEN_DIGITS = str.maketrans("", "", " -()")


def _email(value: str) -> str:
    try:
        address = validate_email(value, check_deliverability=False)
    except EmailNotValidError as wrong:
        raise ValueError(str(wrong)) from wrong
    local_part = _WITHOUT_VOWELS.sub("", address.local_part)
    if unicodedata.normalize("NFKC", local_part) != local_part:
        raise ValueError("before the @ stands a letter that only looks like another one")
    return address.normalized


def _phone_number(value: str) -> str:
    # The library reads letters as keys, drops extensions and mends prefixes: another one's number.
    said = value.translate(_BETWEEN_DIGITS)
    if not _E164.fullmatch(said):
        raise ValueError("a phone number in E.164 form is needed, such as +919876543210")
    try:
        number = phonenumbers.parse(said, None)
    except NumberParseException as wrong:
        raise ValueError("no country has this code") from wrong
    is_as_said = phonenumbers.format_number(number, PhoneNumberFormat.E164) == said
    # Whether it was given out already, numbering plans know later than people do.
    length = phonenumbers.is_possible_number_with_reason(number)
    if not is_as_said or length != ValidationResult.IS_POSSIBLE:
        raise ValueError("nobody has such a phone number")
    return said


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
