"""What the tests of content-service stand on."""

import pytest
from fastapi import FastAPI

from content_service.app import create_app
from content_service.settings import Settings
from servicekit.testing.plugin import MakeSettings


@pytest.fixture
def service_package() -> str:
    return "content_service"


@pytest.fixture
def settings(make_settings: MakeSettings) -> Settings:
    made: Settings = make_settings(Settings)
    return made


@pytest.fixture
def app(settings: Settings) -> FastAPI:
    return create_app(settings)
