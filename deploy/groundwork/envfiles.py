"""The settings file of a stack: made once with secrets of its own, completed by what is derived."""

import base64
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from groundwork.ports import DEFAULTS
from groundwork.services import SERVICES, Service

BROKER_VHOST = "docfliq"
SUPERUSER = "docfliq_admin"
_SEALING_KEYS = "DOCFLIQ_SEALING_KEYS"
_KNOW_THE_SEALING_KEYS = {"AUTH", "NOTIFICATION"}
_LOOPBACK = "127.0.0.1"
# Secrets of the engine itself; no program of ours is told.
_ENGINE_ONLY = {
    "DOCFLIQ_POSTGRES_PASSWORD",
    "DOCFLIQ_BROKER_PASSWORD",
    "DOCFLIQ_REDIS_PASSWORD",
    "DOCFLIQ_SUPERVISOR_PASSWORD",
    *(
        f"{service.prefix}_{store}_PASSWORD"
        for service in SERVICES
        for store in ("DATABASE", "BROKER")
    ),
}


def parse(text: str) -> dict[str, str]:
    """The `NAME=value` lines of a settings file, without comments and outer quotes."""
    settings: dict[str, str] = {}
    for line in text.splitlines():
        name, separator, value = line.strip().partition("=")
        if separator and not name.startswith("#"):
            value = value.strip()
            if len(value) >= 2 and value[0] == value[-1] and value[0] in "\"'":
                value = value[1:-1]
            settings[name.strip().removeprefix("export ")] = value
    return settings


def fill_secrets(text: str) -> str:
    """The example with a new secret in each place that asks for one."""
    return "\n".join(_fill_line(line) for line in text.splitlines()) + "\n"


def _fill_line(line: str) -> str:
    if line.startswith("#"):
        return line
    if line.endswith("=<random>"):
        return line.removesuffix("<random>") + secrets.token_urlsafe(32)
    if line.endswith("=<fernet>"):
        return line.removesuffix("<fernet>") + base64.urlsafe_b64encode(os.urandom(32)).decode()
    return line


def with_values(text: str, values: Mapping[str, str | int]) -> str:
    """The same settings with these values; what is named nowhere in the text is appended."""
    left = dict(values)
    lines = []
    for line in text.splitlines():
        name = line.partition("=")[0]
        lines.append(f"{name}={left.pop(name)}" if name in left else line)
    return "\n".join([*lines, *(f"{name}={value}" for name, value in left.items())]) + "\n"


def complete(existing: str, example: str) -> str:
    """The settings with the example's newer names appended, secrets filled in."""
    known = parse(existing)
    missing = [
        line for line in fill_secrets(example).splitlines() if parse(line).keys() - known.keys()
    ]
    if not missing:
        return existing
    return existing.rstrip("\n") + "\n\n# Brought by a newer version\n" + "\n".join(missing) + "\n"


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read, whole or not at all."""
    if path.exists() and path.read_text() == text:
        path.chmod(0o600)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as stream:
        stream.write(text)
    fresh.replace(path)


def provide(
    path: Path,
    example: str,
    *,
    fresh: Mapping[str, str | int] | None = None,
    changes: Mapping[str, str] | None = None,
) -> None:
    """Make or complete a settings file. A new one gets `fresh`; `changes` alone change others."""
    if path.exists():
        text = complete(path.read_text(), example)
    else:
        text = with_values(fill_secrets(example), fresh or {})
    write_private(path, with_values(text, changes) if changes else text)


def take_over(path: Path, text: str) -> Path | None:
    """Put the settings of a backup in place; those that were there are kept, and named."""
    kept = None
    if path.exists():
        kept = path.replace(path.with_name(f"{path.name}.before-restore"))
    write_private(path, text)
    return kept


def port_of(settings: Mapping[str, str], name: str) -> int:
    """The port that a setting names, or the default one. Raises ValueError for what is no port."""
    text = settings.get(name) or str(DEFAULTS[name])
    if not (text.isdecimal() and 0 < int(text) < 65536):
        raise ValueError(f"{name}={text} is not a port")
    return int(text)


def derive(settings: Mapping[str, str], *, home: Path) -> dict[str, str]:
    """All settings of the running platform: the file's, and under them what follows from them."""
    named = {name: value for name, value in settings.items() if value}
    ports = {name: str(port_of(settings, name)) for name in DEFAULTS}
    gateway = ports["DOCFLIQ_GATEWAY_PORT"]
    public = named.get("DOCFLIQ_PUBLIC_URL", f"http://localhost:{gateway}")
    loopback = f"http://{_LOOPBACK}"
    derived = {
        **ports,
        "DOCFLIQ_PUBLIC_URL": public,
        "CORS_ORIGINS": public,
        "DOCFLIQ_REDIS_URL": redis_url(settings),
        "DOCFLIQ_JWKS_URL": f"{loopback}:{ports['AUTH_PORT']}/.well-known/jwks.json",
        "DOCFLIQ_STORAGE_ROOT": str(home / "objects"),
        "AUTH_LOCAL_OIDC_URL": f"{loopback}:{ports['SANDBOX_OIDC_PORT']}",
        "PAYMENT_RAZORPAY_BASE_URL": f"{loopback}:{ports['SANDBOX_RAZORPAY_PORT']}",
        "NOTIFICATION_FCM_BASE_URL": f"{loopback}:{ports['SANDBOX_FCM_PORT']}",
        "NOTIFICATION_FCM_CREDENTIALS": str(home / "fcm.json"),
        "NOTIFICATION_SNS_ENDPOINT_URL": f"{loopback}:{ports['SANDBOX_SNS_PORT']}",
        "NOTIFICATION_SNS_ACCESS_KEY_ID": "sandbox",
        "NOTIFICATION_SNS_SECRET_ACCESS_KEY": "sandbox",
        "NOTIFICATION_SMTP_HOST": _LOOPBACK,
        "NOTIFICATION_SMTP_PORT": ports["SANDBOX_SMTP_PORT"],
        "SANDBOX_WEBHOOK_URL": f"{loopback}:{gateway}/api/v1/payment/webhook",
        "SANDBOX_STATE_DIR": str(home / "sandbox"),
    }
    for service in SERVICES:
        derived[f"{service.prefix}_DATABASE_URL"] = database_url(settings, service)
        derived[f"{service.prefix}_BROKER_URL"] = broker_url(settings, service)
    return derived | named


def database_url(settings: Mapping[str, str], service: Service) -> str:
    """Where a service's role reaches its own database."""
    password = settings[f"{service.prefix}_DATABASE_PASSWORD"]
    port = port_of(settings, "DOCFLIQ_POSTGRES_PORT")
    return f"postgresql://{service.database}:{password}@{_LOOPBACK}:{port}/{service.database}"


def superuser_url(settings: Mapping[str, str], database: str = "postgres") -> str:
    """Where the engine itself administers PostgreSQL."""
    password = settings["DOCFLIQ_POSTGRES_PASSWORD"]
    port = port_of(settings, "DOCFLIQ_POSTGRES_PORT")
    return f"postgresql://{SUPERUSER}:{password}@{_LOOPBACK}:{port}/{database}"


def broker_url(settings: Mapping[str, str], service: Service | None = None) -> str:
    """Where a service's user reaches the broker; without one, the administrator's address."""
    user = service.name if service else SUPERUSER
    password = settings[f"{service.prefix if service else 'DOCFLIQ'}_BROKER_PASSWORD"]
    port = port_of(settings, "DOCFLIQ_BROKER_PORT")
    return f"amqp://{user}:{password}@{_LOOPBACK}:{port}/{BROKER_VHOST}"


def management_url(settings: Mapping[str, str]) -> str:
    """The broker's management API with the administrator's name and password."""
    password = settings["DOCFLIQ_BROKER_PASSWORD"]
    return (
        f"http://{SUPERUSER}:{password}@{_LOOPBACK}:{port_of(settings, 'DOCFLIQ_MANAGEMENT_PORT')}"
    )


def redis_url(settings: Mapping[str, str]) -> str:
    """Redis with its password, database 0."""
    port = port_of(settings, "DOCFLIQ_REDIS_PORT")
    return f"redis://:{settings['DOCFLIQ_REDIS_PASSWORD']}@{_LOOPBACK}:{port}/0"


def seen_by(environment: Mapping[str, str], service: Service) -> dict[str, str]:
    """What one service may know: its own names, the shared ones, and nobody else's secrets."""
    foreign = tuple(f"{other.prefix}_" for other in SERVICES if other != service)
    kept = {
        name: value
        for name, value in environment.items()
        if not name.startswith((*foreign, "SANDBOX_")) and name not in _ENGINE_ONLY
    }
    if service.prefix not in _KNOW_THE_SEALING_KEYS:
        kept.pop(_SEALING_KEYS, None)
    return kept


def seen_by_sandbox(environment: Mapping[str, str]) -> dict[str, str]:
    """What the stand-ins may know: their own names and the keys that Razorpay would know."""
    prefixes = ("SANDBOX_", "PAYMENT_RAZORPAY_", "DOCFLIQ_PUBLIC_URL")
    return {name: value for name, value in environment.items() if name.startswith(prefixes)}


def render(environment: Mapping[str, str]) -> str:
    """The text of a settings file that pydantic-settings and `sh` read alike."""
    return "".join(f"{name}={_quoted(value)}\n" for name, value in sorted(environment.items()))


def _quoted(value: str) -> str:
    plain = all(letter.isalnum() or letter in "-_./:@,=+%" for letter in value)
    if plain:
        return value
    if "'" in value or "\n" in value:
        raise ValueError("a setting may hold neither a single quote nor a line break")
    return f"'{value}'"
