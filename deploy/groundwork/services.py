"""Which services the platform consists of, and under which names they are set."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Service:
    """One of our programs: its folder, the prefix of its settings, its import name."""

    name: str
    prefix: str
    has_api: bool = True

    @property
    def package(self) -> str:
        """The import name."""
        return self.name.replace("-", "_")

    @property
    def database(self) -> str:
        """The name of the database and of the role that owns it."""
        return f"docfliq_{self.prefix.lower()}"


SERVICES = (
    Service("auth-service", "AUTH"),
    Service("content-service", "CONTENT"),
    Service("course-service", "COURSE"),
    Service("webinar-service", "WEBINAR"),
    Service("payment-service", "PAYMENT"),
    Service("notification-service", "NOTIFICATION"),
    Service("media-worker", "MEDIA", has_api=False),
)
APIS = tuple(service for service in SERVICES if service.has_api)

# The n-th instance of a program listens this much above the first.
INSTANCE_STEP = 20


def service_named(name: str) -> Service:
    """The service of that folder name, with or without its ending (`course`). Raises KeyError."""
    for service in SERVICES:
        if name in {service.name, service.prefix.lower(), service.package}:
            return service
    raise KeyError(name)
