"""What can be wrong with codes."""

from servicekit.problems import (
    Conflict,
    Forbidden,
    NotFound,
    TooManyRequests,
    Unauthorized,
    Unprocessable,
)


class OtpNotValid(Unauthorized):
    """The code is wrong, used, older than five minutes, or was tried too often. Ask for another."""

    title = "The code is not valid"


class TooManyCodes(TooManyRequests):
    """Enough codes went to this address lately. `Retry-After` says when the next one may."""

    title = "Too many codes were sent to this address"


class ContactTaken(Conflict):
    """Another account has this address or number. Sign in there by a code."""

    title = "Another account has this address or number"


class EmailStays(Conflict):
    """The account has another e-mail address, which cannot be replaced here."""

    title = "The account has another e-mail address"


class ChallengeNotValid(Unauthorized):
    """The first step is older than five minutes, used up, or unknown. Sign in from the start."""

    title = "The sign-in has to begin anew"


class SecondFactorWrong(Unauthorized):
    """The code of the app or the backup code is wrong, or was used before."""

    title = "The second factor is wrong"


class MfaRequired(Forbidden):
    """A second factor is needed: send it with `mfa_token` to `/auth/mfa/verify`."""

    title = "A second factor is needed"


class SecondFactorNeeded(Forbidden):
    """Only who has just signed in with the second factor may do this. Sign in anew."""

    title = "Sign in with the second factor first"


class TotpAlreadyOn(Conflict):
    """An authenticator app is set up. Remove it before you set up another."""

    title = "An authenticator app is set up already"


class TotpNotFound(NotFound):
    """There is no authenticator app, or none that waits to be confirmed."""

    title = "There is no such authenticator app"


class TotpCodeWrong(Forbidden):
    """The app's code does not match. Look whether the clock of the phone is right."""

    title = "The code of the app is wrong"


class PasskeyNotValid(Unauthorized):
    """The passkey is unknown or removed, or its answer is not for this sign-in. Begin anew."""

    title = "The passkey is not valid"


class PasskeyUnfit(Unprocessable):
    """The authenticator's answer is not for what it was asked here. Ask for new options."""

    title = "The passkey cannot be added"


class PasskeyTaken(Conflict):
    """This passkey was added before, here or to another account."""

    title = "The passkey was added before"


class TooManyPasskeys(Conflict):
    """Twenty passkeys are enough. Remove one that you do not use any more."""

    title = "There are too many passkeys"


class PasskeyNotFound(NotFound):
    """You have no such passkey."""

    title = "You have no such passkey"
