"""`python -m notification_service.worker`: hears everything, sends mails and pushes."""

from notification_service.audit.schedules import note_head
from notification_service.deliveries.schedules import PushSender, TextSender, send_mails
from notification_service.privacy.events import part_of
from notification_service.privacy.register import REGISTER
from notification_service.settings import Settings
from notification_service.subscriptions import RETIRED, SUBSCRIPTIONS
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
            every(0.3, PushSender()),
            every(0.3, send_mails),
            every(0.3, TextSender()),
            every(600, note_head),
            looking_again(REGISTER),
            writing_exports(REGISTER, part_of),
        ),
    )


if __name__ == "__main__":
    main()
