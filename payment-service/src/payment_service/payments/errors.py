"""What can be wrong with a payment or refund."""

from servicekit.problems import BadRequest, Conflict, Unauthorized


class PaymentSignatureInvalid(BadRequest):
    """The checkout signature does not belong to this order and payment."""

    title = "The payment signature is not valid"


class WebhookSignatureInvalid(Unauthorized):
    """The webhook is not signed with a secret that we share."""

    title = "The webhook signature is not valid"


class NothingToRefund(Conflict):
    """More than what was paid, less what went back already, cannot be refunded."""

    title = "There is not that much to refund"
