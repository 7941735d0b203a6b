"""What differs between two gateways: command line options, and under them the environment."""

import argparse
import os
import pwd
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from routes import SERVICES

HERE = Path(__file__).resolve().parent
DEVELOPMENT_ORIGINS = ("http://localhost:3000", "http://localhost:5173", "null")
SCALE_STEP = 20

# Option, the setting of the platform that stands in for it, default, meaning.
OPTIONS: tuple[tuple[str, str, str | None, str], ...] = (
    ("out", "", "", "the configuration; <prefix>/nginx.conf if empty"),
    ("prefix", "", "", "folder that nginx may write; the folder of --out if empty"),
    ("listen", "DOCFLIQ_GATEWAY_PORT", "8000", "port, or address:port"),
    ("public-url", "DOCFLIQ_PUBLIC_URL", "http://localhost:8000", "its host is answered"),
    ("storage-root", "DOCFLIQ_STORAGE_ROOT", None, "folder served below /storage/"),
    ("storage-key-file", "", "", "holds DOCFLIQ_STORAGE_SIGNING_KEY, which is read if empty"),
    ("log-dir", "", "", "folder of access.log and error.log; standard output and error if empty"),
    ("modules", "", "/usr/lib/nginx/modules", "folder of nginx's dynamic modules"),
    ("user", "", "", "user of the workers when started as root; www-data if empty"),
    ("workers", "DOCFLIQ_GATEWAY_WORKERS", "2", "worker processes, or auto"),
    ("cors-origins", "CORS_ORIGINS", "", "comma separated; with DOCFLIQ_DEV=1 further ones"),
    ("rtmp-port", "DOCFLIQ_RTMP_PORT", "", "port or address:port of RTMP; no RTMP if empty"),
    ("maintenance-file", "", "", "while it exists, changes are answered 503"),
    ("assets", "", str(HERE / "www"), "pages, styles and the API reference's script"),
    ("problems", "", "", "the services' problems; docs/openapi/problems.json if empty"),
    ("rate", "DOCFLIQ_GATEWAY_RATE", "200", "requests a second from one address; 0 is no limit"),
    ("burst", "DOCFLIQ_GATEWAY_BURST", "400", "requests beyond the rate, let through at once"),
    ("upload-limit", "DOCFLIQ_GATEWAY_UPLOAD_LIMIT", "2g", "the largest upload"),
    ("micro-cache", "DOCFLIQ_GATEWAY_MICRO_CACHE", "on", "on or off: public pages for a second"),
    ("scale", "SCALE", "1", "instances of each service, ports 20 apart"),
)
REPEATED = {
    "upstream": "service=address:port[,address:port]; 127.0.0.1:<SERVICE>_PORT if not given",
    "also": "port=address:port[,address:port]; a further port that passes everything on as it came",
    "host": "a further name that is answered; localhost and 127.0.0.1 always are",
    "trusted-proxy": "address or network whose X-Forwarded-For is believed",
    "link": "name=url that the landing page points to; the sandboxes' if none is given",
}
LINKS = {
    "Razorpay sandbox: orders, and a checkout page at /checkout/{order}": "SANDBOX_RAZORPAY_PORT",
    "FCM sandbox: what phones received, at /messages?token=": "SANDBOX_FCM_PORT",
    "Mail sink: every mail that was sent": "SANDBOX_MAIL_PORT",
    "OpenID provider: sign in as anybody, at /api/v1/auth/oauth/local/authorize of the gateway": (
        "SANDBOX_OIDC_PORT"
    ),
    "RabbitMQ: one queue per handler": "DOCFLIQ_MANAGEMENT_PORT",
}

Lookup = Callable[[str], str]


@dataclass(frozen=True)
class Settings:
    """One gateway, complete."""

    prefix: Path
    out: Path
    listen: str
    public_url: str
    storage_root: Path
    storage_key: str
    access_log: str
    error_log: str
    modules: Path
    user: str
    workers: str
    cors_origins: tuple[str, ...]
    rtmp_port: str
    maintenance_file: str
    assets: Path
    problems: Path | None
    rate: int
    burst: int
    upload_limit: str
    micro_cache: bool
    upstreams: Mapping[str, tuple[str, ...]]
    also: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    hosts: tuple[str, ...] = ()
    trusted_proxies: tuple[str, ...] = ()
    links: Mapping[str, str] = field(default_factory=dict)


def parser(described_by: str) -> argparse.ArgumentParser:
    """The command line. Every option may be left out where a setting of the platform gives it."""
    command = argparse.ArgumentParser(prog="gateway/render.py", description=described_by)
    for name, variable, default, meaning in OPTIONS:
        known = [variable] if variable else []
        known += [f"default {default}"] if default else []
        hint = f" ({', '.join(known)})" if known else ""
        command.add_argument(f"--{name}", help=f"{meaning}{hint}".replace("%", "%%"))
    for name, meaning in REPEATED.items():
        command.add_argument(f"--{name}", action="append", default=[], help=f"{meaning}; repeat it")
    return command


def settings_from(arguments: list[str], *, described_by: str = "") -> Settings:
    """The settings that a command line means. Exits with a sentence if it means none."""
    command = parser(described_by)
    given = command.parse_args(arguments)
    variables = _environment()
    values: dict[str, str] = {}
    for name, variable, default, _ in OPTIONS:
        value = getattr(given, name.replace("-", "_")) or variables(variable) or default
        if value is None:
            command.error(f"--{name} or {variable} is needed")
        values[name] = value
    if not (values["out"] or values["prefix"]):
        command.error("--out or --prefix is needed")
    try:
        return _settings(values, given, variables)
    except ValueError as wrong:
        command.error(str(wrong))


def _environment() -> Lookup:
    """Settings by name: the process environment, and under it the file DOCFLIQ_ENV_FILE."""
    file = Path(os.getenv("DOCFLIQ_ENV_FILE") or ".env")
    lines = file.read_text().splitlines() if file.is_file() else []
    named = _pairs([line.strip() for line in lines if not line.lstrip().startswith("#")])
    written = {name.strip(): value.strip().strip("'\"") for name, value in named.items()}
    return lambda name: (os.getenv(name) or written.get(name, "")) if name else ""


def _settings(values: dict[str, str], given: argparse.Namespace, variables: Lookup) -> Settings:
    prefix = Path(values["prefix"] or Path(values["out"]).parent).resolve()
    log_dir = values["log-dir"] and Path(values["log-dir"]).resolve()
    if log_dir:
        log_dir.mkdir(parents=True, exist_ok=True)
    return Settings(
        prefix=prefix,
        out=Path(values["out"]).resolve() if values["out"] else prefix / "nginx.conf",
        listen=values["listen"],
        public_url=values["public-url"].rstrip("/"),
        storage_root=Path(values["storage-root"]).resolve(),
        storage_key=_storage_key(values["storage-key-file"], variables),
        access_log=f"{log_dir}/access.log" if log_dir else "/dev/stdout",
        error_log=f"{log_dir}/error.log" if log_dir else "stderr",
        modules=Path(values["modules"]),
        user=values["user"] or _default_user(),
        workers=values["workers"],
        cors_origins=_origins(values["cors-origins"], development=variables("DOCFLIQ_DEV") == "1"),
        rtmp_port=values["rtmp-port"],
        maintenance_file=values["maintenance-file"] or _maintenance_file(variables),
        assets=Path(values["assets"]).resolve(),
        problems=_problems(values["problems"]),
        rate=int(values["rate"]) if _limits_addresses(variables) else 0,
        burst=int(values["burst"]),
        upload_limit=values["upload-limit"],
        micro_cache=values["micro-cache"] != "off",
        upstreams=_upstreams(given.upstream, int(values["scale"]), variables),
        also=_addresses(given.also),
        hosts=tuple(given.host),
        trusted_proxies=tuple(given.trusted_proxy),
        links=_pairs(given.link) or _links(variables),
    )


def _problems(file: str) -> Path | None:
    generated = HERE.parent / "docs" / "openapi" / "problems.json"
    return Path(file) if file else generated if generated.exists() else None


def _storage_key(file: str, variables: Lookup) -> str:
    key = Path(file).read_text().strip() if file else variables("DOCFLIQ_STORAGE_SIGNING_KEY")
    if not key:
        raise ValueError("--storage-key-file or DOCFLIQ_STORAGE_SIGNING_KEY is needed")
    return key


def _limits_addresses(variables: Lookup) -> bool:
    """Tests and benchmarks come from one address and switch its limits off everywhere at once."""
    return variables("DOCFLIQ_ADDRESS_LIMITS").lower() not in {"0", "false", "no", "off"}


def _maintenance_file(variables: Lookup) -> str:
    home = variables("DOCFLIQ_STACK")
    return f"{home}/maintenance" if home else ""


def _default_user() -> str:
    """Debian's user of web servers, if there is a choice."""
    if os.geteuid() != 0:
        return ""
    known = {entry.pw_name for entry in pwd.getpwall()}
    return next((name for name in ("www-data", "nginx", "nobody") if name in known), "")


def _origins(listed: str, *, development: bool) -> tuple[str, ...]:
    named = [origin.strip().rstrip("/") for origin in listed.split(",") if origin.strip()]
    extra = DEVELOPMENT_ORIGINS if development or not named else ()
    return tuple(dict.fromkeys((*named, *extra)))


def _upstreams(given: list[str], scale: int, variables: Lookup) -> dict[str, tuple[str, ...]]:
    ports = {
        service: int(variables(f"{service.upper()}_PORT") or 8001 + n)
        for n, service in enumerate(SERVICES)
    }
    addresses = {
        service: tuple(f"127.0.0.1:{port + SCALE_STEP * n}" for n in range(scale))
        for service, port in ports.items()
    }
    addresses |= _addresses(given)
    if set(addresses) != set(SERVICES):
        raise ValueError(f"--upstream names a service that is none of {', '.join(SERVICES)}")
    return addresses


def _addresses(given: list[str]) -> dict[str, tuple[str, ...]]:
    """`name=address:port,address:port`, checked. Raises ValueError for what is no address."""
    addresses = {name: tuple(value.split(",")) for name, value in _pairs(given).items()}
    for address in (each for group in addresses.values() for each in group):
        if not re.fullmatch(r"[A-Za-z0-9.:\[\]_-]+", address):
            raise ValueError(f"not an address: {address}")
    return addresses


def _links(variables: Lookup) -> dict[str, str]:
    ports = {name: variables(variable) for name, variable in LINKS.items()}
    return {name: f"http://localhost:{port}/" for name, port in ports.items() if port}


def _pairs(values: list[str]) -> dict[str, str]:
    return {name: value for name, _, value in (each.partition("=") for each in values) if name}
