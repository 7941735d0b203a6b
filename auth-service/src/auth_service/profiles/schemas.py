"""What people say about themselves, and what others see of it."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field

from auth_service.accounts.fields import PhoneNumber, Years
from auth_service.accounts.models import Visibility
from contracts.access import Role, VerificationStatus
from contracts.auth import Profession
from servicekit.fields import In, Out, Patch, ShortText, Tag, Title, clean_line

Username = Annotated[
    str,
    AfterValidator(clean_line),
    AfterValidator(str.lower),
    Field(pattern=r"^[a-z0-9_]{3,30}$"),
]
"""What follows the @ of a mention."""

Tags = Annotated[list[Tag], Field(max_length=30)]


class PrivateField(StrEnum):
    """Fields whose readers the person chooses; the licence number is never shown to others."""

    HEADLINE = "headline"
    BIO = "bio"
    PROFESSION = "profession"
    SPECIALTY = "specialty"
    SUB_SPECIALTY = "sub_specialty"
    YEARS_OF_EXPERIENCE = "years_of_experience"
    HOSPITAL_NAME = "hospital_name"
    LOCATION_CITY = "location_city"
    LOCATION_STATE = "location_state"
    LOCATION_COUNTRY = "location_country"
    INTERESTS = "interests"
    LANGUAGES = "languages"


class Capability(StrEnum):
    """What a person may do at present."""

    CREATE_POST = "CREATE_POST"
    READ_VERIFIED_CONTENT = "READ_VERIFIED_CONTENT"
    CREATE_COURSE = "CREATE_COURSE"
    HOST_WEBINAR = "HOST_WEBINAR"
    MODERATE = "MODERATE"
    ADMINISTER = "ADMINISTER"


class PictureStatus(StrEnum):
    """PROCESSING while the chosen asset is not ready: the former picture is shown."""

    PROCESSING = "PROCESSING"
    READY = "READY"


class PictureOut(Out):
    """A picture with the addresses of its variants by name; `url` is the one to show."""

    asset_id: UUID
    status: PictureStatus
    url: str | None
    variants: dict[str, str]


class ProfilePatch(Patch):
    """Only what is sent changes; `null` clears. `privacy` changes the fields that it names."""

    full_name: Title | None = None
    username: Username | None = None
    headline: Title | None = None
    bio: ShortText | None = None
    profession: Profession | None = None
    specialty: Title | None = None
    sub_specialty: Title | None = None
    years_of_experience: Years | None = None
    hospital_name: Title | None = None
    medical_license_number: Title | None = None
    location_city: Title | None = None
    location_state: Title | None = None
    location_country: Title | None = None
    interests: Tags | None = None
    languages: Tags | None = None
    avatar: UUID | None = None
    banner: UUID | None = None
    privacy: dict[PrivateField, Visibility] | None = None


class AccountPatch(ProfilePatch):
    """The profile, and where the person can be called."""

    phone_number: PhoneNumber | None = None


class AvatarIn(In):
    """An asset that the caller uploaded with the purpose `AVATAR`."""

    asset_id: UUID


class ProfileOut(Out):
    """A person as this viewer may see them: what they may not is null or empty.

    `following`, `blocked`, `muted`: what the viewer has done about them.
    """

    id: UUID
    full_name: str | None
    username: str | None
    headline: str | None
    bio: str | None
    profession: Profession | None
    specialty: str | None
    sub_specialty: str | None
    years_of_experience: int | None
    hospital_name: str | None
    location_city: str | None
    location_state: str | None
    location_country: str | None
    interests: list[str]
    languages: list[str]
    avatar: PictureOut | None
    banner: PictureOut | None
    role: Role
    verified: bool
    profile_complete: bool
    followers_count: int
    following_count: int
    following: bool
    blocked: bool
    muted: bool


class OwnProfileOut(ProfileOut):
    """The caller's own profile, whole."""

    medical_license_number: str | None
    privacy: dict[PrivateField, Visibility]
    missing_required_fields: list[str]
    capabilities: list[Capability]


class OwnAccountOut(OwnProfileOut):
    """The same person with the account's fields."""

    email: str | None
    email_verified: bool
    phone_number: str | None
    roles: list[Role]
    verification_status: VerificationStatus | None
    created_at: datetime
