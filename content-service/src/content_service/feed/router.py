"""Feeds: cards with counters and the viewer's own state."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response

from content_service.channels.queries import get_channel
from content_service.feed import queries
from content_service.feed.pages import json_response, page_response
from content_service.feed.queries import Place
from content_service.feed.schemas import FeedItemOut
from content_service.posts.errors import PostNotFound
from servicekit.access import Caller, MaybeCaller
from servicekit.pagination import Cursor, Limit, Page, decode_id
from servicekit.web.app import Tx
from servicekit.web.lanes import Asked, Lanes
from servicekit.web.reads import Reads

router = APIRouter(prefix="/feed", tags=["feed"])


async def _place(limit: Limit = 20, cursor: Cursor = None) -> Place:
    return Place(start=decode_id(cursor), limit=limit + 1)


At = Annotated[Place, Depends(_place)]


async def first_page(asked: Asked) -> Response:
    """What `read_feed` answers to somebody who is signed in and starts at the top."""
    place = Place(start=None, limit=asked.limit + 1)
    return page_response(await queries.list_home(asked.reads, asked.caller, place), asked.limit)


LANES: Lanes = {("GET", "/api/v1/feed"): first_page}


@router.get("", response_model=Page[FeedItemOut])
async def read_feed(caller: MaybeCaller, at: At, reads: Reads) -> Response:
    """The newest posts that the caller may read.

    Signed in, each page has those of people, channels and specialty close to the caller first.
    """
    return page_response(await queries.list_home(reads, caller, at), at.limit - 1)


@router.get("/for-you", response_model=Page[FeedItemOut])
async def read_for_you(caller: Caller, at: At, reads: Reads) -> Response:
    """The newest of whom and what the caller follows, of their specialty, and their own."""
    return page_response(await queries.list_for_you(reads, caller, at), at.limit - 1)


@router.get("/following", response_model=Page[FeedItemOut])
async def read_following(caller: Caller, at: At, reads: Reads) -> Response:
    """The newest of the people and channels that the caller follows."""
    return page_response(await queries.list_following(reads, caller, at), at.limit - 1)


@router.get("/posts/{post_id}", response_model=FeedItemOut)
async def read_card(post_id: UUID, caller: MaybeCaller, reads: Reads) -> Response:
    """One post as readers get it."""
    found = await queries.find_item(reads, caller, post_id)
    if found is None:
        raise PostNotFound
    return json_response(found.json)


@router.get("/channels/{channel_id}/posts", response_model=Page[FeedItemOut])
async def read_channel_posts(
    channel_id: UUID, caller: MaybeCaller, at: At, tx: Tx, reads: Reads
) -> Response:
    """A channel's posts, newest first."""
    await get_channel(tx, channel_id, viewer=caller.user_id if caller else None)
    rows = await queries.list_of_channel(reads, caller, at, channel_id=channel_id)
    return page_response(rows, at.limit - 1)


@router.get("/users/{user_id}/posts", response_model=Page[FeedItemOut])
async def read_user_posts(user_id: UUID, caller: MaybeCaller, at: At, reads: Reads) -> Response:
    """A person's posts, newest first."""
    rows = await queries.list_of_user(reads, caller, at, user_id=user_id)
    return page_response(rows, at.limit - 1)
