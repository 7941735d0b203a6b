"""What can be wrong with an invite."""

from servicekit.problems import Conflict, Forbidden, NotFound


class InviteNotFound(NotFound):
    """There is no such invite, or it was taken back."""

    title = "There is no such invite"


class InviteExpired(Conflict):
    """The invite's time has passed. Ask for a new one."""

    title = "The invite has expired"


class InviteUsedUp(Conflict):
    """As many people as were invited have redeemed this code."""

    title = "The invite is used up"


class InviteForAnotherAddress(Forbidden):
    """The invite was made for another e-mail address than that of your account."""

    title = "The invite is for another address"


class AddressNotProved(Forbidden):
    """The invite is for this address, which nobody has shown to be theirs yet. Verify it first."""

    title = "Verify your e-mail address first"


class RoleHeldAlready(Conflict):
    """Your role is this high already, so the invite was not used."""

    title = "You have this role, or a higher one, already"
