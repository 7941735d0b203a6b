"""An upload as a client makes it: announce, send, confirm, wait until it is worked on."""

from dataclasses import dataclass
from typing import Any

from demo.client import Refusal
from demo.people import Person
from demo.waiting import eventually


@dataclass(frozen=True)
class File:
    """What a person picks from their phone."""

    name: str
    content_type: str
    content: bytes


async def upload(person: Person, file: File, *, purpose: str) -> str:
    """Bring a file to the platform and confirm it; the asset's id. Nothing is waited for."""
    offer = await announce(person, file, purpose=purpose)
    await send(person, offer, file)
    await person.api.post("/media/upload/confirm", {"asset_id": offer["asset_id"]}, expect=(200,))
    return str(offer["asset_id"])


async def announce(person: Person, file: File, *, purpose: str) -> dict[str, Any]:
    """Ask where to send a file. Asking twice leaves an announced asset behind, which expires."""
    wish = {
        "filename": file.name,
        "content_type": file.content_type,
        "size_bytes": len(file.content),
        "purpose": purpose,
    }
    offer: dict[str, Any] = await person.api.post("/media/upload", wish, expect=(201,))
    return offer


async def send(person: Person, offer: dict[str, Any], file: File) -> None:
    """Send the bytes to the signed address, with no token: the signature is the right."""
    sent = await person.wire.send(
        offer["method"], offer["upload_url"], content=file.content, headers=offer["headers"]
    )
    if sent.status_code not in (200, 201, 204):
        raise Refusal(f"{offer['method']} upload_url", sent)


async def ready(person: Person, asset_id: str) -> dict[str, Any]:
    """The asset, once it is READY. Raises at once when it is FAILED."""
    asset = await settled(person, asset_id)
    if asset["status"] != "READY":
        raise RuntimeError(f"asset {asset_id} is {asset['status']}: {asset['failure_reason']}")
    return asset


async def settled(person: Person, asset_id: str) -> dict[str, Any]:
    """The asset, once it is READY or FAILED."""

    async def look() -> dict[str, Any] | None:
        asset: dict[str, Any] = await person.api.get(f"/media/assets/{asset_id}")
        return asset if asset["status"] in {"READY", "FAILED"} else None

    return await eventually(look, what=f"asset {asset_id} is worked on")


async def download(person: Person, url: str) -> bytes:
    """What a signed or public address holds, read without a token."""
    got = await person.wire.send("GET", url)
    if got.status_code != 200:
        raise Refusal("GET a file", got)
    content: bytes = got.content
    return content
