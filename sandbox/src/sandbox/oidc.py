"""An OpenID provider (oidc-provider-mock) at which anybody may be anyone.

Three people are offered with one click; whoever is typed in has an address that nobody verified.
`PUT /users/{sub}` with claims as JSON makes or changes a person.
"""

import os
import warnings
from typing import Any

PEOPLE: dict[str, dict[str, object]] = {
    "asha": {
        "name": "Asha Rao",
        "email": "asha.rao@people.docfliq.test",
        "email_verified": True,
    },
    "doctor": {
        "name": "Arjun Nair",
        # The account that a development installation starts with: this links to it.
        "email": "doctor@demo.docfliq.test",
        "email_verified": True,
    },
    "ravi (address not verified)": {
        "name": "Ravi Shah",
        "email": "ravi.shah@people.docfliq.test",
        "email_verified": False,
    },
}


def load() -> Any:
    """The provider, as a WSGI application. Its issuer is the address by which it is called."""
    # Authlib, inside it: the loopback needs no TLS, and parts of it will move some day.
    os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"  # noqa: TID251  (not a setting of ours)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from oidc_provider_mock import User, app  # noqa: PLC0415  (see sandbox.seldom)

    people = [User(sub=sub, claims=claims) for sub, claims in PEOPLE.items()]
    return app(require_nonce=True, user_claims=people)
