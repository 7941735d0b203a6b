"""`python -m content_service.worker`: relay, consumers, schedules."""

from content_service.media.schedules import expire_uploads
from content_service.posts.schedules import publish_due_posts
from content_service.privacy.register import REGISTER
from content_service.settings import Settings
from content_service.subscriptions import RETIRED, SUBSCRIPTIONS
from servicekit.privacy.again import looking_again
from servicekit.worker import every, run_worker


def main() -> None:
    """Run until told to stop."""
    run_worker(
        Settings,
        subscriptions=SUBSCRIPTIONS,
        retired=RETIRED,
        schedules=(
            every(60.0, expire_uploads),
            every(1.0, publish_due_posts),
            looking_again(REGISTER),
        ),
    )


if __name__ == "__main__":
    main()
