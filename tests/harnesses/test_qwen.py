"""The pipe by which Qwen Code tells its events, with a stand-in that opens it twice."""

from __future__ import annotations

import subprocess
from pathlib import Path

from harnesses import Order
from harnesses.qwen import Qwen

EVENT = '{"type":"stream_event","event":{"type":"message_start","n":%s}}'
QWEN = f"""#!/bin/sh
# Tells an event, lets the pipe go, and tells another once the first was passed on.
while [ "$1" != --json-file ]; do shift; done
printf '%s\\n' '{EVENT % 1}' >"$2"
until grep -q '"n":1' "$INBOX"; do sleep 0.02; done
printf '%s\\n%s\\n' '{{"type":"of no interest"}}' '{EVENT % 2}' >"$2"
until grep -q '"n":2' "$INBOX"; do sleep 0.02; done
exit 7
"""


def test_events_are_passed_on_when_the_pipe_was_let_go_and_opened_again(tmp_path: Path) -> None:
    program, inbox = tmp_path / "qwen", tmp_path / "inbox.jsonl"
    program.write_text(QWEN)
    program.chmod(0o755)
    launch = Qwen().launch(Order("s1", tmp_path, tmp_path, inbox))
    env = {"PATH": f"{tmp_path}:/usr/bin:/bin", "INBOX": str(inbox)}
    # Its end is that of whoever can still write here: the reader has ended, too.
    done = subprocess.run(launch.argv, env=env, check=False, timeout=20, capture_output=True)
    assert done.returncode == 7
    assert inbox.read_text() == f"{EVENT % 1}\n{EVENT % 2}\n"
