"""`python -m content_service.worker`: relay, consumers, schedules."""

from content_service.media.schedules import expire_uploads
from content_service.posts.schedules import publish_due_posts
from content_service.privacy.events import part_of
from content_service.privacy.register import REGISTER, files_of
from content_service.settings import Settings
from content_service.subscriptions import RETIRED, SUBSCRIPTIONS
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
            every(60.0, expire_uploads),
            every(1.0, publish_due_posts),
            looking_again(REGISTER),
            writing_exports(REGISTER, part_of, files=files_of),
        ),
    )


if __name__ == "__main__":
    main()
