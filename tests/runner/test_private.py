"""What lies in our folders is for the person's eyes only, whatever their umask says."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from conductor import events as e
from tests.runner.house import House

STDIN = """
[[subscription]]
name = "plain"
harness = "plain"
[harness.plain]
command = ["sh", "-c", "cat > got"]
prompt = "stdin"
"""


def test_files_of_ours_are_private_under_a_wide_umask(house: House) -> None:
    Path(house.places.config_file).chmod(0o600)  # the person's own, written by this test's house
    house.configure(more=STDIN)
    house.task("Anything", subscription="plain")
    before = os.umask(0)
    try:
        with house.running():
            house.until(lambda _: house.facts(e.ReviewReady))
    finally:
        os.umask(before)
    wide = [
        path
        for path in Path(house.places.state).rglob("*")
        if "worktrees" not in path.parts
        and not stat.S_ISLNK(mode := path.lstat().st_mode)
        and mode & 0o077
    ]
    assert wide == []
