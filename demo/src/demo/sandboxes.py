"""What providers saw: mails, pushes, and Razorpay's checkout as a person uses it."""

import re
from dataclasses import dataclass
from typing import Any

from demo.checking import Broken, hold
from demo.client import Refusal, Wire
from demo.settings import Addresses
from demo.waiting import eventually


@dataclass
class Sandboxes:
    """The stand-ins for Razorpay, FCM and a mail server."""

    wire: Wire
    at: Addresses

    async def mails(self, to: str) -> list[dict[str, Any]]:
        """What arrived at an address, newest first."""
        return await self._items(f"{self.at.mail}/messages", to=to)

    async def mail(self, to: str, *, holding: str) -> dict[str, Any]:
        """The newest mail to an address whose subject or text holds a word."""

        async def look() -> dict[str, Any] | None:
            found = (one for one in await self.mails(to) if holding.lower() in _words(one))
            return next(found, None)

        return await eventually(look, what=f"a mail to {to} about {holding}")

    async def pushes(self, token: str) -> list[dict[str, Any]]:
        """What a phone received, newest first."""
        return await self._items(f"{self.at.fcm}/messages", token=token)

    async def pay(
        self, razorpay_order_id: str, *, paid: Any = None, outcome: str = "captured"
    ) -> Any:
        """Pay as a person would. `paid` is asked before a lost answer is tried again."""
        wish = {"method": "upi", "outcome": outcome}
        url = f"{self.at.razorpay}/checkout/{razorpay_order_id}/pay"
        answer = await self.wire.send("POST", url, json=wish, happened=paid)
        if not hasattr(answer, "status_code"):
            return answer
        if answer.status_code != 200:
            raise Refusal("POST pay", answer)
        return answer.json()

    async def fault(self, kind: str, **details: Any) -> None:
        """Make the Razorpay sandbox misbehave."""
        url = f"{self.at.razorpay}/sandbox/faults"
        answer = await self.wire.send("POST", url, json={"kind": kind, **details})
        hold(answer.status_code < 300, answer.text)

    async def heal(self) -> None:
        """End every fault."""
        await self.wire.send("DELETE", f"{self.at.razorpay}/sandbox/faults")

    async def _items(self, url: str, **params: Any) -> list[dict[str, Any]]:
        answer = await self.wire.send("GET", url, params={**params, "limit": 100})
        if answer.status_code != 200:
            raise Refusal(f"GET {url}", answer)
        items: list[dict[str, Any]] = answer.json()["items"]
        return items


def _words(mail: dict[str, Any]) -> str:
    return f"{mail['subject']} {mail['text']} {mail['html']}".lower()


def link_in(mail: dict[str, Any], *, towards: str) -> str:
    """The link of a mail that leads to a route."""
    found = re.search(rf"https?://[^\s\"'<>]*{re.escape(towards)}[^\s\"'<>]*", mail["text"] or "")
    if found is None:
        raise Broken(f"no link to {towards} in {mail['text']}")
    return found.group().rstrip(".")


def code_in(mail: dict[str, Any]) -> str:
    """The six digits of a mail."""
    found = re.search(r"(?<!\d)\d{6}(?!\d)", mail["text"] or "")
    if found is None:
        raise Broken(f"no code in {mail['text']}")
    return found.group()
