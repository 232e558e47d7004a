"""What runs inside vendors' hooks: shell alone, telling the session's inbox a line at a time.

Claude Code and Codex give a hook JSON on its standard input and take a decision as JSON from its
standard output. `note` passes the former on; `ask` also waits on a pipe for the person's answer,
while the vendor's own dialog may be answered first. A line is written in one piece, since hooks run
at the same time; where sh is bash (macOS), two longer than 4 KB at the same instant could be torn.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime
from shlex import quote
from typing import TYPE_CHECKING, Any

from harnesses import Ask, HarnessError, Reply

if TYPE_CHECKING:
    from pathlib import Path

NAME = "hook.sh"
HOOK = "CONDUCTOR_HOOK"
"""The variable that tells a shared command where the session's script is."""
_PIPE = re.compile(r"ask-[0-9]+-[0-9]+")

_DIGITS = 18
"""Digits beyond which a number counts nothing: it is left as it is written, as a text."""

# The end of a turn lets go of what its agent asked; what its helpers ask in the background stands.
# `: <>` opens a pipe without waiting for anyone, and so lets go of a hook that waits in vain: the
# vendors leave such a hook running when its dialog was answered on the screen. The only program
# that is started for a line is `cat`.
_SCRIPT = """\
folder={folder}
inbox={inbox}
end='
'
umask 077
given=$(cat)
case "$given" in *"$end"*) given=$(printf '%s' "$given" | tr -d '\\n') ;; esac
tell() {{ printf '%s' "$1$end" >>"$inbox"; }}
case "$1" in
note) tell "$given" ;;
turn)
  tell "$given"
  case "$given" in *'"background_tasks":[]'*|*'"SessionEnd"'*) all=1 ;; *) all= ;; esac
  for one in "$folder"/ask-*; do
    [ -p "$one" ] || continue
    if [ -z "$all" ]; then
      read -r told <"$one.json"
      case "$told" in *'"agent_id"'*) continue ;; esac
    fi
    : <>"$one"
  done ;;
began) tell '{{"conductor":"began","pid":'"$PPID"',"of":'"$given}}" ;;
meter)
  size=${{given##*'"context_window_size":'}} size=${{size%%[!0-9]*}}
  used=${{given#*'"context_window":'}} used=${{used#*'"used_percentage":'}} used=${{used%%[!0-9.]*}}
  was=
  [ -f "$folder/context" ] && read -r was <"$folder/context"
  if [ "$size" ] && [ "$used" ] && [ "$size $used" != "$was" ]; then
    printf '%s\n' "$size $used" >"$folder/context"
    tell '{{"conductor":"context","size":'"$size"',"percent":'"$used}}"
  fi
  key='"rate_limits":' both='}}}}'
  case "$given" in *"$key{{"*)
    limits=${{given##*"$key"}}
    limits=${{limits%%"$both"*}}$both
    was=0 last= now=$(date +%s)
    [ -f "$folder/limits" ] && read -r was last <"$folder/limits"
    if [ "$limits" != "$last" ] || [ $((now - was)) -ge 120 ]; then
      printf '%s\\n' "$now $limits" >"$folder/limits"
      tell '{{"conductor":"limits","at":'"$now"',"of":'"$limits}}"
    fi ;;
  esac
  [ -z "$2" ] || printf '%s' "$given" | /bin/sh -c "$2" ;;
ask)
  ask="ask-$$-$(date +%s)"
  pipe="$folder/$ask"
  trap 'rm -f "$pipe" "$pipe.json"' EXIT
  trap 'exit 0' HUP INT TERM
  mkfifo "$pipe" || exit 0
  printf '%s' "$given" >"$pipe.json"
  tell '{{"conductor":"asked","ask":"'"$ask"'","of":'"$given}}"
  said=$(cat "$pipe")
  [ -n "$said" ] || exit 0
  tell '{{"conductor":"answered","ask":"'"$ask"'"}}'
  printf '%s\\n' "$said" ;;
esac
exit 0
"""


def script(folder: Path, inbox: Path) -> str:
    """Return the text of a session's hook script."""
    return _SCRIPT.format(folder=quote(str(folder)), inbox=quote(str(inbox)))


def command(folder: Path, verb: str) -> str:
    """Return the shell command by which a vendor calls the script."""
    return f"exec /bin/sh {quote(str(folder / NAME))} {verb}"  # whatever the person's own shell


def shared(verb: str) -> str:
    """Return a command for settings that all sessions share; elsewhere it does nothing."""
    return f'[ -z "${HOOK}" ] || exec /bin/sh "${HOOK}" {verb}'


def parse(line: str | bytes) -> Mapping[str, Any] | None:
    """Read a line of JSON; None for anything else, such as a torn one.

    Whatever it holds, what comes out can be counted with: no number in it is none, or endless.
    """
    text = line.decode("utf-8", "replace") if isinstance(line, bytes) else line
    if not text.startswith("{"):
        return None
    try:
        read = _decode(text)
    except (ValueError, RecursionError):
        return None
    return read if isinstance(read, dict) else None


def _whole(told: str) -> int | str:
    return int(told) if len(told) <= _DIGITS else told


def _broken(told: str) -> float | str:
    number = float(told)
    return number if abs(number) < 10.0**_DIGITS else told


_decode = json.JSONDecoder(parse_int=_whole, parse_float=_broken, parse_constant=str).decode


def text(entry: Mapping[str, Any], *keys: str) -> str:
    """Return the text that stands under these keys, or an empty one."""
    found: object = entry
    for key in keys:
        found = found.get(key) if isinstance(found, dict) else None
    return found if isinstance(found, str) else ""


def objects(entry: object, *keys: str) -> list[Mapping[str, Any]]:
    """List the objects in a list that stands under these keys."""
    found = entry
    for key in keys:
        found = found.get(key) if isinstance(found, Mapping) else None
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []


def moment(entry: Mapping[str, Any]) -> float:
    """Return when a line was written, as it says itself; 0 if it does not."""
    try:
        return datetime.fromisoformat(text(entry, "timestamp")).timestamp()
    except (ValueError, OverflowError):
        return 0.0


def reply(ask: Ask, decision: Mapping[str, Any]) -> Reply:
    """Answer the hook that waits for this ask."""
    if not _PIPE.fullmatch(ask.id):
        raise HarnessError("this can only be answered in the agent's own terminal")
    told = {"hookEventName": "PermissionRequest", "decision": decision}
    return Reply(ask.id, json.dumps({"hookSpecificOutput": told}))


def let_go(ask: Ask) -> Reply:
    """Let the hook that waits for this ask end without an answer: the vendor's dialog follows."""
    return Reply(ask.id, "")


def permission(answer: str) -> dict[str, Any]:
    """Turn `allow` or `deny[: WHY]` into a decision as both vendors take it."""
    word, _, why = answer.partition(":")
    if word.strip() == "allow":
        return {"behavior": "allow"}
    return {"behavior": "deny", "message": why.strip() or "The person said no."}


def questions(tool: str, given: object) -> str:
    """Say readably what a question tool asks; nothing for any other tool."""
    return asked(given) if tool == "AskUserQuestion" else ""


def asked(given: object) -> str:
    """Write questions out, each with the answers it offers."""
    lines = []
    for question in objects(given, "questions"):
        lines.append(text(question, "question"))
        for option in objects(question, "options"):
            told = f"- {text(option, 'label')}: {text(option, 'description')}"
            lines.append(told.rstrip(": "))
    return "\n".join(lines)


def answers(given: Mapping[str, Any], said: str) -> dict[str, Any]:
    """Answer such questions: a line each, if there are as many, else all of it to each."""
    wanted, lines = objects(given, "questions"), said.splitlines()
    each = lines if len(lines) == len(wanted) else [said] * len(wanted)
    return {"answers": {text(q, "question"): a for q, a in zip(wanted, each, strict=True)}}


def shown(tool: str, given: object) -> str:
    """Say readably what a tool is about to be given."""
    if not isinstance(given, dict):
        return tool
    lines = [f"{tool}: {text(given, 'description')}".rstrip(": ")]
    for key, value in given.items():
        if key in ("command", "file_path") and isinstance(value, str):
            lines.append(value)
        elif key != "description":
            told = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            lines.append(f"{key}: {told}")
    return "\n".join(lines)
