"""Why a coupon cannot be used, found or made."""

from servicekit.problems import Conflict, NotFound


class CouponNotFound(NotFound):
    """There is no such coupon."""

    title = "There is no such coupon"


class CouponNotUsable(Conflict):
    """The code is unknown, out of its window, used up or for another item: see `reason`."""

    title = "This coupon cannot be used here"


class CouponCodeTaken(Conflict):
    """Another coupon has this code."""

    title = "Another coupon has this code"
