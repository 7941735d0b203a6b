"""The accounts that a development installation starts with."""

import os
from dataclasses import dataclass

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from contracts.access import Role
from contracts.auth import Profession

PASSWORD = "Demo-Passw0rd!"  # noqa: S105  (published on purpose; refused outside development)


class _Switch(BaseSettings):
    model_config = SettingsConfigDict(extra="ignore")

    dev: bool = Field(default=False, validation_alias="DOCFLIQ_DEV")


def is_development() -> bool:
    """Whether `DOCFLIQ_DEV` is on. A migration knows no more of the settings than this."""
    env_file = os.environ.get("DOCFLIQ_ENV_FILE", ".env")  # noqa: TID251  (names the file itself)
    return _Switch(_env_file=env_file).dev


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """One of the five. `name` is the local part of the address, and the username."""

    name: str
    full_name: str
    role: Role
    profession: Profession
    specialty: str
    headline: str
    city: str
    license_number: str | None = None

    @property
    def email(self) -> str:
        """An address under a domain that nobody can own (RFC 2606)."""
        return f"{self.name}@demo.docfliq.test"


PEOPLE = (
    DemoPerson(
        "admin", "Meera Iyer", Role.ADMIN, Profession.OTHER, "Administration",
        "Keeps the house in order", "Bengaluru",
    ),
    DemoPerson(
        "moderator", "Thomas Kurian", Role.MODERATOR, Profession.DOCTOR_GP, "Family medicine",
        "Family physician and moderator", "Kochi",
    ),
    DemoPerson(
        "instructor", "Kavita Menon", Role.INSTRUCTOR, Profession.DOCTOR_SPECIALIST, "Cardiology",
        "Teaches echocardiography", "Chennai",
    ),
    DemoPerson(
        "doctor", "Arjun Nair", Role.STUDENT, Profession.DOCTOR_SPECIALIST, "Cardiology",
        "Interventional cardiologist", "Mumbai", license_number="MH-2014-07731",
    ),
    DemoPerson(
        "learner", "Sana Sheikh", Role.STUDENT, Profession.STUDENT, "Internal medicine",
        "Final-year medical student", "Pune",
    ),
)  # fmt: skip
