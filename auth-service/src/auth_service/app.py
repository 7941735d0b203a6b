"""The API process of auth-service."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import email_validator
from fastapi import FastAPI
from sqlalchemy.exc import SQLAlchemyError

from auth_service.accounts.router import router as accounts
from auth_service.admin.router import router as admin
from auth_service.doorkeeper import Doorkeeper
from auth_service.factors.router import router as factors
from auth_service.federation.router import router as federation
from auth_service.invites.router import router as invites
from auth_service.keys.minting import Minter
from auth_service.keys.router import router as keys
from auth_service.keys.service import KeyRing
from auth_service.passwords import Passwords
from auth_service.privacy.router import router as privacy
from auth_service.profiles.router import router as profiles
from auth_service.sessions.router import router as sessions
from auth_service.settings import Settings
from auth_service.social.router import router as social
from auth_service.verification.router import router as verification
from servicekit.database import new_engine, new_sessions
from servicekit.web.app import create_service_app

ROUTERS = (
    sessions,
    accounts,
    factors,
    federation,
    profiles,
    social,
    verification,
    invites,
    privacy,
    admin,
)
"""Hot ones first."""


def create_app(settings: Settings | None = None) -> FastAPI:
    """The application; it signs tokens, so it verifies them with its own keys."""
    settings = settings or Settings()
    if settings.dev and "test" in email_validator.SPECIAL_USE_DOMAIN_NAMES:
        # The demo accounts live under `.test`, which nobody can own.
        email_validator.SPECIAL_USE_DOMAIN_NAMES.remove("test")

    engine = new_engine(settings)
    ring = KeyRing(new_sessions(engine), settings.sealing_keys)
    app = create_service_app(
        settings, routers=ROUTERS, title="Docfliq auth-service", keys=ring, engine=engine
    )
    app.include_router(keys)
    app.state.signs_tokens = True
    app.state.doorkeeper = Doorkeeper(
        passwords=Passwords(threads=settings.password_threads, queue=settings.password_queue),
        minter=Minter(
            ring, issuer=settings.public_url, access_token_secs=settings.access_token_secs
        ),
        settings=settings,
    )
    _with_keys(app, ring)
    return app


def _with_keys(app: FastAPI, ring: KeyRing) -> None:
    inner = app.router.lifespan_context

    @asynccontextmanager
    async def lifespan(running: FastAPI) -> AsyncIterator[None]:
        # Read or made now, so that the first sign-in need not; the database may come later.
        with suppress(SQLAlchemyError, OSError):
            await ring.signer()
        async with inner(running):
            yield
        running.state.doorkeeper.passwords.close()

    app.router.lifespan_context = lifespan
