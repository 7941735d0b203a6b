"""`python -m payment_service.worker`: relay, consumers, and everything asked of Razorpay."""

from payment_service.entitlements.schedules import lapse_entitlements
from payment_service.orders.schedules import expire_orders
from payment_service.payments.schedules import work_off
from payment_service.privacy.events import part_of
from payment_service.privacy.register import REGISTER
from payment_service.settings import Settings
from payment_service.subscriptions import RETIRED, SUBSCRIPTIONS
from servicekit.privacy.again import looking_again
from servicekit.privacy.export import writing_exports
from servicekit.worker import every, run_worker

SCHEDULES = (
    every(0, work_off),
    every(5, expire_orders),
    every(30, lapse_entitlements),
    looking_again(REGISTER),
    writing_exports(REGISTER, part_of),
)


def main() -> None:
    """Run until told to stop."""
    run_worker(Settings, subscriptions=SUBSCRIPTIONS, retired=RETIRED, schedules=SCHEDULES)


if __name__ == "__main__":
    main()
