"""Who somebody is at a provider, and sign-ins that are under way there."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from auth_service.database import Model
from servicekit.database import WithId

FLOW_LIFETIME = timedelta(minutes=10)
HANDOVER_LIFETIME = timedelta(minutes=1)


class FederatedIdentity(WithId, Model):
    """One person at one provider. The provider's `subject` stays when addresses change."""

    __tablename__ = "federated_identities"
    __table_args__ = (UniqueConstraint("issuer", "subject"),)

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    issuer: Mapped[str]
    subject: Mapped[str]
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime]


class OauthFlow(Model):
    """A browser was sent to a provider, and may come back once.

    What proves the answer (nonce, PKCE verifier) follows from `state` and the browser's cookie, of
    which only digests are kept. An app that is to be returned to has `redirect_uri` and its own
    `code_challenge` (S256).
    """

    __tablename__ = "oauth_flows"

    state_sha256: Mapped[bytes] = mapped_column(primary_key=True)
    browser_sha256: Mapped[bytes]
    provider: Mapped[str]
    redirect_uri: Mapped[str | None]
    code_challenge: Mapped[str | None]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class Handover(Model):
    """The provider has proved who it is; the app that asked may fetch the session, once."""

    __tablename__ = "oauth_handovers"

    code_sha256: Mapped[bytes] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    provider: Mapped[str]
    redirect_uri: Mapped[str]
    code_challenge: Mapped[str]
    is_new_person: Mapped[bool]
    expires_at: Mapped[datetime] = mapped_column(index=True)
