"""A processed video is played through signed addresses alone."""

from typing import Any

import httpx2
import m3u8
import pytest
import time_machine

from contracts.media import MediaKind, MediaUploaded, Purpose
from servicekit.testing.callers import TestCaller

Client = httpx2.AsyncClient


@pytest.fixture
async def film(
    client: Client, author: TestCaller, make_school: Any, hear: Any, processed: Any
) -> Any:
    """A school whose video lesson has a processed file; and the news of that file."""
    school, news = await make_school("VIDEO"), processed(author)
    await hear(news)
    lesson = f"/api/v1/lms/lessons/{school.lessons['VIDEO']}"
    body = {"asset_id": str(news.asset_id), "content_url": None}
    changed = await client.patch(lesson, json=body, headers=author.headers)
    assert changed.status_code == 200, changed.text
    return school, news


async def content_of(client: Client, school: Any, who: TestCaller) -> dict[str, Any]:
    [lesson] = school.lessons.values()
    answer = await client.get(f"/api/v1/player/lessons/{lesson}/content", headers=who.headers)
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "private, no-store"
    shown: dict[str, Any] = answer.json()
    return shown


async def test_a_plain_player_follows_the_playlists_without_a_token(
    client: Client, learner: TestCaller, film: Any, enroll: Any
) -> None:
    school, news = film
    await enroll(school, learner)
    shown = await content_of(client, school, learner)
    assert (shown["status"], shown["duration_secs"]) == ("READY", 10.0)
    assert f"/storage/{news.key}?expires=" in shown["signed_content_url"]

    master = await client.get(shown["hls_manifest_url"])
    assert master.headers["content-type"].startswith("application/vnd.apple.mpegurl")
    [rung] = m3u8.loads(master.text, uri=shown["hls_manifest_url"]).playlists
    assert rung.stream_info.resolution == (426, 240)
    variant = await client.get(rung.absolute_uri)
    playlist = m3u8.loads(variant.text)
    assert [segment.duration for segment in playlist.segments] == [6.0, 4.0]
    assert playlist.is_endlist
    for address in [playlist.segments[0].init_section.uri, *(s.uri for s in playlist.segments)]:
        assert f"/storage/private/{news.asset_id}/hls/240p/" in address
        assert "signature=" in address


async def test_a_changed_or_expired_signature_opens_no_playlist(
    client: Client, author: TestCaller, film: Any
) -> None:
    school, _ = film
    manifest = (await content_of(client, school, author))["hls_manifest_url"]
    changed = [
        manifest.replace("signature=", "signature=x"),
        manifest.replace("expires=1", "expires=2"),
    ]
    for address in changed:
        refused = await client.get(address)
        assert (refused.status_code, refused.json()["code"]) == (403, "playlist-expired")
    assert (await client.get(manifest.split("?")[0])).status_code == 422
    with time_machine.travel("2099-01-01T00:00:00Z"):
        assert (await client.get(manifest)).status_code == 403
    absent = manifest.replace("master", "4320p")
    assert (await client.get(absent)).status_code == 404


async def test_content_is_for_the_author_and_for_learners_alone(
    client: Client, author: TestCaller, learner: TestCaller, film: Any
) -> None:
    school, _ = film
    path = f"/api/v1/player/lessons/{school.lessons['VIDEO']}/content"
    assert (await content_of(client, school, author))["hls_manifest_url"]
    assert (await client.get(path, headers=learner.headers)).status_code == 403
    assert (await client.get(path)).status_code == 401


async def test_a_strangers_file_is_never_signed_even_if_its_news_came_late(
    client: Client,
    author: TestCaller,
    stranger: TestCaller,
    make_school: Any,
    hear: Any,
    processed: Any,
) -> None:
    school, news = await make_school("VIDEO"), processed(stranger)
    lesson = f"/api/v1/lms/lessons/{school.lessons['VIDEO']}"
    body = {"asset_id": str(news.asset_id)}
    assert (await client.patch(lesson, json=body, headers=author.headers)).status_code == 200
    await hear(news)
    shown = await content_of(client, school, author)
    assert (shown["signed_content_url"], shown["hls_manifest_url"]) == (None, None)


async def test_a_file_that_is_still_being_processed_says_so(
    client: Client, author: TestCaller, make_school: Any, hear: Any, processed: Any
) -> None:
    school, done = await make_school("VIDEO"), processed(author)
    uploaded = MediaUploaded(
        version=1,
        asset_id=done.asset_id,
        owner_id=author.user_id,
        purpose=Purpose.LESSON,
        kind=MediaKind.VIDEO,
        key="quarantine/x",
        content_type="video/mp4",
        filename="leads.mp4",
        size_bytes=1,
        sha256="0" * 64,
    )
    lesson = f"/api/v1/lms/lessons/{school.lessons['VIDEO']}"
    body = {"asset_id": str(done.asset_id)}
    for event, status in ((None, "PROCESSING"), (uploaded, "PROCESSING"), (done, "READY")):
        if event is not None:
            await hear(event)
        await client.patch(lesson, json=body, headers=author.headers)
        assert (await content_of(client, school, author))["status"] == status
    await hear(uploaded.model_copy(update={"version": 2}))
    assert (await content_of(client, school, author))["status"] == "READY"


async def test_a_text_is_its_own_content(
    client: Client, author: TestCaller, make_school: Any
) -> None:
    shown = await content_of(client, await make_school("TEXT"), author)
    assert shown["content_body"] == "Listen first."
    assert shown["signed_content_url"] is None
    assert shown["scorm_launch_url"] is None
