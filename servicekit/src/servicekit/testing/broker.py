"""A virtual host of a test session's own, with the platform's topology, and what lies in it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

import httpx2

from servicekit.topology import definitions


@dataclass(frozen=True, slots=True)
class Vhost:
    """One virtual host, seen through the management API."""

    name: str
    url: str
    management: str

    def call(self, method: str, path: str, content: Any = None) -> Any:
        """One request to the management API; `path` stands behind `/api`. None for a 404."""
        split = urlsplit(self.management)
        address = f"{split.scheme}://{split.hostname}:{split.port}/api{path}"
        login = (split.username or "", split.password or "")
        answer = httpx2.request(method, address, json=content, auth=login, timeout=10)
        if answer.status_code == 404:
            return None
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def queues(self) -> dict[str, dict[str, Any]]:
        """Every queue by name."""
        found = self.call("GET", f"/queues/{quote(self.name, safe='')}")
        return {queue["name"]: queue for queue in found or ()}


@contextmanager
def new_vhost(
    management: str, broker: str, name: str, *, with_queues: bool = True
) -> Iterator[Vhost]:
    """A vhost with the platform's exchanges and queues for the user of `broker`; gone in the end.

    An API alone needs no queue: it is made faster without them.
    """
    vhost = Vhost(name, urlunsplit(urlsplit(broker)._replace(path=f"/{name}")), management)
    user = urlsplit(broker).username or "guest"
    everything = {"configure": ".*", "write": ".*", "read": ".*"}
    vhost.call("PUT", f"/vhosts/{name}", {})
    try:
        vhost.call("PUT", f"/permissions/{name}/{user}", everything)
        wanted = definitions()
        kinds = ("exchanges", "queues", "bindings") if with_queues else ("exchanges",)
        objects = {kind: wanted[kind] for kind in kinds}
        for one in (one for kind in objects.values() for one in kind):
            one.pop("vhost")
        vhost.call("POST", f"/definitions/{name}", objects)
        yield vhost
    finally:
        vhost.call("DELETE", f"/vhosts/{name}")
