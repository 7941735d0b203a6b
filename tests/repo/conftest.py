"""What the rules of the repository look at: the tree, the code's own tables, the documents."""

import importlib.util
import json
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from servicekit.topology import SERVICES

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT


@pytest.fixture(scope="session")
def project() -> dict[str, Any]:
    """The workspace's pyproject.toml."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


@pytest.fixture(scope="session")
def packages() -> dict[str, Path]:
    """The sources of each service, by its name."""
    return {name: ROOT / name / "src" / name.replace("-", "_") for name in SERVICES}


@pytest.fixture(scope="session")
def domains(packages: dict[str, Path]) -> dict[str, list[Path]]:
    """The domain folders of each service, by its name."""
    return {
        name: sorted(folder.parent for folder in package.glob("*/__init__.py"))
        for name, package in packages.items()
    }


@pytest.fixture(scope="session")
def modules() -> list[Path]:
    """Every module of ours but migrations, which nobody edits once they have run."""
    paths = (path.relative_to(ROOT) for path in ROOT.glob("[a-z]*/**/*.py"))
    return [ROOT / path for path in paths if "migrations" not in path.parts]


@pytest.fixture(scope="session")
def owners_of_routes() -> dict[str, tuple[str, ...]]:
    """The first segments of the addresses that the gateway passes to each service."""
    spec = importlib.util.spec_from_file_location("gateway_table", ROOT / "gateway" / "routes.py")
    assert spec
    assert spec.loader
    table = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = table
    spec.loader.exec_module(table)
    owners: dict[str, tuple[str, ...]] = table.OWNERS
    return owners


def read_documents() -> dict[str, Any]:
    """The OpenAPI documents as committed, by the name of their service."""
    return {
        f"{path.stem}-service": json.loads(path.read_text())
        for path in sorted((ROOT / "docs" / "openapi").glob("*.json"))
        if path.stem != "problems"
    }


def read_operations() -> dict[str, dict[str, Any]]:
    """Every operation that a service publishes, by `<METHOD> <path>`."""
    return {
        f"{method.upper()} {path}": operation
        for document in read_documents().values()
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }


def open_routes() -> list[str]:
    """The operations that answer without a token, with the word that says whether one may come."""
    said = {name: operation.get("security") for name, operation in read_operations().items()}
    never = [f"anyone   {name}" for name, security in said.items() if security == []]
    may = [f"may sign {name}" for name, security in said.items() if {} in (security or [])]
    return sorted(never + may)


@pytest.fixture(scope="session")
def documents() -> dict[str, Any]:
    """See `read_documents`."""
    return read_documents()


@pytest.fixture(scope="session")
def operations() -> dict[str, dict[str, Any]]:
    """See `read_operations`."""
    return read_operations()


@pytest.fixture(scope="session")
def open_ones() -> list[str]:
    """See `open_routes`."""
    return open_routes()
