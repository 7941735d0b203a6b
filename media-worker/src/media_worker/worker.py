"""`python -m media_worker.worker`: takes uploads apart, one job at a time."""

from media_worker.jobs.schedules import remove_objects, work_next_job
from media_worker.privacy.events import part_of
from media_worker.privacy.register import REGISTER
from media_worker.settings import Settings
from media_worker.subscriptions import RETIRED, SUBSCRIPTIONS
from servicekit.privacy.again import looking_again
from servicekit.privacy.export import writing_exports
from servicekit.worker import every, run_worker


def main() -> None:
    """Run until told to stop."""
    run_worker(
        Settings,
        subscriptions=SUBSCRIPTIONS,
        retired=RETIRED,
        schedules=(
            every(0.25, work_next_job),
            every(1.0, remove_objects),
            looking_again(REGISTER),
            writing_exports(REGISTER, part_of),
        ),
    )


if __name__ == "__main__":
    main()
