"""`python -m course_service.worker`: what course-service does while nobody asks."""

from course_service.assessment.schedules import submit_abandoned_attempts
from course_service.certificates.schedules import print_certificates, remove_withdrawn_prints
from course_service.enrollments.schedules import recount_changed_courses
from course_service.player.schedules import remeasure_changed_lessons
from course_service.privacy.events import part_of
from course_service.privacy.register import REGISTER, files_of
from course_service.settings import Settings
from course_service.subscriptions import RETIRED, SUBSCRIPTIONS
from servicekit.privacy.again import looking_again
from servicekit.privacy.export import writing_exports
from servicekit.worker import every, run_worker

SCHEDULES = (
    every(0.5, print_certificates),
    every(2, submit_abandoned_attempts),
    every(1, recount_changed_courses),
    every(1, remeasure_changed_lessons),
    every(5, remove_withdrawn_prints),
    looking_again(REGISTER),
    writing_exports(REGISTER, part_of, files=files_of),
)


def main() -> None:
    """Run until told to stop."""
    run_worker(Settings, subscriptions=SUBSCRIPTIONS, retired=RETIRED, schedules=SCHEDULES)


if __name__ == "__main__":
    main()
