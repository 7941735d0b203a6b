"""The keys that sign access tokens."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from auth_service.database import Model


class SigningKey(Model):
    """An Ed25519 pair. It is published at once; the newest whose `signs_from` has come signs."""

    __tablename__ = "signing_keys"

    kid: Mapped[str] = mapped_column(primary_key=True)
    public_key: Mapped[bytes]
    sealed_private_key: Mapped[str]
    created_at: Mapped[datetime]
    signs_from: Mapped[datetime]
