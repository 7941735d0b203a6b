"""`make sbom`: valid CycloneDX, and everything that an image installs stands in its list."""

import json
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from servicekit.topology import SERVICES

Bill = dict[str, Any]
PROCESSES = [
    *((name, f"{name.replace('-', '_')}.worker") for name in SERVICES),
    *((name, f"{name.replace('-', '_')}.app") for name in SERVICES if name != "media-worker"),
    ("sandbox", "sandbox.server"),
]
# Imports a module where only some distributions exist, as far as an import can tell.
ALONE = """
import importlib, sys
from importlib.metadata import packages_distributions
from packaging.utils import canonicalize_name

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name in missing:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

there = set(sys.argv[2].split())
missing = {
    name
    for name, owners in packages_distributions().items()
    if not there.intersection(map(canonicalize_name, owners))
}
for name in [one for one in sys.modules if one.split(".")[0] in missing]:
    del sys.modules[name]
sys.meta_path.insert(0, Absent())
importlib.import_module(sys.argv[1])
"""


@pytest.fixture(scope="session")
def bills(root: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Bill]:
    """Every list that `make sbom` writes, by its name."""
    folder = tmp_path_factory.mktemp("sbom")
    subprocess.run([sys.executable, root / "deploy" / "sbom.py", folder], check=True)
    return {
        path.name.removesuffix(".cdx.json"): json.loads(path.read_text())
        for path in folder.glob("*.cdx.json")
    }


@pytest.fixture(scope="session")
def lock(root: Path) -> dict[str, Any]:
    """The packages of uv.lock, by name; of some there are several versions."""
    return tomllib.loads((root / "uv.lock").read_text())


def components_of(bill: Bill) -> set[tuple[str, str]]:
    return {(one["name"], one["version"]) for one in bill["components"]}


def test_every_list_is_valid_cyclonedx(bills: dict[str, Bill]) -> None:
    validator = JsonStrictValidator(SchemaVersion.V1_5)

    assert {name: validator.validate_str(json.dumps(bill)) for name, bill in bills.items()} == (
        dict.fromkeys(bills)
    )


def test_the_whole_and_each_image_have_a_list(bills: dict[str, Bill]) -> None:
    images = {f"docfliq-{name}" for name in (*SERVICES, "sandbox")}

    assert set(bills) == {"docfliq", *images}
    assert {bills[name]["metadata"]["component"]["name"] for name in images} == images


def test_what_is_listed_stands_in_the_lock_with_its_hashes(
    bills: dict[str, Bill], lock: dict[str, Any]
) -> None:
    locked = {(each["name"], each["version"]): each for each in lock["package"]}
    for name, bill in bills.items():
        foreign = [one for one in bill["components"] if not one["name"].startswith("docfliq-")]

        assert foreign, name
        for one in foreign:
            assert (one["name"], one["version"]) in locked
            assert one["purl"] == f"pkg:pypi/{one['name']}@{one['version']}"
            assert all(link["hashes"] for link in one["externalReferences"])


def test_a_list_names_what_its_image_installs_and_no_tool_of_ours(
    bills: dict[str, Bill], root: Path
) -> None:
    for service in SERVICES:
        project = tomllib.loads((root / service / "pyproject.toml").read_text())["project"]
        wanted = {_name_of(each) for each in project["dependencies"]}
        listed = {name for name, _ in components_of(bills[f"docfliq-{service}"])}

        assert wanted <= listed, service
        assert not listed & {"pytest", "mypy", "ruff", "testcontainers", "supervisor"}


def test_the_whole_holds_every_image(bills: dict[str, Bill]) -> None:
    whole = components_of(bills["docfliq"])

    assert [name for name, bill in bills.items() if not components_of(bill) <= whole] == []


def _name_of(requirement: str) -> str:
    """`sqlalchemy[asyncio]>=2.1` is sqlalchemy."""
    for sign in "[<>=!~; ":
        requirement = requirement.partition(sign)[0]
    return requirement


@pytest.mark.parametrize(("image", "module"), PROCESSES)
def test_a_process_imports_only_what_its_image_installs(
    image: str, module: str, bills: dict[str, Bill], root: Path
) -> None:
    """Other tests run where the packages of all services are installed, and would not notice."""
    names = " ".join(name for name, _ in components_of(bills[f"docfliq-{image}"]))
    line = [sys.executable, "-c", ALONE, module, f"docfliq-{image} {names}"]

    imported = subprocess.run(line, cwd=root / image, capture_output=True, text=True, check=False)

    assert imported.returncode == 0, imported.stderr[-2000:]
