"""A service made for these tests: a few routes on the kit, and nothing else."""

import os
from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, ClassVar
from uuid import UUID

import pytest
from fastapi import APIRouter, Depends, FastAPI, Response
from pydantic_settings import SettingsConfigDict
from sqlalchemy import create_engine, text

from servicekit.access import ANYONE, Admin, Caller, MaybeCaller, StreamCaller
from servicekit.database import new_metadata
from servicekit.fields import In, Money, Out, Title, from_minor, to_minor
from servicekit.ids import uuid7
from servicekit.problems import Conflict
from servicekit.settings import ServiceSettings
from servicekit.testing.plugin import MakeSettings
from servicekit.testing.servers import Servers
from servicekit.web.app import Tx, create_service_app
from servicekit.web.idempotency import OncePerKey
from servicekit.web.limits import RequestLimiter, limit_address


class ShopSettings(ServiceSettings):
    """The environment of a service that sells one thing."""

    model_config = SettingsConfigDict(env_prefix="SHOP_")

    service: ClassVar[str] = "shop-service"


class SoldOut(Conflict):
    """There is nothing left to buy."""

    title = "There is nothing left to buy"


class SaleIn(In):
    """What is bought."""

    name: Title
    price: Money = Decimal(0)


class SaleOut(Out):
    """What was bought."""

    id: UUID
    name: str
    price: str


router = APIRouter(prefix="/sales")


@router.get("/open", openapi_extra=ANYONE)
async def open_to_all(caller: MaybeCaller) -> dict[str, bool]:
    """Who is here."""
    return {"signed_in": caller is not None}


@router.get("/mine")
async def only_mine(caller: Caller) -> dict[str, str]:
    """The caller."""
    return {"user_id": str(caller.user_id)}


@router.get("/stream")
async def stream(caller: StreamCaller) -> dict[str, str]:
    """The caller of a stream."""
    return {"user_id": str(caller.user_id)}


@router.delete("/all", status_code=204)
async def delete_all(_: Admin) -> Response:
    """For admins."""
    return Response(status_code=204)


@router.post("", status_code=201)
async def sell(body: SaleIn, once: OncePerKey, tx: Tx) -> Response:
    """Sell once per key."""
    await tx.execute(text("INSERT INTO sales (name) VALUES (:name)"), {"name": body.name})
    if body.name == "nothing":
        raise SoldOut(left=0)
    sale = SaleOut(id=uuid7(), name=body.name, price=from_minor(to_minor(body.price)))
    return await once.answer(tx, sale, location=f"/api/v1/sales/{sale.id}")


@router.get("/broken", openapi_extra=ANYONE)
async def broken() -> None:
    """A fault of ours."""
    raise RuntimeError("secret detail")


@router.post("/guess", openapi_extra=ANYONE)
async def guess(limiter: RequestLimiter) -> dict[str, bool]:
    """Three tries an hour."""
    await limiter.hit("guess", "one account", "3/hour")
    return {"ok": True}


@router.get("/addressed", openapi_extra=ANYONE)
async def addressed(_: Annotated[None, Depends(limit_address("addressed", "2/hour"))]) -> None:
    """Two an hour and address."""


@pytest.fixture(scope="session")
def shop_template(servers: Servers) -> Iterator[str]:
    """A database with the kit's tables and one for sales, to clone."""
    name = f"template_shop_{os.getpid()}"
    servers.drop_database(name)
    url = servers.create_database(name)
    engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    with engine.begin() as connection:
        new_metadata().create_all(connection)
        connection.execute(text("CREATE TABLE sales (name text)"))
    engine.dispose()
    yield name
    servers.drop_database(name)


@pytest.fixture
def database_url(servers: Servers, shop_template: str) -> Iterator[str]:
    """This test's own database."""
    name = f"shop_{uuid7().hex}"
    yield servers.create_database(name, template=shop_template)
    servers.drop_database(name)


@pytest.fixture
def settings(make_settings: MakeSettings) -> ShopSettings:
    made: ShopSettings = make_settings(ShopSettings)
    return made


@pytest.fixture
def app(settings: ShopSettings) -> FastAPI:
    return create_service_app(settings, routers=[router], title="Shop")
