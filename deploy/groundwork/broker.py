"""RabbitMQ through its management API: definitions in, depths of queues out."""

import base64
import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any

from groundwork.envfiles import BROKER_VHOST, SUPERUSER
from groundwork.services import SERVICES
from groundwork.waiting import Refused


@dataclass(frozen=True)
class Management:
    """Where the administrator reaches the management API: `host:port`."""

    place: str
    password: str

    def ask(self, path: str, body: object = None) -> Any:
        """GET, or POST if there is a body; the decoded answer or None."""
        login = f"{SUPERUSER}:{self.password}".encode()
        request = urllib.request.Request(
            f"http://{self.place}{path}",
            data=None if body is None else json.dumps(body).encode(),
            headers={
                "Authorization": f"Basic {base64.b64encode(login).decode()}",
                "Content-Type": "application/json",
            },
        )
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=30) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def runs(self) -> bool:
        """Whether our virtual host is there and running."""
        try:
            answer = self.ask(f"/api/vhosts/{BROKER_VHOST}")
        except (OSError, urllib.error.URLError):
            return False
        return "running" in answer.get("cluster_state", {}).values()

    def queue_depths(self) -> dict[str, int]:
        """Messages in each queue, those on their way to a consumer included."""
        queues = self.ask(f"/api/queues/{BROKER_VHOST}?columns=name,messages")
        return {queue["name"]: int(queue.get("messages", 0)) for queue in queues}


def fill_passwords(definitions: dict[str, Any], settings: dict[str, str]) -> dict[str, Any]:
    """The definitions with each user's password. Raises Refused for a user nobody set."""
    prefixes = {service.name: service.prefix for service in SERVICES}
    users = []
    for user in definitions.get("users", []):
        if user["name"] not in prefixes:
            raise Refused(f"no setting holds the password of the broker's user {user['name']}")
        password = settings[f"{prefixes[user['name']]}_BROKER_PASSWORD"]
        users.append({"tags": "", **user, "password": password})
    return {**definitions, "users": users}
