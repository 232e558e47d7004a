"""Makes a gigabyte of records as Claude Code and Codex write them: some 5,000 conversations."""

from __future__ import annotations

import json
import random
import time
from pathlib import Path

DAYS = 28
_MODELS = ("claude-opus-4-5", "claude-sonnet-4-5", "claude-haiku-4-5")
_WORDS = ("the parser reads on, " * 60 + r"\"usage\" of \n tokens: ") * 40
Paths = tuple[Path, Path]


def make(folder: Path, files: int, size: int) -> Paths:
    """Make homes with so many files of so many bytes in all, half of each vendor's."""
    draw = random.Random(7)
    homes = (folder / "claude", folder / "codex")
    now = time.time() - 7200
    for number in range(files):
        began = now - DAYS * 86400 * (1 - number / files)
        text = (_claude if number % 2 else _codex)(draw, number, began, size // files)
        day = time.strftime("%Y/%m/%d", time.gmtime(began))
        place = (
            homes[0] / "projects" / f"-work-repo{number % 40}" / f"{_uuid(number)}.jsonl"
            if number % 2
            else homes[1] / "sessions" / day / f"rollout-{_uuid(number)}.jsonl"
        )
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    return homes


def _uuid(number: int) -> str:
    return f"0199{number:04x}-0000-7000-8000-{number:012x}"


def _stamp(at: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(at)) + f".{int(at % 1 * 1000):03}Z"


def _words(draw: random.Random, most: int) -> str:
    start = draw.randrange(1000)
    return _WORDS[start : start + draw.randrange(200, most)].rstrip("\\")


def _claude(draw: random.Random, number: int, at: float, size: int) -> str:
    lines: list[str] = []
    written, turn = 0, 0
    while written < size:
        turn += 1
        for line in _claude_turn(draw, number, turn, at + turn * 9):
            lines.append(line)
            written += len(line) + 1
    return "\n".join(lines) + "\n"


def _claude_turn(draw: random.Random, number: int, turn: int, at: float) -> list[str]:
    head = (
        f'{{"parentUuid":"{_uuid(number)}","isSidechain":false,"userType":"external",'
        f'"cwd":"/work/repo{number % 40}","sessionId":"{_uuid(number)}","version":"2.1.329",'
        '"gitBranch":"main",'
    )
    result = f'{{"type":"tool_result","tool_use_id":"t{turn}","content":"{_words(draw, 5000)}"}}'
    asked = f'"message":{{"role":"user","content":[{result}]}},"uuid":"u{number}-{turn}"'
    lines = [f'{head}"type":"user",{asked},"timestamp":"{_stamp(at)}"}}']
    blocks = draw.choice((1, 1, 2, 3))
    usage = {
        "input_tokens": draw.randrange(3, 900),
        "cache_creation_input_tokens": draw.randrange(9000),
        "cache_read_input_tokens": draw.randrange(150_000),
    }
    final = draw.randrange(20, 3000)
    for block in range(blocks):
        output = final if block == blocks - 1 else draw.randrange(1, 20)
        told = usage | {
            "output_tokens": output,
            "cache_creation": {"ephemeral_5m_input_tokens": usage["cache_creation_input_tokens"]},
            "service_tier": "standard",
        }
        lines.append(
            f'{head}"message":{{"id":"msg_{number}_{turn}","type":"message","role":"assistant",'
            f'"model":"{_MODELS[number % 3]}","content":[{{"type":"text",'
            f'"text":"{_words(draw, 2400)}"}}],"stop_reason":null,"usage":'
            f'{json.dumps(told, separators=(",", ":"))}}},"requestId":"req_{number}_{turn}",'
            f'"type":"assistant","uuid":"a{number}-{turn}-{block}","timestamp":'
            f'"{_stamp(at + block)}"}}'
        )
    return lines


def _codex(draw: random.Random, number: int, at: float, size: int) -> str:
    def line(kind: str, payload: object, more: float = 0) -> str:
        told = {"timestamp": _stamp(at + more), "type": kind, "payload": payload}
        return json.dumps(told, separators=(",", ":"))

    meta = {
        "id": _uuid(number), "timestamp": _stamp(at), "cwd": f"/work/repo{number % 40}",
        "originator": "codex_cli_rs", "cli_version": "0.163.0", "source": "cli",
        "base_instructions": {"text": _words(draw, 9000)},
    }  # fmt: skip
    lines = [line("session_meta", meta), line("turn_context", {"cwd": "/w", "model": "gpt-5.1"})]
    total = dict.fromkeys(("input_tokens", "cached_input_tokens", "output_tokens"), 0)
    written, turn = 0, 0
    while written < size:
        turn += 1
        more = []
        for kind in ("output_text", "tool_output", "thoughts"):
            said = [{"type": kind, "text": _words(draw, 6000)}]
            item = {"type": "message", "role": "assistant", "content": said}
            more.append(line("response_item", item, turn))
        cached = draw.randrange(100_000)
        last = {
            "input_tokens": cached + draw.randrange(9000), "cached_input_tokens": cached,
            "output_tokens": draw.randrange(20, 3000),
        }  # fmt: skip
        for key, amount in last.items():
            total[key] += amount
        info = {"total_token_usage": _codex_usage(total), "last_token_usage": _codex_usage(last)}
        limits = {"primary": {"used_percent": 12.5, "window_minutes": 300, "resets_at": 1}}
        told = {"type": "token_count", "info": info, "rate_limits": limits}
        more += [line("event_msg", told, turn + 0.5)]
        lines += more
        written += sum(map(len, more))
    return "\n".join(lines) + "\n"


def _codex_usage(counts: dict[str, int]) -> dict[str, int]:
    total = counts["input_tokens"] + counts["output_tokens"]
    return {**counts, "reasoning_output_tokens": 0, "total_tokens": total}
