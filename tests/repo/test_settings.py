"""Settings: what a process refuses to start without stands in .env.example."""

import importlib
import re
from pathlib import Path

from servicekit.settings import ServiceSettings
from servicekit.topology import SERVICES


def settings_of(service: str) -> type[ServiceSettings]:
    module = importlib.import_module(f"{service.replace('-', '_')}.settings")
    found: type[ServiceSettings] = module.Settings
    return found


def required(settings: type[ServiceSettings]) -> set[str]:
    """The variables without a default. Addresses are made from a password at the start."""
    prefix = settings.model_config["env_prefix"]
    names = {
        str(field.validation_alias or f"{prefix}{name}".upper())
        for name, field in settings.model_fields.items()
        if field.is_required()
    }
    return {re.sub(r"_(DATABASE|BROKER)_URL$", r"_\1_PASSWORD", name) for name in names}


def test_the_example_names_every_setting_that_a_service_requires(root: Path) -> None:
    example = (root / ".env.example").read_text()
    named = set(re.findall(r"^([A-Z][A-Z0-9_]*)=", example, flags=re.MULTILINE))
    wanted = {service: required(settings_of(service)) for service in SERVICES}

    assert all(wanted.values())
    assert {service: names - named for service, names in wanted.items() if names - named} == {}


def test_each_service_says_its_own_name_and_prefix() -> None:
    for service in SERVICES:
        settings = settings_of(service)

        assert settings.service == service
        prefix = service.removesuffix("-service").removesuffix("-worker").upper()
        assert settings.model_config["env_prefix"] == f"{prefix}_"
