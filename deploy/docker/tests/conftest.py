"""The engine is no installed package: its tests find it beside their folder."""

import sys
from pathlib import Path

docker = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(docker), str(docker.parent)]
