"""Bench data of the community: written straight into the database of the bench's own platform."""

import random
from datetime import timedelta
from typing import Any

from sqlalchemy import func, insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from content_service.audience import Audience
from content_service.cards import render_card
from content_service.interactions.models import Like
from content_service.people.models import Follow, Person
from content_service.posts.models import Post
from content_service.posts.service import new_post
from contracts.content import ContentType
from servicekit.clock import now
from servicekit.ids import uuid7

PEOPLE = 2_000
POSTS = 20_000
FOLLOWS = 25
LIKES = 20
SPECIALTIES = ("cardiology", "neurology", "oncology", "pediatrics", "radiology")
BODY = (
    "A 54-year-old patient came with chest pain that began two hours ago; the first ECG showed "
    "ST depression in V4 to V6, troponin rose from 12 to 340 ng/l within three hours. #ACS "
    "How would you go on: angiography today, or medical treatment and a scan first?"
)


async def fill_community(database: str, readers: list[Any]) -> None:
    """People, posts, follows and likes, once; each of `readers` follows and likes as well."""
    engine = create_async_engine(database.replace("postgresql:", "postgresql+psycopg:", 1))
    async with engine.begin() as connection:
        if (await connection.scalar(select(func.count()).select_from(Post)) or 0) < POSTS:
            await _fill(connection)
        authors = list(await connection.scalars(select(Post.author_id).distinct().limit(PEOPLE)))
        posts = list(await connection.scalars(select(Post.id).order_by(Post.id.desc()).limit(200)))
        await _relate(connection, readers, authors, posts)
    async with engine.connect() as connection:
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        await connection.execute(text("VACUUM ANALYZE"))
    await engine.dispose()


async def _fill(connection: AsyncConnection) -> None:
    chance = random.Random(7)  # noqa: S311  (data, no secret)
    people = [_person(number, chance.choice(SPECIALTIES)) for number in range(PEOPLE)]
    values = [_row(person) for person in people]
    await connection.execute(insert(Person), values)
    posts = [_row(_post(chance.choice(people), age)) for age in range(POSTS, 0, -1)]
    await connection.execute(insert(Post), posts)
    ids = [person.user_id for person in people]
    await _relate(connection, ids, ids, [post["id"] for post in posts])


async def _relate(
    connection: AsyncConnection, readers: list[Any], authors: list[Any], posts: list[Any]
) -> None:
    chance = random.Random(11)  # noqa: S311  (data, no secret)
    follows = [
        {"follower_id": one, "followee_id": other, "ended_at": None, "version": 1}
        for one in readers
        for other in chance.sample(authors, FOLLOWS)
        if one != other
    ]
    likes = [
        {"id": uuid7(), "user_id": one, "post_id": post, "liked_at": now(), "ended_at": None}
        for one in readers
        for post in chance.sample(posts, LIKES)
    ]
    await connection.execute(insert(Follow), follows)
    await connection.execute(insert(Like), likes)


def _person(number: int, specialty: str) -> Person:
    return Person(
        user_id=uuid7(),
        full_name=f"Asha Rao {number}",
        username=f"asha.rao.{number}",
        headline="Senior consultant",
        specialty=specialty,
        city="Pune",
        avatar_url=f"/storage/public/{number % 256:02x}/{number:064x}.webp",
        verified=number % 3 == 0,
        profile_version=1,
        verified_version=1,
    )


def _post(author: Person, age_mins: int) -> Post:
    post = new_post(
        author_id=author.user_id,
        content_type=ContentType.TEXT,
        title="Chest pain in a young patient",
        body=BODY,
        media_urls=[],
        visibility=Audience.PUBLIC,
        specialty_tags=[author.specialty or ""],
    )
    post.publish(at=now() - timedelta(minutes=age_mins))
    post.specialty = author.specialty
    post.card = render_card(post, author=author.as_author(), channel=None)
    return post


def _row(model: Any) -> dict[str, Any]:
    return {column.name: getattr(model, column.name) for column in model.__table__.columns}
