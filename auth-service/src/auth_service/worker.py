"""`python -m auth_service.worker`: relay, consumers, schedules."""

from auth_service.admin.schedules import reinstate_people
from auth_service.privacy.events import part_of
from auth_service.privacy.register import REGISTER
from auth_service.privacy.schedules import (
    assemble_exports,
    forget_exports,
    press_for_answers,
    sweep_exports,
)
from auth_service.sessions.schedules import forget_the_past
from auth_service.settings import Settings
from auth_service.subscriptions import RETIRED, SUBSCRIPTIONS
from auth_service.verification.schedules import lapse_documents
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
            every(2, reinstate_people),
            every(30, lapse_documents),
            every(3600, forget_the_past),
            every(30, press_for_answers),
            every(2, assemble_exports),
            every(20, forget_exports),
            every(3600, sweep_exports),
            looking_again(REGISTER),
            writing_exports(REGISTER, part_of),
        ),
    )


if __name__ == "__main__":
    main()
