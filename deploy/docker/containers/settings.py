"""`.env` for containers: made like the native engine's, and looked at for what cannot work."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from groundwork import envfiles
from groundwork.ports import DEFAULTS, PortsTaken, find_holder, is_free
from groundwork.waiting import Progress, Refused

from containers.compose import ROOT, Compose

SETTINGS_FILE = ROOT / ".env"
STACK = ROOT / ".stack"
# Ports that only the native engine opens.
_NATIVE_ONLY = {"DOCFLIQ_SUPERVISOR_PORT", "DOCFLIQ_BROKER_DIST_PORT", "DOCFLIQ_EPMD_PORT"}
# In a container, loopback is the container itself.
_ADDRESSES = (
    "NOTIFICATION_SMTP_HOST",
    "NOTIFICATION_FCM_BASE_URL",
    "NOTIFICATION_SNS_ENDPOINT_URL",
    "PAYMENT_RAZORPAY_BASE_URL",
    "SANDBOX_WEBHOOK_URL",
    "DOCFLIQ_OTLP_ENDPOINT",
)
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


def read_settings() -> dict[str, str]:
    """The settings as they stand. Raises Refused before the first start."""
    if not SETTINGS_FILE.exists():
        raise Refused(f"nothing was started here yet: {SETTINGS_FILE} does not exist")
    return envfiles.parse(SETTINGS_FILE.read_text())


def prepare(changes: Mapping[str, str], progress: Progress) -> Compose:
    """Make or complete `.env`; of the settings there, `changes` alone change."""
    envfiles.provide(SETTINGS_FILE, (ROOT / ".env.example").read_text(), changes=changes)
    STACK.mkdir(exist_ok=True)
    for name in unreachable(read_settings()):
        progress.say(f"{name} names loopback, which a container does not reach: taken as empty")
    return opened()


def opened() -> Compose:
    """The compose project with the settings as they stand."""
    return Compose(dict.fromkeys(unreachable(read_settings()), ""))


def unreachable(settings: Mapping[str, str]) -> list[str]:
    """The settings whose address would be meant inside each container."""
    return [name for name in _ADDRESSES if _host(settings.get(name, "")) in _LOOPBACK]


def _host(address: str) -> str | None:
    return urlsplit(address if "//" in address else f"//{address}").hostname


def demand_ports() -> None:
    """See that the ports that will be published are free. Raises PortsTaken."""
    settings = read_settings()
    ports = {
        name: envfiles.port_of(settings, name) for name in DEFAULTS if name not in _NATIVE_ONLY
    }
    taken = {name: (port, find_holder(port)) for name, port in ports.items() if not is_free(port)}
    if taken:
        raise PortsTaken(taken)
