"""The password asked for once more, of somebody who is signed in."""

from auth_service.accounts.errors import CurrentPasswordWrong
from auth_service.accounts.models import User
from auth_service.doorkeeper import Device, Doorkeeper
from auth_service.secrets_at_rest import digest_of
from auth_service.sessions.events import refusal_of
from auth_service.sessions.queries import find_failures, forget_failures, lock_failures
from servicekit.access import Principal
from servicekit.clock import now
from servicekit.database import Sessions
from servicekit.messaging import publish


async def prove_password(
    sessions: Sessions,
    keeper: Doorkeeper,
    user: User,
    *,
    password: str,
    by: Principal,
    device: Device,
) -> None:
    """The caller knows the account's password. No transaction is open while it is checked.

    Whoever stole a token guesses no better here than at the door: both count together.
    Raises CurrentPasswordWrong, AccountLocked, TooManyRequests.
    """
    if user.password_hash is None:
        raise CurrentPasswordWrong
    key = digest_of(str(user.email_key))
    async with keeper.passwords.one_at_a_time(key):
        async with sessions.begin() as session:
            failures = await find_failures(session, key)
        if failures is not None:
            failures.refuse_while_locked(now())

        matches, _ = await keeper.passwords.verify(password, user.password_hash)
        # A transaction of its own: the refusal that follows rolls the request's back.
        async with sessions.begin() as session:
            if matches and failures is not None:
                await forget_failures(session, key)
            elif not matches:
                present = now()
                locked = (await lock_failures(session, key, present)).count(present)
                publish(session, refusal_of(user.id, locked=locked, device=device, sid=by.sid))
    if not matches:
        raise CurrentPasswordWrong
