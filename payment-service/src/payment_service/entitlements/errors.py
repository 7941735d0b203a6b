"""Why an entitlement cannot be found or given."""

from servicekit.problems import Conflict, NotFound


class EntitlementNotFound(NotFound):
    """There is no such entitlement."""

    title = "There is no such entitlement"


class EntitlementExists(Conflict):
    """The person has access already."""

    title = "The person has access already"
