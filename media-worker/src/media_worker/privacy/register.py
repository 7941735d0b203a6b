"""What media-worker holds of people, and what becomes of it."""

from media_worker.jobs.models import Job
from servicekit.privacy import NOBODY, Register, kept

REGISTER = Register(
    # Files and their jobs end by media.deleted, which content-service says for each of them.
    holdings=(
        kept(
            Job,
            "owner_id",
            blank={"filename": NOBODY, "reason": None},
            why="an asset that is heard of late is no new work",
        ),
    ),
    not_personal=frozenset(
        {
            "removals",
            "jobs.asset_id",
            # Names of our own, types and digests.
            "jobs.key",
            "jobs.content_type",
            "jobs.sha256",
            "jobs.leased_by",
        }
    ),
)
