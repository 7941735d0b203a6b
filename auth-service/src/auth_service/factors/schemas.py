"""What codes and factors take and give."""

from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import AfterValidator, Field, model_validator

from auth_service.accounts.fields import Code, EmailAddress, PhoneNumber
from auth_service.factors.models import OtpChannel
from auth_service.schemas import FreshProofIn
from auth_service.sessions.schemas import GivenToken
from contracts.auth import Profession
from servicekit.fields import In, Out, Title, clean_line


class DestinationIn(In):
    """An address or a phone number; `channel` follows from it, and must fit it if it is sent."""

    channel: OtpChannel | None = None
    email: EmailAddress | None = None
    phone_number: PhoneNumber | None = None

    @model_validator(mode="before")
    @classmethod
    def _null_is_absent(cls, values: Any) -> Any:
        return cls.absent_if_null(values)

    @model_validator(mode="after")
    def _one_destination(self) -> Self:
        if (self.email is None) == (self.phone_number is None):
            raise ValueError("either email or phone_number is needed")
        if self.channel not in {None, self.means}:
            raise ValueError(f"{self.channel} does not fit the address that was given")
        return self

    @property
    def means(self) -> OtpChannel:
        """How a code gets there."""
        return OtpChannel.SMS if self.email is None else OtpChannel.EMAIL


class OtpRequestIn(DestinationIn):
    """Where to send a code."""


class ContactIn(DestinationIn):
    """The code with the address it came to."""

    otp_code: Code


class ContactProofIn(ContactIn, FreshProofIn):
    """The code with the address it came to; one that is new to the account needs a proof too."""


class OtpVerifyIn(ContactIn):
    """The code with its address; name and profession count on first use alone."""

    full_name: Title | None = None
    profession: Profession | None = None


class OtpSentOut(Out):
    """A code is on its way and good for `expires_in` seconds; nobody says to whom."""

    status: str
    channel: OtpChannel
    expires_in: int


BackupCodeText = Annotated[
    str,
    AfterValidator(clean_line),
    AfterValidator(lambda text: text.replace("-", "").replace(" ", "").upper()),
    Field(min_length=1, max_length=40),
]
"""A backup code; hyphens, blanks and case do not count."""


class MfaVerifyIn(In):
    """The token of the first step, with a code of the app or a backup code."""

    mfa_token: GivenToken
    otp_code: Code | None = None
    backup_code: BackupCodeText | None = None

    @model_validator(mode="before")
    @classmethod
    def _null_is_absent(cls, values: Any) -> Any:
        return cls.absent_if_null(values)

    @model_validator(mode="after")
    def _one_code(self) -> Self:
        if (self.otp_code is None) == (self.backup_code is None):
            raise ValueError("either otp_code or backup_code is needed")
        return self


class TotpConfirmIn(In):
    """The code that the app shows now."""

    otp_code: Code


class TotpOut(Out):
    """What the app needs: the secret in Base32, and the same as an address for a QR code."""

    secret: str
    otpauth_uri: str


class BackupCodesOut(Out):
    """Each opens the account once when the phone is lost; they are shown this one time."""

    backup_codes: list[str]


class MfaOut(Out):
    """The caller's second factor."""

    totp: bool
    confirmed_at: datetime | None
    backup_codes_left: int


class PasskeyIn(In):
    """What `navigator.credentials.create()` answered, as JSON (WebAuthn Level 3, §5.1)."""

    credential: dict[str, Any]
    name: Title | None = None

    @model_validator(mode="before")
    @classmethod
    def _null_is_absent(cls, values: Any) -> Any:
        return cls.absent_if_null(values)


class PasskeyLoginIn(In):
    """What `navigator.credentials.get()` answered, as JSON."""

    credential: dict[str, Any]


class PasskeyOut(Out):
    """A passkey; `backed_up`: whether it lives on more than one device."""

    id: UUID
    name: str
    backed_up: bool
    created_at: datetime
    last_used_at: datetime | None
