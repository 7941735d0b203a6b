import importlib
from pathlib import Path

import pytest
from engine.stack import ROOT
from groundwork import envfiles
from groundwork.services import SERVICES, Service

EXAMPLE = (ROOT / ".env.example").read_text()
# Said to each process by itself.
PER_PROCESS = {"DOCFLIQ_INSTANCE"}


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_every_setting_of_a_service_stands_in_the_example(service: Service) -> None:
    settings = importlib.import_module(f"{service.package}.settings").Settings
    prefix = settings.model_config["env_prefix"]
    declared = {
        str(field.validation_alias or f"{prefix}{name.upper()}")
        for name, field in settings.model_fields.items()
    }
    filled = envfiles.parse(envfiles.fill_secrets(EXAMPLE))
    known = filled.keys() | envfiles.derive(filled, home=Path("/stack")).keys() | PER_PROCESS

    assert f"{prefix}DATABASE_URL" in declared
    assert declared - known == set()


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_a_process_that_is_told_only_its_own_settings_starts_with_them(
    service: Service, tmp_path: Path
) -> None:
    filled = envfiles.parse(envfiles.fill_secrets(EXAMPLE))
    environment = envfiles.derive(filled, home=tmp_path)
    env_file = tmp_path / "service.env"
    env_file.write_text(envfiles.render(envfiles.seen_by(environment, service)))

    kind = importlib.import_module(f"{service.package}.settings").Settings
    settings = kind(_env_file=env_file)

    assert settings.dev
    url = environment[f"{service.prefix}_DATABASE_URL"]
    assert settings.database_url.get_secret_value() == url
