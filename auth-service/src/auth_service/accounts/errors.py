"""What can be wrong with accounts."""

from servicekit.problems import BadRequest, Conflict, Forbidden, NotFound


class EmailTaken(Conflict):
    """There is an account with this e-mail address. Sign in, or ask for a new password."""

    title = "There is an account with this e-mail address"


class EmailAlreadyVerified(Conflict):
    """This address has been verified before; there is nothing left to do."""

    title = "The e-mail address is verified already"


class NoEmailAddress(Conflict):
    """The account has no e-mail address; it was made with a phone number."""

    title = "The account has no e-mail address"


class NumberOpensAccount(Conflict):
    """The account has no e-mail address, so its number can only make way for one that is proved.

    Ask for a code to the new number and send it to `/auth/contact/verify`.
    """

    title = "The number is the only way into the account"


class LinkNotValid(BadRequest):
    """The link is unknown, used or older than half an hour. Ask for a new one."""

    title = "The link is not valid any more"


class CodeNotValid(BadRequest):
    """The code is wrong, used, half an hour old, or was tried too often. Ask for a new one."""

    title = "The code is not valid"


class CurrentPasswordWrong(Forbidden):
    """The current password does not match."""

    title = "The current password is wrong"


class UserNotFound(NotFound):
    """There is no such person."""

    title = "There is no such person"


class UsernameTaken(Conflict):
    """Somebody else goes by this name. Choose another."""

    title = "The username is taken"


class FreshProofNeeded(Forbidden):
    """Sign in again, or send the password: a token that somebody stole is not enough for this."""

    title = "Show once more who you are"
