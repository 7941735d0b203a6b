#!/bin/sh
# The docker engine's commands, with any Python of this machine that is new enough: nothing is
# installed, neither packages of the system nor of Python.
set -eu
folder=$(dirname "$0")
for python in python3 python3.14 python3.13 python3.12 python3.11 /usr/bin/python3; do
  if command -v "$python" >/dev/null && "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    exec "$python" "$folder/run.py" "$@"
  fi
done
printf '%s\n' "Python 3.11 or newer is needed; none was found." >&2
exit 1
