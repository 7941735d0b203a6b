"""The native engine: the platform out of the system's packages, kept under one folder."""

import sys
from pathlib import Path

# What both engines build on, `groundwork`, stands beside the engines.
sys.path.append(str(Path(__file__).resolve().parents[2]))
