# syntax=docker/dockerfile:1
# Every image of the platform: SERVICE names a folder of the workspace.
#
#   docker build --build-arg SERVICE=auth-service --target service .
#   targets: service (an API or a worker) · media (the same with ffmpeg) · provision · gateway

FROM python:3.11-slim-bookworm AS base
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PATH=/app/.venv/bin:$PATH
# libmagic tells what an upload really is, the fonts write names on certificates.
RUN apt-get update \
    && apt-get install -y --no-install-recommends libmagic1 fonts-noto-core \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --gid 10001 docfliq \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /tmp docfliq \
    && install -d -o docfliq -g docfliq /objects /state
WORKDIR /app

# ---- the locked dependencies first: code changes leave this layer alone
FROM base AS locked
ENV UV_LINK_MODE=copy UV_COMPILE_BYTECODE=1 UV_PYTHON_DOWNLOADS=never UV_NO_CACHE=1
RUN pip install --no-cache-dir --disable-pip-version-check uv==0.13.9
COPY pyproject.toml uv.lock ./
COPY contracts/pyproject.toml contracts/
COPY servicekit/pyproject.toml servicekit/
COPY auth-service/pyproject.toml auth-service/
COPY content-service/pyproject.toml content-service/
COPY course-service/pyproject.toml course-service/
COPY webinar-service/pyproject.toml webinar-service/
COPY payment-service/pyproject.toml payment-service/
COPY notification-service/pyproject.toml notification-service/
COPY media-worker/pyproject.toml media-worker/
COPY sandbox/pyproject.toml sandbox/
COPY demo/pyproject.toml demo/

FROM locked AS build
ARG SERVICE
RUN test -n "$SERVICE" \
    && uv sync --frozen --no-dev --no-install-workspace --package "docfliq-$SERVICE"
COPY contracts contracts
COPY servicekit servicekit
COPY ${SERVICE} ${SERVICE}
RUN uv sync --frozen --no-dev --package "docfliq-$SERVICE"

FROM locked AS build-all
RUN uv sync --frozen --no-dev --all-packages --no-install-workspace
COPY . .
RUN uv sync --frozen --no-dev --all-packages

# ---- one-shot: roles, databases, the broker's definitions, migrations of all services
FROM base AS provision
COPY --from=build-all /app /app
ENV PYTHONPATH=/app/deploy/native
USER docfliq
CMD ["python", "deploy/docker/provision.py"]

# ---- nginx; what differs between two gateways comes at start, from the environment
FROM debian:bookworm-slim AS gateway
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        nginx-light libnginx-mod-http-js libnginx-mod-rtmp python3 \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --gid 10001 docfliq \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /tmp docfliq \
    && install -d -o docfliq -g docfliq /objects
COPY gateway /gateway
COPY docs/openapi/problems.json /gateway/problems-of-services.json
USER docfliq
EXPOSE 8000 1935
STOPSIGNAL SIGQUIT
ENTRYPOINT ["/bin/sh", "/gateway/start.sh"]

# ---- the media worker
FROM base AS media
RUN apt-get update \
    && apt-get install -y --no-install-recommends ffmpeg \
    && rm -rf /var/lib/apt/lists/*
COPY --from=build /app /app
USER docfliq
CMD ["python", "-m", "media_worker.worker"]

# ---- an API process or a worker; compose says which
FROM base AS service
COPY --from=build /app /app
USER docfliq
