"""Routes: a token is asked for unless the list of open routes says otherwise."""

from pathlib import Path
from typing import Any


def recorded(root: Path) -> list[str]:
    return (root / "tests" / "repo" / "open_routes.txt").read_text().splitlines()


def test_every_operation_but_the_recorded_ones_needs_a_token(
    operations: dict[str, dict[str, Any]], open_ones: list[str], root: Path
) -> None:
    silent = [name for name, operation in operations.items() if "security" not in operation]

    assert len(operations) > 100
    assert len(open_ones) > 20
    assert silent == []
    assert open_ones == recorded(root), "python tests/repo/record.py writes the list anew"


def test_every_operation_tells_what_a_client_may_rely_on(
    operations: dict[str, dict[str, Any]],
) -> None:
    silent = [name for name, operation in operations.items() if not operation.get("description")]

    assert operations
    assert silent == []


def test_no_two_operations_share_an_id_within_a_document(documents: dict[str, Any]) -> None:
    assert documents
    for name, document in documents.items():
        ids = [each["operationId"] for path in document["paths"].values() for each in path.values()]

        assert ids, name
        assert len(ids) == len(set(ids)), name
