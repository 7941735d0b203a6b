"""Files that are not what they say."""

from typing import Any

import pytest

from demo.media import make_photo, make_video
from demo.people import Person
from demo.uploads import File, announce, send, settled, upload

PLAYLIST = b"""#EXTM3U
#EXT-X-TARGETDURATION:10
#EXTINF:10,
file:///etc/passwd
#EXT-X-ENDLIST
"""


@pytest.fixture(scope="session")
async def teacher(instructor: Person) -> Person:
    """Who may upload lessons."""
    return instructor


async def test_a_type_that_does_not_suit_its_purpose_is_refused_before_it_is_sent(
    teacher: Person,
) -> None:
    wish = {
        "filename": "a.exe",
        "content_type": "application/x-msdownload",
        "size_bytes": 10,
        "purpose": "AVATAR",
    }
    answer = await teacher.api.raw("POST", "/media/upload", json=wish)

    assert answer.status_code in {415, 422}
    assert answer.json()["code"]


async def test_a_size_beyond_the_limit_is_refused_before_it_is_sent(teacher: Person) -> None:
    wish = {
        "filename": "a.jpg",
        "content_type": "image/jpeg",
        "size_bytes": 10**11,
        "purpose": "AVATAR",
    }
    answer = await teacher.api.raw("POST", "/media/upload", json=wish)

    assert answer.status_code in {413, 422}


async def test_another_size_than_announced_is_refused(teacher: Person) -> None:
    photo = make_photo()
    file = File("a.jpg", "image/jpeg", photo)
    offer = await announce(teacher, file, purpose="AVATAR")
    request: dict[str, Any] = {"content": photo + b"more", "headers": offer["headers"]}

    answer = await teacher.wire.send(offer["method"], offer["upload_url"], **request)

    assert 400 <= answer.status_code < 500
    assert answer.headers["content-type"].startswith("application/problem+json")


async def test_a_text_called_jpg_is_refused_on_confirmation(teacher: Person) -> None:
    file = File("a.jpg", "image/jpeg", b"<script>alert(1)</script>" * 20)
    offer = await announce(teacher, file, purpose="AVATAR")
    await send(teacher, offer, file)

    confirmed = {"asset_id": offer["asset_id"]}
    answer = await teacher.api.raw("POST", "/media/upload/confirm", json=confirmed)

    assert 400 <= answer.status_code < 500, answer.text
    asset = await teacher.api.get(f"/media/assets/{offer['asset_id']}")
    assert (asset["status"], bool(asset["failure_reason"])) == ("FAILED", True)


async def test_a_truncated_video_fails_with_a_reason(teacher: Person, tmp_path: Any) -> None:
    # Without its index at the front, half of an MP4 holds nothing that can be decoded.
    whole = (await make_video(tmp_path, secs=4)).read_bytes()
    cut = whole[:2000]

    asset = await settled(
        teacher, await upload(teacher, File("cut.mp4", "video/mp4", cut), purpose="LESSON")
    )

    assert asset["status"] == "FAILED"
    assert asset["failure_reason"]


async def test_a_playlist_called_mp4_opens_no_file_of_ours(teacher: Person) -> None:
    file = File("video.mp4", "video/mp4", PLAYLIST)
    offer = await announce(teacher, file, purpose="LESSON")
    await send(teacher, offer, file)

    answer = await teacher.api.raw(
        "POST", "/media/upload/confirm", json={"asset_id": offer["asset_id"]}
    )
    asset = await settled(teacher, offer["asset_id"])

    assert answer.status_code < 500
    assert (asset["status"], asset["variants"]) == ("FAILED", [])
    assert asset["failure_reason"]


async def test_an_upload_address_with_another_signature_takes_nothing(teacher: Person) -> None:
    file = File("a.jpg", "image/jpeg", make_photo())
    offer = await announce(teacher, file, purpose="AVATAR")
    forged = offer["upload_url"].replace("signature=", "signature=A")

    answer = await teacher.wire.send(
        offer["method"], forged, content=file.content, headers=offer["headers"]
    )

    assert answer.status_code in {400, 403, 422}
