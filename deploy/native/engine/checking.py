"""What `make check` looks at: each check is one command that must end with 0."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from groundwork.services import SERVICES

from engine.programs import PYTHON
from engine.stack import ROOT, Stack
from servicekit.testing.servers import Servers

_BIN = PYTHON.parent
_UV = ROOT / ".stack" / "uv" / "bin" / "uv"


@dataclass(frozen=True)
class Check:
    """One command, run from the checkout's root with these variables added."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)


def members() -> tuple[str, ...]:
    """The folders of the workspace, in its order."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    return tuple(project["tool"]["uv"]["workspace"]["members"])


def test_folders() -> tuple[str, ...]:
    """Every folder of tests but those at the root, which need the whole platform or none."""
    found = [
        *(f"{member}/tests" for member in members()),
        *("gateway/tests", "deploy/native/tests", "deploy/docker/tests"),
    ]
    return tuple(folder for folder in found if any((ROOT / folder).rglob("test_*.py")))


def quick_checks() -> Iterator[Check]:
    """Those that need no server and no minute."""
    yield Check("ruff format", (str(_BIN / "ruff"), "format", "--check", "."))
    yield Check("ruff check", (str(_BIN / "ruff"), "check", "."))
    yield Check("import contracts", (str(_BIN / "lint-imports"), "--no-cache"))
    uv = {"UV_PROJECT_ENVIRONMENT": ".stack/venv", "UV_PYTHON_DOWNLOADS": "never"}
    yield Check("uv.lock", (str(_UV), "lock", "--check"), uv)
    schema = (str(_BIN / "check-jsonschema"), "--builtin-schema", "vendor.compose-spec")
    yield Check("compose files", (*schema, "docker-compose.yml", "docker-compose.dev.yml"))
    yield Check("repository rules", (str(PYTHON), "-m", "pytest", "-q", "tests/repo"))


def type_checks() -> Iterator[Check]:
    """mypy, one run per tree: two modules of one name (conftest) collide in one run."""
    mypy = (str(_BIN / "mypy"), "--no-error-summary")
    sources = tuple(f"{member}/src" for member in members())
    yield Check("types of the packages", (*mypy, *sources))
    native = {"MYPYPATH": "deploy/native:deploy"}
    yield Check(
        "types of deploy, native",
        (
            *(*mypy, "deploy/groundwork", "deploy/native/engine"),
            *(*_scripts("deploy"), *_scripts("deploy/native")),
        ),
        native,
    )
    docker = {"MYPYPATH": "deploy/docker:deploy"}
    yield Check(
        "types of deploy, docker",
        (*mypy, "deploy/docker/containers", *_scripts("deploy/docker")),
        docker,
    )
    yield Check("types of gateway", (*mypy, *_scripts("gateway")), {"MYPYPATH": "gateway"})
    roots = (f"tests/{name}" for name in ("repo", "e2e", "docker", "faults", "load"))
    with_code = (folder for folder in roots if any((ROOT / folder).rglob("*.py")))
    for folder in (*test_folders(), *with_code):
        # The bench is run as a package, `python -m tests.load`; tests are run by their files.
        paths = "." if folder == "tests/load" else f"{folder}:{Path(folder).parent}"
        if folder.startswith("deploy/"):  # what both engines build on stands there
            paths += ":deploy"
        yield Check(
            f"types of {folder}", (*mypy, "--explicit-package-bases", folder), {"MYPYPATH": paths}
        )


def _scripts(folder: str) -> tuple[str, ...]:
    return tuple(sorted(str(path.relative_to(ROOT)) for path in (ROOT / folder).glob("*.py")))


def migration_check(stack: Stack, servers: Servers) -> Check:
    """All migrations on empty databases, and then nothing left that the models say more."""
    urls = {}
    for service in SERVICES:
        name = f"check_{service.database}"
        servers.drop_database(name)
        urls[f"{service.prefix}_DATABASE_URL"] = servers.create_database(name)
    environment = {"DOCFLIQ_ENV_FILE": str(stack.run_env), **urls}
    return Check("migrations", (str(PYTHON), "-m", "servicekit.migrate", "--check"), environment)


def openapi_check(folder: Path) -> Check:
    """The OpenAPI documents made anew into `folder`; compare them with docs/openapi."""
    return Check("OpenAPI documents", (str(PYTHON), "-m", "servicekit.openapi", str(folder)))
