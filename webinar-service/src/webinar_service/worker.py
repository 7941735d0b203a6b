"""`python -m webinar_service.worker`: relay, consumers, and seats that wait to be handed on."""

from servicekit.privacy.again import looking_again
from servicekit.privacy.export import writing_exports
from servicekit.worker import every, run_worker
from webinar_service.privacy.events import part_of
from webinar_service.privacy.register import REGISTER
from webinar_service.registrations.schedules import promote_all
from webinar_service.settings import Settings
from webinar_service.subscriptions import RETIRED, SUBSCRIPTIONS


def main() -> None:
    """Run until told to stop."""
    run_worker(
        Settings,
        subscriptions=SUBSCRIPTIONS,
        retired=RETIRED,
        schedules=(
            every(5, promote_all),
            looking_again(REGISTER),
            writing_exports(REGISTER, part_of),
        ),
    )


if __name__ == "__main__":
    main()
