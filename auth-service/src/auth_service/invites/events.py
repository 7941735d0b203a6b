"""Invites as events."""

from uuid import UUID

from auth_service.accounts.models import User
from auth_service.invites.models import Invite
from contracts.access import Role, UserRoleChanged
from contracts.auth import InviteCreated, InviteRedeemed, InviteRevoked
from contracts.event import Person


def creation_of(invite: Invite) -> InviteCreated:
    """`invite.created`; neither the code nor the address goes along."""
    return InviteCreated(
        version=invite.version,
        invite_id=invite.id,
        role_to_grant=invite.role_to_grant,
        max_uses=invite.max_uses,
        expires_at=invite.expires_at,
        created_by=invite.created_by,
    )


def revocation_of(invite: Invite, *, revoked_by: UUID) -> InviteRevoked:
    """`invite.revoked`."""
    return InviteRevoked(version=invite.version, invite_id=invite.id, revoked_by=revoked_by)


def redemption_of(invite: Invite, *, user_id: UUID, full_name: str | None) -> InviteRedeemed:
    """`invite.redeemed`."""
    return InviteRedeemed(
        version=invite.version,
        invite_id=invite.id,
        user_id=user_id,
        role=invite.role_to_grant,
        uses=invite.uses,
        max_uses=invite.max_uses,
        created_by=invite.created_by,
        person=Person(full_name=full_name),
    )


def promotion_of(user: User, former: Role) -> UserRoleChanged:
    """`user.role_changed`, about a person whose row is locked and whom an invite has raised."""
    return UserRoleChanged(
        version=user.next_version(), user_id=user.id, from_role=former, to_role=user.role
    )
