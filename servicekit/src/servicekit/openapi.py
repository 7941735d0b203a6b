"""`python -m servicekit.openapi FOLDER`: write the OpenAPI documents and `problems.json`."""

import argparse
import importlib
import json
import sys
from pathlib import Path
from typing import Any

from servicekit.migrate import SERVICES, package_of
from servicekit.problems import known_problems

PLACE = "http://localhost:8000"


def document_of(service: str) -> dict[str, Any]:
    """The OpenAPI document of an installed service, made without any server."""
    package = package_of(service)
    settings = importlib.import_module(f"{package}.settings").Settings
    app = importlib.import_module(f"{package}.app").create_app(settings(**_settings(settings)))
    document: dict[str, Any] = app.openapi()
    return document


def _settings(settings: Any) -> dict[str, Any]:
    # Any value does: no server is reached while a document is made.
    values: dict[str, Any] = {"_env_file": None, "DOCFLIQ_DEV": "1", "DOCFLIQ_PUBLIC_URL": PLACE}
    for name, field in settings.model_fields.items():
        if field.is_required():
            values[str(field.validation_alias or name)] = "x" * 43 + "="
    return values | {
        "database_url": "postgresql://x@127.0.0.1:1/x",
        "broker_url": "amqp://127.0.0.1:1/",
    }


def main(arguments: list[str] | None = None) -> int:
    """Write `<name>.json` per service with an API, and `problems.json`."""
    parser = argparse.ArgumentParser(prog="python -m servicekit.openapi", description=__doc__)
    parser.add_argument("folder", type=Path)
    folder: Path = parser.parse_args(arguments).folder
    folder.mkdir(parents=True, exist_ok=True)
    for service in SERVICES:
        if service.endswith("-service"):
            path = folder / f"{service.removesuffix('-service')}.json"
            path.write_text(json.dumps(document_of(service), indent=2, sort_keys=True) + "\n")
    (folder / "problems.json").write_text(json.dumps(known_problems(), indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
