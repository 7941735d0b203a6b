"""What only a container of the platform can see: `look.py status [WORRY…]`, `look.py quiet`."""

import sys

from groundwork.backlogs import (
    HOLDS_SECS,
    QUIET_SECS,
    is_quiet,
    show_backlogs,
    show_queues,
    show_worries,
)
from groundwork.waiting import Refused, hold_for
from provision import management, superuser_url


def status(worries: list[str]) -> int:
    """Databases and queues, then what needs attention, with what is known already."""
    mine = [*show_backlogs(superuser_url), *show_queues(management())]
    return show_worries([*worries, *mine])


def quiet(_: list[str]) -> int:
    """Wait until no event is on its way; 1 if there is always another."""
    try:
        hold_for(
            lambda: is_quiet(superuser_url, management()),
            secs=HOLDS_SECS,
            within=QUIET_SECS,
            what="work is still under way",
        )
    except Refused as refusal:
        print(refusal, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit({"status": status, "quiet": quiet}[sys.argv[1]](sys.argv[2:]))
