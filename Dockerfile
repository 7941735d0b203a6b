# Every image of the platform: SERVICE names a folder of the workspace.
#
#   docker build --build-arg SERVICE=auth-service --target service .
#   targets: service (an API or a worker) · media (the same with ffmpeg) · gateway
#            tools (all packages: migrations, an operator's commands, the demo)

# What everything stands on. Raise it here and nowhere else; `name:tag@sha256:…` pins it to the byte.
ARG PYTHON_IMAGE=python:3.11-slim-bookworm
ARG DEBIAN_IMAGE=debian:bookworm-slim

FROM ${PYTHON_IMAGE} AS base
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PATH=/app/.venv/bin:$PATH
# These folders exist so that new volumes take over their owner.
RUN groupadd --gid 10001 docfliq \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /tmp docfliq \
    && install -d -o docfliq -g docfliq /objects /state /scratch /sandbox
WORKDIR /app

# ---- what a service needs of the system
FROM base AS system
ARG SERVICE
RUN case "$SERVICE" in \
        content-service) packages=libmagic1 ;; \
        course-service) packages=fonts-noto-core ;; \
        *) exit 0 ;; \
    esac \
    && apt-get update \
    && apt-get install -y --no-install-recommends $packages \
    && rm -rf /var/lib/apt/lists/*

FROM base AS system-with-ffmpeg
RUN apt-get update \
    && apt-get install -y --no-install-recommends ffmpeg \
    && rm -rf /var/lib/apt/lists/*

FROM system-with-ffmpeg AS system-of-tools
RUN apt-get update \
    && apt-get install -y --no-install-recommends libmagic1 fonts-noto-core \
    && rm -rf /var/lib/apt/lists/*

# ---- the locked packages: a change of our code leaves these layers alone
FROM base AS locked
ENV UV_LINK_MODE=copy UV_COMPILE_BYTECODE=1 UV_PYTHON_DOWNLOADS=never
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

FROM locked AS packages
ARG SERVICE
RUN --mount=type=cache,target=/root/.cache/uv \
    test -n "$SERVICE" \
    && uv sync --frozen --no-dev --no-install-workspace --package "docfliq-$SERVICE"
# Where our own code will stand: children that a service starts know no PYTHONPATH.
RUN printf '/app/%s/src\n' contracts servicekit "$SERVICE" \
    >"$(echo .venv/lib/python3*/site-packages)/docfliq.pth"

FROM locked AS packages-of-tools
RUN --mount=type=cache,target=/root/.cache/uv \
    uv sync --frozen --no-dev --no-install-workspace --all-packages
RUN { printf '/app/%s/src\n' contracts servicekit *-service media-worker sandbox demo; echo /app/deploy; } \
    >"$(echo .venv/lib/python3*/site-packages)/docfliq.pth"

# ---- our code, compiled, readable whatever the checkout's umask was
FROM base AS shared-code
COPY contracts contracts
COPY servicekit servicekit
RUN chmod -R a+rX . && python -m compileall -q .

FROM shared-code AS code
ARG SERVICE
COPY ${SERVICE} ${SERVICE}
RUN chmod -R a+rX ${SERVICE} && python -m compileall -q ${SERVICE}

FROM shared-code AS code-of-tools
COPY . .
RUN chmod -R a+rX . && python -m compileall -q .

# ---- an API process or a worker; compose says which
FROM system AS service
ARG SERVICE
COPY --from=packages /app/.venv /app/.venv
COPY --chmod=755 deploy/docker/healthy /usr/local/bin/healthy
COPY --from=code /app /app
LABEL org.opencontainers.image.title="Docfliq ${SERVICE}" \
      org.opencontainers.image.description="An API process or a worker of ${SERVICE}"
USER docfliq

# ---- the media worker
FROM system-with-ffmpeg AS media
COPY --from=packages /app/.venv /app/.venv
COPY --chmod=755 deploy/docker/healthy /usr/local/bin/healthy
COPY --from=code /app /app
LABEL org.opencontainers.image.title="Docfliq media-worker" \
      org.opencontainers.image.description="Transcoding, images and documents, with ffmpeg"
USER docfliq

# ---- what is run once: provisioning, migrations, an operator's commands, the demo
FROM system-of-tools AS tools
COPY --from=packages-of-tools /app/.venv /app/.venv
COPY --from=code-of-tools /app /app
LABEL org.opencontainers.image.title="Docfliq tools" \
      org.opencontainers.image.description="Provisioning, migrations, commands and the demo"
USER docfliq

# ---- nginx; what differs between two gateways comes at start, from the environment
FROM ${DEBIAN_IMAGE} AS gateway
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        nginx-light libnginx-mod-http-js libnginx-mod-rtmp python3 \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --gid 10001 docfliq \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /tmp docfliq \
    && install -d -o docfliq -g docfliq /objects
COPY docs/openapi/problems.json /gateway/problems-of-services.json
COPY --chmod=755 deploy/docker/healthy /usr/local/bin/healthy
COPY gateway /gateway
RUN chmod -R a+rX /gateway && python3 -m compileall -q /gateway
LABEL org.opencontainers.image.title="Docfliq gateway" \
      org.opencontainers.image.description="nginx before all services: routes, limits, signed files, RTMP"
USER docfliq
EXPOSE 8000 1935
# Requests under way are finished.
STOPSIGNAL SIGQUIT
ENTRYPOINT ["python3", "/gateway/follow.py"]
