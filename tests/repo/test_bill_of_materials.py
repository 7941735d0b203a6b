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
