"""Every route that a service publishes can be reached: the gateway sends it to that service."""

import importlib.util
import json
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted(
    path for path in (ROOT / "docs" / "openapi").glob("*.json") if path.stem != "problems"
)


def service_of() -> Callable[[str], str | None]:
    """The gateway's own look-up, from the table that nginx is rendered from."""
    spec = importlib.util.spec_from_file_location("gateway_routes", ROOT / "gateway" / "routes.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    found: Callable[[str], str | None] = module.service_of
    return found


def test_every_published_route_is_routed_to_the_service_that_publishes_it() -> None:
    reached_by, checked, wrong = service_of(), 0, []
    for document in DOCUMENTS:
        owner = document.stem
        for path in json.loads(document.read_text())["paths"]:
            checked += 1
            if reached_by(path) != owner:
                wrong.append(f"{owner} publishes {path}, the gateway asks {reached_by(path)}")

    assert checked
    assert wrong == []


def test_every_service_with_routes_has_a_document() -> None:
    documented = {document.stem for document in DOCUMENTS}

    assert documented == {"auth", "content", "course", "webinar", "payment", "notification"}
