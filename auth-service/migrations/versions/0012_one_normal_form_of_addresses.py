"""one normal form of addresses

Keys were case-folded, which made `ß` the same as `ss`. Addresses of ASCII alone keep theirs.
"""

import unicodedata
from collections.abc import Callable
from contextlib import suppress

import idna
import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("users", "invites"):
        _write_keys(table, _key_of)


def downgrade() -> None:
    for table in ("users", "invites"):
        _write_keys(table, lambda email: unicodedata.normalize("NFC", email.casefold()))


def _write_keys(table: str, key_of: Callable[[str], str]) -> None:
    rows = sa.table(table, sa.column("id"), sa.column("email"), sa.column("email_key"))
    found = sa.select(rows.c.id, rows.c.email).where(rows.c.email.regexp_match("[^ -~]"))
    for row in op.get_bind().execute(found).all():
        changed = sa.update(rows).where(rows.c.id == row.id)
        op.get_bind().execute(changed.values(email_key=key_of(row.email)))


def _key_of(email: str) -> str:
    local, at, domain = email.rpartition("@")
    if not domain.isascii():
        with suppress(idna.IDNAError):  # older than its check: no mail gets there
            domain = idna.encode(domain, uts46=True).decode()
    small = unicodedata.normalize("NFC", local).lower()
    return unicodedata.normalize("NFC", small) + at + domain.lower()
