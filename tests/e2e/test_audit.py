"""What an admin does is in the audit trail, which even the service that keeps it cannot change."""

import hashlib
import json
from typing import Any

import psycopg
import pytest

from demo.people import Person
from demo.waiting import eventually

WHY = {"reason": "Sold prescriptions."}


async def entries_of(admin: Person, **wanted: str) -> list[dict[str, Any]]:
    asked = "&".join(f"{name}={value}" for name, value in wanted.items())
    found: dict[str, Any] = await admin.api.get(f"/audit?{asked}")
    items: list[dict[str, Any]] = found["items"]
    return items


async def test_what_an_admin_does_is_found_checked_and_taken_away(
    platform: Any, admin: Person, make_person: Any
) -> None:
    person: Person = await make_person()
    await admin.api.post(f"/admin/users/{person.id}/suspend", WHY, expect=(200,))
    await admin.api.post(f"/admin/users/{person.id}/reinstate", {}, expect=(200,))

    async def both_are_there() -> bool:
        found = await entries_of(admin, actor=str(admin.id), resource=f"user/{person.id}")
        return [one["action"] for one in found] == ["user.reinstated", "user.suspended"]

    await eventually(both_are_there, what="both acts are in the audit trail", within=10)
    [why] = await entries_of(admin, action="user.suspended", resource=f"user/{person.id}")
    assert (why["note"], why["outcome"]) == (WHY["reason"], "DONE")
    [began] = await entries_of(admin, action="session.started", actor=str(person.id))
    assert began["address"]

    verdict: dict[str, Any] = await admin.api.get("/audit/verify")
    assert (verdict["valid"], verdict["first_broken"]) == (True, None)
    noted = f"{verdict['head_number']}:{verdict['head']}"
    platform.engine("module", "notification_service.verify_audit", "--known", noted)

    answer = await admin.api.raw("GET", f"/audit/export?to_number={verdict['head_number']}")
    before = "0" * 64
    for line in answer.text.splitlines():
        entry = json.loads(line)
        own = entry.pop("hash")
        form = json.dumps(entry, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        assert entry["previous_hash"] == before
        assert hashlib.sha256(form.encode()).hexdigest() == own
        before = own
    assert before == verdict["head"]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entries SET cause = 'none'",
        "DELETE FROM audit_entries",
        "DROP TABLE audit_entries",
        "ALTER TABLE audit_entries DISABLE TRIGGER ALL",
    ],
)
def test_the_service_has_no_right_to_change_it(platform: Any, statement: str) -> None:
    with (
        psycopg.connect(platform.settings["NOTIFICATION_DATABASE_URL"]) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute(statement)
