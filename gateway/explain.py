"""Prints every problem that the installed services can answer, as JSON for `/problems/{code}`."""

import importlib
import importlib.util
import json
import pkgutil
from collections.abc import Iterator

Problem = dict[str, str | int]


def problems_of_services() -> list[Problem]:
    """Code, title, status and explanation of each; none where no service is installed."""
    if importlib.util.find_spec("servicekit") is None:
        return []
    for module in _modules():
        importlib.import_module(module)
    kit = importlib.import_module("servicekit.problems")
    found: list[Problem] = kit.known_problems()
    return found


def _modules() -> Iterator[str]:
    """The kit's web half, and every `errors` of every service."""
    yield "servicekit.web.idempotency"
    for found in pkgutil.iter_modules():
        if found.name.endswith("_service") or found.name == "media_worker":
            package = importlib.import_module(found.name)
            inner = pkgutil.walk_packages(package.__path__, prefix=f"{found.name}.")
            yield from (each.name for each in inner if each.name.endswith(".errors"))


if __name__ == "__main__":
    print(json.dumps(problems_of_services(), indent=2))
