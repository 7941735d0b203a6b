"""Three HTTP ports and one SMTP port in one process and one loop; SNS and OpenID in threads."""

import asyncio
import logging
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import FrameType

import uvicorn
from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.types import ASGIApp, Receive, Scope, Send

from sandbox import oidc, sns
from sandbox.fcm.app import create_app as create_fcm_app
from sandbox.fcm.store import open_phones
from sandbox.mail.app import create_app as create_mail_app
from sandbox.mail.smtp import listen
from sandbox.mail.store import open_mailbox
from sandbox.razorpay.account import open_account
from sandbox.razorpay.app import create_app as create_razorpay_app
from sandbox.razorpay.sender import send_webhooks
from sandbox.seldom import SeldomAsked
from sandbox.settings import Settings, load_settings

log = logging.getLogger(__name__)


class ByPort:
    """ASGI: each port has its application; the lifespan belongs to all of them."""

    def __init__(self, applications: dict[int, ASGIApp], lifespan: ASGIApp) -> None:
        self._applications = applications
        self._lifespan = lifespan

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(scope, receive, send)
        else:
            await self._applications[scope["server"][1]](scope, receive, send)


def create_app(settings: Settings) -> ByPort:
    """All stand-ins with their state; webhooks and SMTP run as long as the lifespan."""
    account = open_account(settings)
    mailbox = open_mailbox(settings.state_dir)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        smtp = await listen(mailbox, host=settings.host, port=settings.smtp_port)
        seldom = [
            SeldomAsked(settings.host, settings.sns_port, sns.load),
            SeldomAsked(settings.host, settings.oidc_port, oidc.load),
        ]
        for one in seldom:
            one.start()
        sender = asyncio.create_task(send_webhooks(account))
        sender.add_done_callback(_stop_if_failed)
        yield
        sender.cancel()
        smtp.close()
        for one in seldom:
            await asyncio.to_thread(one.stop)
        await asyncio.gather(sender, return_exceptions=True)

    return ByPort(
        {
            settings.razorpay_port: create_razorpay_app(account),
            settings.fcm_port: create_fcm_app(open_phones(settings.state_dir)),
            settings.mail_port: create_mail_app(mailbox),
        },
        Starlette(lifespan=lifespan),
    )


def _stop_if_failed(sender: asyncio.Task[None]) -> None:
    """Without its sender the sandbox would only look alive: better to end and be restarted."""
    if not sender.cancelled() and sender.exception() is not None:
        log.critical("the webhook sender failed", exc_info=sender.exception())
        signal.raise_signal(signal.SIGTERM)


def run() -> None:
    """Serve until SIGTERM or SIGINT."""
    try:
        settings = load_settings()
    except ValidationError as invalid:
        names = ", ".join(f"{error['loc'][0]} ({error['msg']})" for error in invalid.errors())
        sys.exit(f"sandbox: settings are missing or wrong: {names}")

    # uvicorn raises the signal once more after it has closed everything: then it is no failure.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _leave)
    ports = (settings.razorpay_port, settings.fcm_port, settings.mail_port)
    sockets = [_bind(settings.host, port) for port in ports]
    config = uvicorn.Config(
        create_app(settings),
        access_log=False,
        log_level="warning",
        timeout_graceful_shutdown=1,
        timeout_keep_alive=75,
    )
    uvicorn.Server(config).run(sockets=sockets)


def _leave(_number: int, _frame: FrameType | None) -> None:
    sys.exit(0)


def _bind(host: str, port: int) -> socket.socket:
    bound = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
    except OSError as taken:
        sys.exit(f"sandbox: cannot listen on {host}:{port}: {taken.strerror}")
    return bound
