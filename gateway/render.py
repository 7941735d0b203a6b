"""Writes everything that one nginx needs, configuration, pages and script, into its prefix.

    python gateway/render.py --out .stack/nginx/nginx.conf
    nginx -p .stack/nginx -c .stack/nginx/nginx.conf -e stderr -g 'daemon off;'

Standard library alone. Repeating it with the same settings writes the same files.
"""

import json
import re
import shutil
import sys
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from pages import write_pages
from routes import SERVICES, Route, all_routes
from settings import Settings, settings_from

Problem = dict[str, str | int]

HERE = Path(__file__).resolve().parent
RETRY_AFTER_SECS = {429: "1", 502: "2", 503: "5", 504: "5"}


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
    """A group per service. uvicorn must keep idle connections longer than 60 s."""
    lines = []
    for service in SERVICES:
        lines += [f"upstream {service} {{", f"    zone {service} 64k;"]
        lines += servers(settings.upstreams[service])
        lines += ["    keepalive 64;", "    keepalive_timeout 60s;", "}"]
    return lines


def servers(addresses: Iterable[str]) -> list[str]:
    """The members of a group. Who cannot be reached is left out for a second."""
    return [f"    server {address} max_fails=1 fail_timeout=1s;" for address in addresses]


def further_ports(settings: Settings) -> list[str]:
    """Ports for operators where containers publish none of their own: passed on as it came."""
    lines = []
    for port, addresses in settings.also.items():
        lines += [f"upstream also-{port} {{", *servers(addresses), "}"]
        lines += ["server {", f"    listen {port};", "    access_log off;"]
        lines += [
            '    set $socket "";',
            "    location / {",
            f"        proxy_pass http://also-{port};",
        ]
        lines += ["        proxy_buffering off;", "        proxy_read_timeout 1h;", "    }", "}"]
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
    """Zones and limits per address; files are asked for in bursts, so they get four times that."""
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
        "log_buffer": "4k" if settings.access_log == "/dev/stdout" else "64k",
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
        "further_ports": indented(further_ports(settings), 4),
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


if __name__ == "__main__":
    write(settings_from(sys.argv[1:], described_by=(__doc__ or "").split("\n", 1)[0]))
