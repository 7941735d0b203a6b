"""The house: every service is everywhere that a service must be."""

from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from servicekit.topology import SERVICES

APIS = [name for name in SERVICES if name.endswith("-service")]


def test_every_service_is_a_member_of_the_workspace(root: Path, project: dict[str, Any]) -> None:
    members = project["tool"]["uv"]["workspace"]["members"]
    folders = {path.parent.name for path in root.glob("*/pyproject.toml")}

    assert set(SERVICES) < set(members)
    assert folders == set(members)


def test_every_service_and_its_worker_stand_in_compose(root: Path) -> None:
    services = YAML(typ="safe").load(root / "docker-compose.yml")["services"]
    short = [name.removesuffix("-service") for name in APIS]
    processes = {f"{name}-{kind}" for name in short for kind in ("api", "worker")}
    wanted = {*processes, "media-worker", "gateway", "sandbox"}

    assert len(APIS) == 6
    assert wanted <= set(services)


def test_every_api_has_routes_in_the_gateway(owners_of_routes: dict[str, tuple[str, ...]]) -> None:
    with_routes = [f"{name}-service" for name, paths in owners_of_routes.items() if paths]

    assert with_routes == APIS


def test_every_service_has_the_same_doors(packages: dict[str, Path]) -> None:
    """A newcomer finds the same rooms everywhere: settings, tables, subscriptions, worker, app."""
    wanted = {"settings.py", "database.py", "subscriptions.py", "worker.py"}
    missing = {
        name: sorted((wanted | {"app.py"} if name in APIS else wanted) - _files(package))
        for name, package in packages.items()
    }

    assert len(missing) == len(SERVICES)
    assert [name for name, gaps in missing.items() if gaps] == []


def _files(package: Path) -> set[str]:
    return {path.name for path in package.glob("*.py")}


def test_every_domain_stands_in_the_import_contracts(
    domains: dict[str, list[Path]], project: dict[str, Any]
) -> None:
    contracts = {each["name"]: each for each in project["tool"]["importlinter"]["contracts"]}
    listed = contracts["Inside a domain, imports point downward"]["containers"]
    found = [f"{each.parent.name}.{each.name}" for folders in domains.values() for each in folders]

    assert len(found) > 30
    assert sorted(listed) == sorted(found)


def test_no_domain_is_forgotten_between_its_neighbours(
    domains: dict[str, list[Path]], project: dict[str, Any]
) -> None:
    contracts = {each["name"]: each for each in project["tool"]["importlinter"]["contracts"]}
    for service, folders in domains.items():
        contract = contracts[f"{service}: between domains, queries, models and errors only"]
        found = [f"{each.parent.name}.{each.name}" for each in folders]

        assert found
        assert sorted(contract["modules"]) == sorted(found)
