"""The script a pane runs: it gives the agent exactly its environment, and tells of start and end.

Shell alone, because a session must start in milliseconds and outlive any Python of ours.
Its limits: when the terminal itself is taken away (kill-window), the script dies with it by
SIGHUP, before it can write the end; and if sh is bash, an agent sees no variable named `_`.
"""

from __future__ import annotations

import os
import re
import shlex
from typing import TYPE_CHECKING

from conductor.terminals.errors import TerminalError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

# The function is read whole before it runs, so the file may change or vanish meanwhile.
# `set -m` makes the agent the leader of its own process group in the terminal's foreground:
# Ctrl-C reaches it and not this script. An agent that stops (Ctrl-Z) is continued at once,
# since nobody else could. Where tmux is built with utempter (Debian, Ubuntu) it can miss that
# a pane's process has ended until another child of its own does: so it is given one.
# Secrets stand in this file, never on a command line.
_SCRIPT = """\
#!/bin/sh
agent() {{
{first}
  cd -- {cwd} || exit 126
  unset PWD OLDPWD SHLVL
{exports}
{launched}
  if [ -n "${{BASH_VERSION-}}" ]; then exec env -u _ -- "$@"; fi
  exec "$@"
}}
main() {{
  trap : INT QUIT TERM TSTP
  set -m
  env -i /bin/sh "$0" agent
  code=$?
  while jobs >"$0.jobs"; [ -s "$0.jobs" ]; do fg >/dev/null; code=$?; done
  rm -f "$0.jobs"
{exited}
  (trap '' HUP; sleep 0.3 || sleep 1; tmux -N -S "${{TMUX%%,*}}" run-shell -b :) \\
    </dev/null >/dev/null 2>&1 &
  exit "$code"
}}
if [ "${{1-}}" = agent ]; then set -- {argv}; agent "$@"; else main; fi; exit
"""


def script(
    argv: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str],
    inbox: Path | None = None,
    once: bool = False,
) -> str:
    """Return the text of the launch script; one for `once` takes itself off the disk."""
    if not argv:
        raise TerminalError("there is no command to start; give at least a program")
    for text in (*argv, *env.values(), str(cwd), str(inbox or "")):
        if "\0" in text:
            raise TerminalError("a command, value or path contains a NUL byte; remove it")
    for name in env:
        if not _NAME.fullmatch(name):
            raise TerminalError(f"{name!r} is not a name for an environment variable; rename it")
    quote = shlex.quote
    launched = exited = "  :"
    if inbox is not None:
        to = f">>{quote(str(inbox))}"
        launched = f'  printf \'{{"conductor":"launched","pid":%d}}\\n\' "$$" {to}'
        exited = f'  printf \'{{"conductor":"exited","code":%d}}\\n\' "$code" {to}'
    exports = "\n".join(f"  export {name}={quote(value)}" for name, value in env.items()) or "  :"
    return _SCRIPT.format(
        first='  rm -f "$0"' if once else "  :",
        exports=exports,
        cwd=quote(str(cwd)),
        launched=launched,
        exited=exited,
        argv=" ".join(quote(word) for word in argv),
    )


def write(path: Path, text: str) -> None:
    """Write the script so that nobody else can read it at any moment."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o700), "wb") as file:
        file.write(os.fsencode(text))
    fresh.replace(path)
