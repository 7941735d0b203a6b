"""Writes everything that one nginx needs, configuration, pages and script, into its prefix.

    python gateway/render.py --prefix .stack/gateway --storage-root … --storage-key-file …
    nginx -p .stack/gateway -c .stack/gateway/nginx.conf

Needs nothing but the standard library, and reads no environment: every setting is an option.
"""

import argparse
import json
import re
import shutil
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlsplit

from pages import write_pages
from routes import SERVICES, Route, all_routes

Problem = dict[str, str | int]

HERE = Path(__file__).resolve().parent
RETRY_AFTER_SECS = {429: "1", 502: "2", 503: "5", 504: "5"}
DEVELOPMENT_ORIGINS = "http://localhost:3000,http://localhost:5173,null"
OPTIONS: tuple[tuple[str, str | None, str], ...] = (
    ("--prefix", None, "folder that nginx may write: configuration, pages, temporary files"),
    ("--out", "", "the configuration; <prefix>/nginx.conf if empty"),
    ("--listen", "8000", "port, or address:port"),
    ("--public-url", "http://localhost:8000", "DOCFLIQ_PUBLIC_URL; its host is answered"),
    ("--storage-root", None, "DOCFLIQ_STORAGE_ROOT; served below /storage/"),
    ("--storage-key-file", None, "file that holds DOCFLIQ_STORAGE_SIGNING_KEY alone"),
    ("--log-dir", "", "folder of access.log and error.log; <prefix>/log if empty"),
    ("--access-log", "", "instead of <log-dir>/access.log, such as /dev/stdout"),
    ("--error-log", "", "instead of <log-dir>/error.log, such as stderr"),
    ("--modules", "/usr/lib/nginx/modules", "folder of nginx's dynamic modules"),
    ("--user", "", "user that workers drop to, when started as root"),
    ("--workers", "2", "worker processes, or auto"),
    ("--cors-origins", DEVELOPMENT_ORIGINS, "CORS_ORIGINS, comma separated"),
    ("--rtmp-port", "", "port or address:port of RTMP; no RTMP if empty"),
    ("--maintenance-file", "", "while this file exists, changes are answered 503"),
    ("--assets", str(HERE / "www"), "pages, styles and the API reference's script"),
    ("--problems", "", "what `python -m servicekit.problems` printed; pages are made of it"),
    ("--rate", "50", "requests a second from one address; 0 is no limit"),
    ("--burst", "200", "requests beyond the rate that are let through at once"),
    ("--upload-limit", "2g", "the largest upload"),
    ("--micro-cache", "on", "on or off: public pages are kept for a second"),
)


@dataclass(frozen=True)
class Settings:
    """Everything that differs between two gateways."""

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
    upstreams: dict[str, tuple[str, ...]]
    hosts: tuple[str, ...] = ()
    trusted_proxies: tuple[str, ...] = ()
    links: dict[str, str] = field(default_factory=dict)


def fill(template: str, values: dict[str, str]) -> str:
    """The template with each `<<name>>` replaced. Raises KeyError for a name without a value."""
    return re.sub(r"<<(\w+)>>", lambda found: values[found[1]], template)


def indented(lines: list[str], spaces: int) -> str:
    """Lines as one block of the configuration."""
    return "\n".join(f"{' ' * spaces}{line}" if line else "" for line in lines)


def quoted(value: str) -> str:
    """One nginx word. Raises ValueError for what could end the word or name a variable."""
    if re.search(r"[\"$;{}\\\s]", value):
        raise ValueError(f"cannot stand in the configuration: {value!r}")
    return f'"{value}"'


def upstreams(settings: Settings) -> list[str]:
    """A group per service. Idle connections close before uvicorn's five seconds are over."""
    lines = []
    for service in SERVICES:
        lines += [f"upstream {service} {{", f"    zone {service} 64k;"]
        lines += [
            f"    server {address} max_fails=1 fail_timeout=1s;"
            for address in settings.upstreams[service]
        ]
        lines += ["    keepalive 64;", "    keepalive_timeout 4s;", "}"]
    return lines


def directives(route: Route, settings: Settings) -> list[str]:
    """What stands inside the location of a route."""
    extra = {
        "plain": [],
        "cached": ["proxy_cache micro;"] if settings.micro_cache else [],
        "upload": [
            f"client_max_body_size {settings.upload_limit};",
            "client_body_timeout 60s;",
            "proxy_request_buffering off;",
            "proxy_read_timeout 300s;",
        ],
        "stream": ["proxy_buffering off;", "gzip off;", "proxy_read_timeout 1h;"],
        "socket": ["set $socket 1;", "proxy_read_timeout 1h;", "proxy_send_timeout 1h;"],
    }[route.kind]
    if route.renamed:
        extra = [*extra, f"rewrite ^{route.path}(/.*)?$ {route.renamed}$1 break;"]
    return [*extra, f"proxy_pass http://{route.service};"]


def location(match: str, route: Route, settings: Settings) -> list[str]:
    """One location block, with those that stand within it."""
    inner = [line for each in route.within for line in location(f"~ {each.path}", each, settings)]
    body = [*inner, *directives(route, settings)]
    return [f"location {match} {{", *(f"    {line}" for line in body), "}"]


def locations(settings: Settings) -> list[str]:
    """With and without the trailing slash, never by a redirect; what is special comes first."""
    blocks: dict[str, list[str]] = {}
    for route in all_routes():
        alone = replace(route, within=())
        for match in (f"= {route.path}", f"= {route.path}/"):
            if route.alone or match.endswith(route.path):
                blocks.setdefault(match, location(match, alone, settings))
        if not route.alone:
            blocks[f"^~ {route.path}/"] = location(f"^~ {route.path}/", route, settings)
    return [line for block in blocks.values() for line in block]


def health() -> list[str]:
    """The gateway's own health, and each service's health and OpenAPI document."""
    own = 'return 200 \'{"status":"ok","service":"gateway"}\';'
    lines = []
    for path in ("/health", "/health/", "/api/v1/health", "/api/v1/health/"):
        lines += [f"location = {path} {{", "    default_type application/json;", f"    {own}", "}"]
    for service in SERVICES:
        for path, inner in (
            (f"/health/{service}", "/health"),
            (f"/health/{service}/", "/health"),
            (f"/openapi/{service}.json", "/openapi.json"),
        ):
            lines += [f"location = {path} {{", f"    rewrite ^ {inner} break;"]
            lines += [f"    proxy_pass http://{service};", "}"]
    return lines


def rate_limits(settings: Settings) -> dict[str, str]:
    """Zones and limits per address; files are asked for in bursts, so they have four times as much."""
    if not settings.rate:
        return {"rate_zones": "", "rate_limit": "", "storage_rate_limit": ""}
    zones = [
        f"limit_req_zone $binary_remote_addr zone=general:10m rate={settings.rate}r/s;",
        f"limit_req_zone $binary_remote_addr zone=files:10m rate={settings.rate * 4}r/s;",
        "limit_req_status 429;",
    ]
    general = [f"limit_req zone=general burst={settings.burst} nodelay;"]
    files = [f"limit_req zone=files burst={settings.burst * 4} nodelay;"]
    return {
        "rate_zones": indented(zones, 4),
        "rate_limit": indented(general, 8),
        "storage_rate_limit": indented(files, 12),
    }


def maintenance(settings: Settings) -> list[str]:
    """Refuse changes while the file exists; reading goes on."""
    if not settings.maintenance_file:
        return []
    return [
        f"if (-f {quoted(settings.maintenance_file)}) {{",
        "    set $closed 1;",
        "}",
        "if ($request_method ~ ^(GET|HEAD|OPTIONS)$) {",
        '    set $closed "";',
        "}",
        "if ($closed) {",
        "    return 503;",
        "}",
    ]


def real_address(settings: Settings) -> list[str]:
    """Whose X-Forwarded-For is believed; nobody's by default."""
    if not settings.trusted_proxies:
        return []
    trusted = [f"set_real_ip_from {proxy};" for proxy in settings.trusted_proxies]
    return [*trusted, "real_ip_header X-Forwarded-For;", "real_ip_recursive on;", ""]


def rtmp(settings: Settings) -> str:
    """The RTMP door. It has no application yet, so every publisher and player is refused."""
    if not settings.rtmp_port:
        return ""
    return (
        "rtmp {\n    access_log off;\n    server {\n"
        f"        listen {settings.rtmp_port};\n    }}\n}}\n"
    )


def known_hosts(settings: Settings) -> str:
    """The names that are answered; requests to any other are dropped."""
    public = urlsplit(settings.public_url).hostname or "localhost"
    names = dict.fromkeys((public, "localhost", "127.0.0.1", *settings.hosts))
    return " ".join(quoted(name) for name in names)


def configuration(settings: Settings) -> str:
    """The whole nginx.conf."""
    secure = urlsplit(settings.public_url).scheme == "https"
    origins = [f"{quoted(origin)} $http_origin;" for origin in settings.cors_origins]
    values = {
        "user": f"user {settings.user};" if settings.user else "",
        "workers": settings.workers,
        "prefix": str(settings.prefix),
        "modules": str(settings.modules),
        "load_rtmp": (
            f'load_module "{settings.modules}/ngx_rtmp_module.so";' if settings.rtmp_port else ""
        ),
        "access_log": settings.access_log,
        "error_log": settings.error_log,
        "real_address": indented(real_address(settings), 4),
        "cors_origins": indented(origins, 8),
        "upstreams": indented(upstreams(settings), 4),
        "scheme": "https" if secure else "$scheme",
        "listen": settings.listen,
        "hosts": known_hosts(settings),
        "transport_security": (
            '        add_header Strict-Transport-Security "max-age=31536000" always;'
            if secure
            else ""
        ),
        "maintenance": indented(maintenance(settings), 8),
        "health": indented(health(), 8),
        "storage_root": str(settings.storage_root),
        "locations": indented(locations(settings), 8),
        "rtmp": rtmp(settings),
        **rate_limits(settings),
    }
    return fill((HERE / "nginx.conf.template").read_text(), values)


def by_code_and_status(problems: list[Problem]) -> dict[str, Problem]:
    """What the script looks up. Of two problems with one status, the first stands for it."""
    by_status = {str(problem["status"]): problem for problem in reversed(problems)}
    return by_status | {str(problem["code"]): problem for problem in problems}


def write(settings: Settings) -> None:
    """Make the prefix complete. Repeating it leaves the same; nginx reads it at start or reload."""
    (settings.prefix / "tmp").mkdir(parents=True, exist_ok=True)
    own: list[Problem] = json.loads((HERE / "problems.json").read_text())
    known = {problem["code"]: problem for problem in own}
    if settings.problems:
        known |= {each["code"]: each for each in json.loads(settings.problems.read_text())}

    links = settings.prefix / "links.json"
    links.unlink(missing_ok=True)
    links.touch(mode=0o600)
    links.write_text(json.dumps({"key": settings.storage_key, "retry_after": RETRY_AFTER_SECS}))
    (settings.prefix / "problems.json").write_text(json.dumps(by_code_and_status(own)))
    shutil.copyfile(HERE / "gateway.js", settings.prefix / "gateway.js")
    write_pages(
        settings.assets,
        settings.prefix / "www",
        problems=list(known.values()),
        links=settings.links,
        origin=settings.public_url,
    )
    settings.out.write_text(configuration(settings))


def parser() -> argparse.ArgumentParser:
    """The command line."""
    described = argparse.ArgumentParser(
        prog="gateway/render.py",
        description=(__doc__ or "").split("\n", 1)[0],
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    for name, default, meaning in OPTIONS:
        described.add_argument(name, default=default, required=default is None, help=meaning)
    repeated: dict[str, str] = {
        "--upstream": f"service=address:port[,address:port], each of {', '.join(SERVICES)}; "
        "127.0.0.1:8001 and upward where none is given",
        "--host": "a further name that is answered; localhost and 127.0.0.1 always are",
        "--trusted-proxy": "address or network whose X-Forwarded-For is believed",
        "--link": "name=url of something that the landing page points to",
    }
    for name, meaning in repeated.items():
        described.add_argument(name, action="append", default=[], help=meaning)
    return described


def pairs(values: list[str]) -> dict[str, str]:
    """`name=value` arguments by name."""
    return {name: value for name, _, value in (each.partition("=") for each in values)}


def settings_from(arguments: list[str]) -> Settings:
    """The settings that a command line means. Exits with a sentence if it means none."""
    command = parser()
    given = command.parse_args(arguments)
    prefix = Path(given.prefix).resolve()
    logs = Path(given.log_dir).resolve() if given.log_dir else prefix / "log"
    logs.mkdir(parents=True, exist_ok=True)
    addresses = {service: f"127.0.0.1:{8001 + n}" for n, service in enumerate(SERVICES)}
    addresses |= pairs(given.upstream)
    if set(addresses) != set(SERVICES):
        command.error(f"--upstream names a service that is none of {', '.join(SERVICES)}")
    return Settings(
        prefix=prefix,
        out=Path(given.out).resolve() if given.out else prefix / "nginx.conf",
        listen=given.listen,
        public_url=given.public_url,
        storage_root=Path(given.storage_root).resolve(),
        storage_key=Path(given.storage_key_file).read_text().strip(),
        access_log=given.access_log or str(logs / "access.log"),
        error_log=given.error_log or str(logs / "error.log"),
        modules=Path(given.modules),
        user=given.user,
        workers=given.workers,
        cors_origins=tuple(filter(None, map(str.strip, given.cors_origins.split(",")))),
        rtmp_port=given.rtmp_port,
        maintenance_file=given.maintenance_file,
        assets=Path(given.assets).resolve(),
        problems=Path(given.problems) if given.problems else None,
        rate=int(given.rate),
        burst=int(given.burst),
        upload_limit=given.upload_limit,
        micro_cache=given.micro_cache == "on",
        upstreams={name: tuple(value.split(",")) for name, value in addresses.items()},
        hosts=tuple(given.host),
        trusted_proxies=tuple(given.trusted_proxy),
        links=pairs(given.link),
    )


if __name__ == "__main__":
    write(settings_from(sys.argv[1:]))
