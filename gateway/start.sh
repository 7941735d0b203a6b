#!/bin/sh
# The container's start: render from the environment, then become nginx. Arguments go to render.py.
set -eu
python3 /gateway/render.py --out /tmp/nginx/nginx.conf \
    --problems /gateway/problems-of-services.json \
    --maintenance-file /tmp/nginx/maintenance "$@"
exec nginx -p /tmp/nginx/ -c /tmp/nginx/nginx.conf -e stderr -g 'daemon off;'
