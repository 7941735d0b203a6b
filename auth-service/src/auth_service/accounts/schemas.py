"""What accounts take and show."""

from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import AfterValidator, Field, model_validator

from auth_service.accounts.fields import Code, EmailAddress, NewPassword, PhoneNumber, Years
from auth_service.sessions.schemas import TokensOut
from contracts.access import Role, VerificationStatus
from contracts.auth import Profession
from servicekit.fields import In, Out, Title, clean_line, clean_text


class RegisterIn(In):
    """A new account; everything but address and password can follow later in the profile."""

    email: EmailAddress
    password: NewPassword
    full_name: Title | None = None
    phone_number: PhoneNumber | None = None
    profession: Profession | None = None
    specialty: Title | None = None
    sub_specialty: Title | None = None
    years_of_experience: Years | None = None
    hospital_name: Title | None = None
    medical_license_number: Title | None = None
    invite_code: Title | None = None

    @model_validator(mode="before")
    @classmethod
    def _null_is_absent(cls, values: Any) -> Any:
        return cls.absent_if_null(values)


class ForgotPasswordIn(In):
    """Whose password is forgotten."""

    email: EmailAddress


class ResetPasswordIn(In):
    """Either the token of the link, or the address with the code that came to it."""

    token: (
        Annotated[str, AfterValidator(clean_line), Field(min_length=1, max_length=512)] | None
    ) = None
    email: EmailAddress | None = None
    otp_code: Code | None = None
    new_password: NewPassword

    @model_validator(mode="after")
    def _one_proof(self) -> Self:
        by_code = self.email is not None and self.otp_code is not None
        partly = self.email is not None or self.otp_code is not None
        if (self.token is None) != by_code or (self.token is not None and partly):
            raise ValueError("either token, or email with otp_code, is needed")
        return self


class ChangePasswordIn(In):
    """The present password proves that it is the owner who changes it."""

    current_password: Annotated[
        str, AfterValidator(clean_text), Field(min_length=1, max_length=128)
    ]
    new_password: NewPassword


class AcceptedOut(Out):
    """The wish was taken; nothing is said about what will come of it."""

    status: str


class EmailVerifiedOut(Out):
    """The address is its owner's."""

    email: str
    email_verified: bool


class AccountOut(Out):
    """An account, as its owner and admins see it."""

    id: UUID
    email: str | None
    email_verified: bool
    phone_number: str | None
    full_name: str | None
    username: str | None
    profession: Profession | None
    specialty: str | None
    role: Role
    roles: list[Role]
    verified: bool
    verification_status: VerificationStatus | None
    profile_complete: bool
    missing_required_fields: list[str]
    created_at: datetime


class RegisteredOut(Out):
    """The new account, signed in."""

    user: AccountOut
    tokens: TokensOut
