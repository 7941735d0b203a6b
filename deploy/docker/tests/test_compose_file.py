"""The compose file says the same as the code and the native engine."""

import importlib
import json
import re
from pathlib import Path
from typing import Any

import pytest
from groundwork import envfiles, tuning
from groundwork.ports import DEFAULTS
from groundwork.services import APIS, SERVICES, Service
from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parents[3]
EXAMPLE = envfiles.parse((ROOT / ".env.example").read_text())
# Said to each process by itself: in containers it is the container's name.
PER_PROCESS = {"DOCFLIQ_INSTANCE"}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = YAML(typ="safe").load(ROOT / "docker-compose.yml")
    return loaded


def process_of(service: Service) -> str:
    return f"{service.prefix.lower()}-worker"


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_every_setting_of_a_service_reaches_its_containers(
    service: Service, compose: dict[str, Any]
) -> None:
    settings = importlib.import_module(f"{service.package}.settings").Settings
    prefix = settings.model_config["env_prefix"]
    declared = {
        str(field.validation_alias or f"{prefix}{name.upper()}")
        for name, field in settings.model_fields.items()
    }

    told = compose["services"][process_of(service)]["environment"]

    assert declared - told.keys() - PER_PROCESS == set()
    if service.has_api:
        assert compose["services"][f"{service.prefix.lower()}-api"]["environment"] == told


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_no_service_is_told_another_ones_secrets(service: Service, compose: dict[str, Any]) -> None:
    told = compose["services"][process_of(service)]["environment"]

    foreign = tuple(f"{other.prefix}_" for other in SERVICES if other != service)
    assert [name for name in told if name.startswith(foreign)] == []
    assert [name for name in told if name.endswith("_PASSWORD") and "SMTP" not in name] == []


def test_every_setting_of_the_example_is_known_to_the_file_or_is_the_native_engines_own() -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    native = {
        "DOCFLIQ_SUPERVISOR_PASSWORD",
        "DOCFLIQ_SUPERVISOR_PORT",
        "DOCFLIQ_BROKER_DIST_PORT",
        "DOCFLIQ_EPMD_PORT",
        "SCALE",  # an option of `up`
    }

    unknown = {name for name in EXAMPLE if not re.search(rf"\b{name}\b", text)}

    assert unknown == native


def test_published_ports_are_the_native_engines(compose: dict[str, Any]) -> None:
    lines = [line for one in compose["services"].values() for line in one.get("ports", [])]
    found = dict(re.findall(r"\$\{(\w+):-(\d+)\}", " ".join(lines)))

    assert {name: int(port) for name, port in found.items()} == {
        name: port
        for name, port in DEFAULTS.items()
        if name not in {"DOCFLIQ_SUPERVISOR_PORT", "DOCFLIQ_BROKER_DIST_PORT", "DOCFLIQ_EPMD_PORT"}
    }
    beyond = [line for line in lines if not line.startswith("127.0.0.1:")]
    assert len(beyond) == 2


def test_the_gateway_knows_the_port_of_every_api_and_worker(compose: dict[str, Any]) -> None:
    words = compose["services"]["gateway"]["command"]

    for api in APIS:
        port = DEFAULTS[f"{api.prefix}_PORT"]
        name = api.prefix.lower()
        assert f"--upstream={name}={name}-api:{port}" in words
        assert compose["services"][f"{name}-api"]["command"].count(str(port)) == 1
    for service in SERVICES:
        port = DEFAULTS[f"{service.prefix}_WORKER_PORT"]
        assert f"--also={port}={process_of(service)}:{port}" in words
        told = compose["services"][process_of(service)]["environment"]
        assert told[f"{service.prefix}_WORKER_PORT"] == str(port)


def test_the_servers_are_set_up_as_without_containers(compose: dict[str, Any]) -> None:
    words = compose["services"]["postgres"]["command"]
    broker = compose["services"]["rabbitmq"]["environment"]["RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS"]

    assert dict(word.split("=") for word in words if "=" in word) == tuning.POSTGRES
    assert f"collect_statistics_interval {tuning.BROKER_STATISTICS_MSECS} " in broker


def test_every_container_is_guarded_bounded_and_given_time_to_end(compose: dict[str, Any]) -> None:
    for name, one in compose["services"].items():
        assert one["read_only"] is True, name
        assert one["cap_drop"] == ["ALL"], name
        assert one["init"] is True, name
        assert one["mem_limit"], name
        assert one["logging"]["options"]["max-size"], name
        assert "healthcheck" in one or name in {"provision", "tools"}, name
        assert "privileged" not in one, name
        assert "cap_add" not in one, name


def test_every_process_may_be_reloaded_in_development(compose: dict[str, Any]) -> None:
    development = YAML(typ="safe").load(ROOT / "docker-compose.dev.yml")["services"]
    processes = {name for name in compose["services"] if name.endswith(("-api", "-worker"))}

    assert set(development) == processes
    for name, one in development.items():
        folder = re.sub(r"(?<!media)-(api|worker)$", "-service", name)
        assert f"./{folder}/src:/app/{folder}/src:ro" in one["volumes"]


def test_the_dockerfile_copies_the_pyproject_of_every_member() -> None:
    text = (ROOT / "Dockerfile").read_text()
    members = [path.parent.name for path in ROOT.glob("*/pyproject.toml")]

    assert members
    assert [one for one in members if f"COPY {one}/pyproject.toml {one}/" not in text] == []
    ignored = (ROOT / ".dockerignore").read_text()
    assert [one for one in members if f"!{one}\n" not in ignored] == []


def test_what_the_build_stands_on_is_said_once() -> None:
    text = (ROOT / "Dockerfile").read_text()
    bases = re.findall(r"^FROM (\S+)", text, flags=re.MULTILINE)
    stages = set(re.findall(r"^FROM \S+ AS (\S+)", text, flags=re.MULTILINE))

    outside = [base for base in bases if base not in stages]
    assert sorted(set(outside)) == ["${DEBIAN_IMAGE}", "${PYTHON_IMAGE}"]
    assert json.dumps(outside).count("PYTHON_IMAGE") == 1
    uv = re.search(r"^uv_version=(\S+)", (ROOT / "deploy/native/bootstrap.sh").read_text(), re.M)
    assert uv
    assert f"uv=={uv[1]}" in text
