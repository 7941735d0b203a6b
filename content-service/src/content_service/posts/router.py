"""Posts, as their authors handle them."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response
from starlette import status

from content_service.posts import service
from content_service.posts.models import Post, PostStatus, PostVersion
from content_service.posts.queries import get_post, list_own_posts, list_versions
from content_service.posts.schemas import PostIn, PostOut, PostPatch, PostVersionOut
from servicekit.access import Caller, MaybeCaller
from servicekit.pagination import Cursor, Limit, Page, decode_cursor, decode_id, page_of
from servicekit.web.app import Tx
from servicekit.web.etags import IfMatch, etag_of
from servicekit.web.lanes import Asked, Lanes

router = APIRouter(prefix="/cms", tags=["posts"])

OwnStatus = Annotated[PostStatus | None, Query(alias="status")]


async def publish_plain_post(asked: Asked) -> Response | None:
    """What `create_post` does for a post that is published at once and in no channel."""
    body = asked.parsed(PostIn)
    if body is None:
        return None
    post = await service.create_plain_post(asked.writes, body, by=asked.caller)
    if post is None:
        return None
    made = PostOut.model_validate(post).model_dump_json()
    return Response(made, 201, _headers_of(post), media_type="application/json")


LANES: Lanes = {("POST", "/api/v1/cms/posts"): publish_plain_post}


@router.post("/posts", status_code=201, response_model=PostOut)
async def create_post(body: PostIn, response: Response, caller: Caller, tx: Tx) -> Post:
    """Write a post. With status PUBLISHED readers see it at once, with `publish_at` then."""
    post = await service.create_post(tx, body, by=caller)
    response.headers.update(_headers_of(post))
    return post


def _headers_of(post: Post) -> dict[str, str]:
    return {"Location": f"/api/v1/cms/posts/{post.id}", "ETag": etag_of(post.version)}


@router.get("/my-posts", response_model=Page[PostOut])
async def list_my_posts(
    caller: Caller, tx: Tx, post_status: OwnStatus = None, limit: Limit = 20, cursor: Cursor = None
) -> dict[str, object]:
    """The caller's posts, newest first, drafts among them."""
    rows = await list_own_posts(
        tx,
        author=caller.user_id,
        status=post_status,
        before=decode_id(cursor),
        limit=limit + 1,
    )
    shown, next_cursor = page_of(rows, limit, lambda post: (post.id,))
    return {"items": shown, "next_cursor": next_cursor}


@router.get("/posts/{post_id}", response_model=PostOut)
async def read_post(post_id: UUID, response: Response, caller: MaybeCaller, tx: Tx) -> Post:
    """One post: the caller's own in any state, others' if they may be read."""
    post = await get_post(tx, post_id, viewer=caller)
    response.headers["ETag"] = etag_of(post.version)
    return post


@router.patch("/posts/{post_id}", response_model=PostOut)
async def edit_post(
    post_id: UUID,
    body: PostPatch,
    response: Response,
    caller: Caller,
    tx: Tx,
    if_match: IfMatch = None,
) -> Post:
    """Change one of the caller's posts. A published one is EDITED then, its former text kept."""
    changes = body.model_dump(mode="json", exclude_unset=True, exclude={"publish_at"})
    if "publish_at" in body.model_fields_set:
        changes["publish_at"] = body.publish_at
    post = await service.edit_post(
        tx, post_id=post_id, changes=changes, if_match=if_match, by=caller
    )
    response.headers["ETag"] = etag_of(post.version)
    return post


@router.delete("/posts/{post_id}", status_code=status.HTTP_204_NO_CONTENT)
async def remove_post(post_id: UUID, caller: Caller, tx: Tx) -> None:
    """Take one of the caller's posts out of everybody's sight."""
    await service.remove_post(tx, post_id=post_id, by=caller)


@router.post("/posts/{post_id}/publish", response_model=PostOut)
async def publish_post(post_id: UUID, response: Response, caller: Caller, tx: Tx) -> Post:
    """Let readers see a draft. Repeating it changes nothing."""
    post = await service.publish_post(tx, post_id=post_id, by=caller)
    response.headers["ETag"] = etag_of(post.version)
    return post


@router.get("/posts/{post_id}/versions", response_model=Page[PostVersionOut])
async def list_post_versions(
    post_id: UUID, caller: Caller, tx: Tx, limit: Limit = 20, cursor: Cursor = None
) -> dict[str, object]:
    """The former texts of one of the caller's posts, oldest first."""
    await service.lock_present_post(tx, post_id, by=caller)
    after = 0
    if cursor is not None:
        [found] = decode_cursor(cursor, int)
        after = found if isinstance(found, int) else 0
    rows = await list_versions(tx, post_id, after=after, limit=limit + 1)
    shown, next_cursor = page_of(rows, limit, _number)
    return {"items": shown, "next_cursor": next_cursor}


def _number(version: PostVersion) -> tuple[int]:
    return (version.number,)
