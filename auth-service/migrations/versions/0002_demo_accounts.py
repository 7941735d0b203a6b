"""demo accounts, in development only"""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from alembic import op
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy.dialects.postgresql import JSONB

from auth_service.demo import PASSWORD, PEOPLE, DemoPerson, is_development
from contracts.access import UserVerificationChanged, VerificationStatus
from contracts.auth import UserContactChanged, UserProfileUpdated, UserRegistered
from contracts.event import Account, Event, Person
from servicekit.clock import now
from servicekit.ids import uuid7
from servicekit.messaging import record

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

FOR_EVER = "9999-12-31T00:00:00+00:00"


def upgrade() -> None:
    if not is_development():
        return
    hasher = PasswordHash((Argon2Hasher(time_cost=2, memory_cost=19_456, parallelism=1),))
    for person in PEOPLE:
        user_id, verification_id = uuid7(), uuid7()
        _insert("users", _user(person, user_id, hasher.hash(PASSWORD)))
        if person.license_number is not None:
            _insert("verifications", _verification(person, user_id, verification_id))
        record(op.get_bind(), _events(person, user_id, verification_id))


def downgrade() -> None:
    op.execute("DELETE FROM users WHERE origin = 'DEMO'")


def _insert(table: str, row: dict[str, Any]) -> None:
    kinds: dict[type, Any] = {list: JSONB(), dict: JSONB()}
    columns = [sa.column(name, kinds.get(type(value))) for name, value in row.items()]
    op.get_bind().execute(sa.table(table, *columns).insert(), row)


def _user(person: DemoPerson, user_id: UUID, password_hash: str) -> dict[str, Any]:
    verified = person.license_number is not None
    return {
        "id": user_id,
        "email": person.email,
        "email_key": person.email,
        "email_verified_at": now(),
        "password_hash": password_hash,
        "role": person.role.value,
        "origin": "DEMO",
        "verified_until": FOR_EVER if verified else None,
        "verification_status": VerificationStatus.APPROVED.value if verified else None,
        "created_at": now(),
        "version": 4 if verified else 3,
        "full_name": person.full_name,
        "username": person.name,
        "headline": person.headline,
        "profession": person.profession.value,
        "specialty": person.specialty,
        "medical_license_number": person.license_number,
        "location_city": person.city,
        "location_country": "India",
        "interests": [],
        "languages": ["en"],
        "privacy": {},
    }


def _verification(person: DemoPerson, user_id: UUID, verification_id: UUID) -> dict[str, Any]:
    return {
        "id": verification_id,
        "user_id": user_id,
        "document_type": "MEDICAL_LICENSE",
        "license_number": person.license_number,
        "council": "Maharashtra Medical Council",
        "country": "India",
        "status": VerificationStatus.APPROVED.value,
        "submitted_at": now(),
        "reviewed_at": now(),
        "version": 2,
    }


def _events(person: DemoPerson, user_id: UUID, verification_id: UUID) -> Iterator[Event]:
    account = Account(
        full_name=person.full_name,
        username=person.name,
        specialty=person.specialty,
        email=person.email,
    )
    yield UserRegistered(
        version=1,
        user_id=user_id,
        role=person.role,
        profession=person.profession,
        specialty=person.specialty,
        person=account,
    )
    yield UserContactChanged(version=2, user_id=user_id, email_verified=True, person=account)
    yield UserProfileUpdated(
        version=3,
        user_id=user_id,
        specialty=person.specialty,
        person=Person(
            full_name=person.full_name,
            username=person.name,
            headline=person.headline,
            specialty=person.specialty,
            city=person.city,
        ),
    )
    if person.license_number is not None:
        yield UserVerificationChanged(
            version=4,
            user_id=user_id,
            verification_id=verification_id,
            from_status=VerificationStatus.IN_REVIEW,
            to_status=VerificationStatus.APPROVED,
            verified=True,
        )
