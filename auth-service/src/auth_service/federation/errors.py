"""What can be wrong with signing in at a provider."""

from servicekit.problems import (
    BadRequest,
    Forbidden,
    NotFound,
    ServiceUnavailable,
    Unauthorized,
    Unprocessable,
)


class ProviderNotFound(NotFound):
    """There is no such provider here; `/auth/oauth/providers` lists those that there are."""

    title = "There is no such provider"


class RedirectNotAllowed(BadRequest):
    """The address to return to is not one of those that this installation allows."""

    title = "The address to return to is not allowed"


class SignInNotBegun(BadRequest):
    """This sign-in was not begun in this browser, is over, or took longer than ten minutes."""

    title = "The sign-in has to begin anew"


class SignInDeclined(Forbidden):
    """You, or the provider, declined. Begin anew, or sign in another way."""

    title = "The provider did not sign you in"


class ProviderUnavailable(ServiceUnavailable):
    """The provider does not answer, or makes no sense. `Retry-After` says when to try again."""

    title = "The provider cannot be asked now"


class ProvidersMixedUp(BadRequest):
    """The answer comes from another provider than the one that was asked. Begin anew."""

    title = "Another provider has answered"


class CodeNotBound(Unprocessable):
    """Nothing shows that whoever sends the code is who asked for it.

    Apps send the `code_verifier` of their question (PKCE), and where the provider does not compare
    verifiers the `nonce` of their question too.
    """

    title = "Nothing shows that this app has asked for the code"


class OauthCodeNotValid(Unauthorized):
    """The code is unknown, used or too old, or was made for another app. Begin anew."""

    title = "The code is not valid"


class IdentityNotProved(Unauthorized):
    """What the provider sent does not prove who you are. Begin anew, or sign in another way."""

    title = "The provider's answer proves nothing"


class AddressNotVerified(Forbidden):
    """The provider does not vouch for your e-mail address. Verify it there, or use a code."""

    title = "The provider does not vouch for the e-mail address"
