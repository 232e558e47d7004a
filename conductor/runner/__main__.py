"""Starts the runner in the background terminal that the runner's door opened for it."""

from __future__ import annotations

import sys

from conductor.places import places
from conductor.runner.main import run

sys.exit(run(places()))
