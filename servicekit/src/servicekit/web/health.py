"""Liveness, readiness and metrics of an API process."""

import asyncio
from typing import Any

from fastapi import APIRouter, Request
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from starlette.responses import JSONResponse, Response

from servicekit.settings import ServiceSettings

READY_SECS = 2.0


def health_router(settings: ServiceSettings) -> APIRouter:
    """`/health`, `/ready`, `/metrics`, and the first two under `/api/v1` as well."""
    router = APIRouter(include_in_schema=False)
    name = settings.service.removesuffix("-service")

    @router.get("/health")
    @router.get("/api/v1/health")
    async def health() -> dict[str, str]:
        return {"status": "ok", "service": name}

    @router.get("/ready")
    @router.get("/api/v1/ready")
    async def ready(request: Request) -> Response:
        state = request.app.state
        try:
            async with asyncio.timeout(READY_SECS), state.engine.connect() as connection:
                await connection.execute(text("SELECT 1"))
        except (SQLAlchemyError, OSError, TimeoutError):
            return JSONResponse(
                {"status": "unavailable", "service": name, "database": "down"},
                status_code=503,
                headers={"Retry-After": "1"},
            )
        away: dict[str, Any] = {} if state.hub.connected else {"broker": "down"}
        if not await state.limits.redis_answers():
            away["redis"] = "down"
        return JSONResponse({"status": "degraded" if away else "ok", "service": name, **away})

    @router.get("/metrics")
    async def metrics() -> Response:
        return Response(generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    return router
