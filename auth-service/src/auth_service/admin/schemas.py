"""What admins send."""

from uuid import UUID

from contracts.access import Role
from servicekit.fields import In


class RoleIn(In):
    """The role that a person is to have."""

    role: Role


class AdminIn(In):
    """Who is to become an admin."""

    user_id: UUID
