"""The docker engine: the platform out of `docker-compose.yml`. Needs the standard library alone."""

import sys
from pathlib import Path

# What both engines build on, `groundwork`, stands beside the engines.
sys.path.append(str(Path(__file__).resolve().parents[2]))
