"""what people are found by"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

SEARCH_TEXT = (
    "plain_text(coalesce(full_name, '') || ' ' || coalesce(username, '') || ' ' || "
    "CASE WHEN coalesce(privacy ->> 'specialty', 'PUBLIC') = 'PUBLIC' "
    "THEN coalesce(specialty, '') ELSE '' END)"
)
# unaccent is STABLE only because its dictionary could be replaced; ours is named and stays.
PLAIN_TEXT = r"""
CREATE FUNCTION plain_text(text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT ' ' || lower(regexp_replace(
        public.unaccent('public.unaccent'::regdictionary, $1), '\W+', ' ', 'g'))
$$
"""


def upgrade() -> None:
    op.execute(PLAIN_TEXT)
    searched = sa.Column(
        "search_text", sa.Text(), sa.Computed(SEARCH_TEXT, persisted=True), nullable=False
    )
    op.add_column("users", searched)
    op.create_index(
        "ix_users_search_text_trgm",
        "users",
        ["search_text"],
        postgresql_using="gin",
        postgresql_ops={"search_text": "gin_trgm_ops"},
    )
    op.drop_index("ix_users_full_name_trgm", table_name="users")


def downgrade() -> None:
    op.create_index(
        "ix_users_full_name_trgm",
        "users",
        ["full_name"],
        postgresql_using="gin",
        postgresql_ops={"full_name": "gin_trgm_ops"},
    )
    op.drop_index("ix_users_search_text_trgm", table_name="users")
    op.drop_column("users", "search_text")
    op.execute("DROP FUNCTION plain_text(text)")
