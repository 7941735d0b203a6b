"""Why an order cannot be made or found."""

from servicekit.problems import Conflict, Forbidden, NotFound, ServiceUnavailable


class OrderNotFound(NotFound):
    """There is no such order, or it is not yours."""

    title = "There is no such order"


class ItemNotForSale(NotFound):
    """Nothing with that type and id can be bought now."""

    title = "There is no such item on sale"


class ItemNotForYou(Forbidden):
    """The item is for members or for people with a checked licence, and you would not get in."""

    title = "You could not use this item"


class ItemIsFree(Conflict):
    """The item costs nothing: take it without an order."""

    title = "There is nothing to pay for this"


class AlreadyEntitled(Conflict):
    """You have access to this item, or it opens within moments."""

    title = "You have this already"


class AmountBelowMinimum(Conflict):
    """What remains to be paid is more than nothing but less than the provider takes."""

    title = "The remaining amount is too small to be paid"


class PaymentProviderAway(ServiceUnavailable):
    """Razorpay does not answer. Nothing was charged; send the same request again shortly."""

    title = "The payment provider does not answer"


class PaymentProviderRefused(Conflict):
    """Razorpay would not take this order. Nothing was charged."""

    title = "The payment provider refused the order"
