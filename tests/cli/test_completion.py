"""A shell completes commands, ids and options, asking the command line itself."""

from __future__ import annotations

import shutil
import subprocess
import sys

import pytest

from tests.cli.conftest import Line
from tests.conductor.facts import added

ASK = """
conductor() { "$PYTHON" -m conductor "$@"; }
eval "$(conductor completion bash)"
ask() { COMP_WORDS=("$@"); COMP_CWORD=$(( $# - 1 )); _conductor; echo "${COMPREPLY[*]}"; }
ask conductor appr
ask conductor approve t
ask conductor approve --le
"""


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
def test_bash_completes_commands_ids_and_options(conductor: Line) -> None:
    with conductor.journal() as journal:
        journal.append(added("t1"), added("t2"))
    done = subprocess.run(
        ["bash", "-c", ASK], cwd=conductor.repo, text=True,
        env=conductor.env | {"PYTHON": sys.executable}, capture_output=True, check=True,
    )  # fmt: skip
    assert done.stdout.splitlines() == ["approve", "t1 t2", "--leave"]
