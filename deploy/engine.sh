#!/bin/sh
# Says which engine runs this checkout's platform: docker or native.
# ENGINE decides if it is set. Without it, data that the native engine keeps here stay with it;
# else it is docker where a Docker engine answers, and native everywhere else.
set -eu
cd "$(dirname "$0")/.."
case ${ENGINE:-} in
  docker | native) echo "$ENGINE" ;;
  '')
    if [ ! -d .stack/postgres ] && docker compose version >/dev/null 2>&1 && docker info >/dev/null 2>&1; then
      echo docker
    else
      echo native
    fi
    ;;
  *)
    echo "ENGINE is docker or native, not $ENGINE" >&2
    exit 1
    ;;
esac
