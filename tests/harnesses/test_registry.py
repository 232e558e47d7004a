"""The registry, the shell harness, and every mistake a table can make."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from harnesses import Harness, HarnessError, Launch, Order, PromptBy
from harnesses.registry import faults, registry

PROMPT = "line one\n$(touch hacked) 'q' \"d\" `b` \\ ; *\nünï\n"


def order(tmp: Path, **more: Any) -> Order:
    worktree, folder = tmp / "work tree", tmp / "session"
    worktree.mkdir(exist_ok=True)
    folder.mkdir(exist_ok=True)
    given = {"prompt": PROMPT, **more}
    return Order("s1", worktree, folder, folder / "inbox.jsonl", **given)


def run(launch: Launch, cwd: Path) -> str:
    for path, text in launch.seeds.items():
        path.write_bytes(text.encode())
    done = subprocess.run(
        launch.argv,
        cwd=cwd,
        env={"PATH": "/usr/bin:/bin", **launch.env},
        capture_output=True,
        check=True,
    )
    return done.stdout.decode()


def test_the_known_and_the_described(tmp_path: Path) -> None:
    known = registry({"mine": {"command": ["mine"], "ready": ">"}})
    vendors = ["claude", "codex", "opencode", "gemini", "qwen", "pi", "copilot"]
    others = ["goose", "kimi", "vibe", "aider", "cline"]
    assert list(known) == ["builtin", *vendors, *others, "mine"]
    harnesses: list[Harness] = list(known.values())
    by = {one.name: one.prompt_by for one in harnesses}
    assert by.pop("codex") is PromptBy.START
    assert {by.pop("aider"), by.pop("cline")} == {PromptBy.LAUNCH}
    assert set(by.values()) == {PromptBy.TYPING}
    silent = [one.name for one in harnesses if not one.confirms_prompts]
    assert silent == ["aider", "cline", "mine"]


def test_the_prompt_is_one_argument_and_never_a_script(tmp_path: Path) -> None:
    table = {
        "command": [
            sys.executable,
            "-c",
            "import sys; print(ascii(sys.argv[1:]))",
            "--say={prompt}",
            "{model}",
            "{worktree}",
            '{"json": 1}',
        ],
        "prompt": "argument",
        "env": {"A": "1", "B": "2"},
    }
    harness = registry({"mine": table})["mine"]
    given = order(tmp_path, model="m-1", env={"B": "3"})
    launch = harness.launch(given)
    assert launch.env == {"A": "1", "B": "3"}
    said = [f"--say={PROMPT}", "m-1", str(given.worktree), '{"json": 1}']
    assert run(launch, given.worktree) == ascii(said) + "\n"
    assert harness.ends_turn_by_exit
    assert not (given.worktree / "hacked").exists()


def test_the_prompt_on_standard_input_is_a_file(tmp_path: Path) -> None:
    harness = registry({"mine": {"command": ["cat", "-"], "prompt": "stdin"}})["mine"]
    big = PROMPT * 40_000
    given = order(tmp_path, prompt=big)
    assert run(harness.launch(given), given.worktree) == big


def test_resuming_takes_its_own_command(tmp_path: Path) -> None:
    table = {"command": ["a", "{session}"], "resume": ["a", "--resume", "{resume}"], "ready": ">"}
    harness = registry({"mine": table})["mine"]
    assert harness.launch(order(tmp_path, resume="x1")).argv == ("a", "--resume", "x1")
    assert harness.launch(order(tmp_path)).argv == ("a", "s1")
    assert harness.say("hello").paste == "hello"
    assert harness.read('{"type": "end"}') == ()


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({}, "[harness.x] command: expected a list of texts"),
        ({"command": "agent --yes"}, "[harness.x] command: expected a list of texts"),
        ({"command": []}, "[harness.x] command: expected a list"),
        ({"command": ["a", 1]}, "[harness.x] command: expected a list"),
        ({"command": ["a\0b"]}, "NUL"),
        ({"command": ["a", "{promt}"]}, "[harness.x] command: unknown {promt}; known are {prompt}"),
        ({"command": ["a"], "promt": "typed"}, "[harness.x] promt: unknown key"),
        ({"command": ["a"], "prompt": "spoken"}, '[harness.x] prompt: expected "argument"'),
        ({"command": ["a"], "prompt": ["typed"]}, '[harness.x] prompt: expected "argument"'),
        ({"command": ["a"], "prompt": "argument"}, "needs {prompt} in the command"),
        ({"command": ["a", "{prompt}"]}, '{prompt} needs prompt = "argument"'),
        ({"command": ["a"], "resume": ["a", "{prompt}"]}, '{prompt} needs prompt = "argument"'),
        ({"command": ["a", "{resume}"]}, "{resume} belongs in the resume command"),
        ({"command": ["a"], "env": []}, "[harness.x] env: expected a table"),
        ({"command": ["a"], "env": {"A": 1}}, "[harness.x] env.A: expected a text, not 1"),
        ({"command": ["a"], "env": {"A=B": "1"}}, "[harness.x] env.A=B: not a name"),
        ({"command": ["a"], "resume": "again"}, "[harness.x] resume: expected a list"),
        ({"command": ["a"]}, '[harness.x] ready: prompt = "typed" needs words that its screen'),
        ({"command": ["a"], "ready": 1}, "[harness.x] ready: expected a text"),
        ({"command": ["a"], "ready": "x", "asks": "y"}, "[harness.x] asks: expected a list"),
        ({"command": ["a"], "prompt": "stdin", "asks": ["y"]}, "[harness.x] asks: only an agent"),
        ({"command": ["a"], "ready": "x", "permission": "y"}, "[harness.x] permission: expected"),
        (
            {
                "command": ["a"],
                "ready": "x",
                "permission": {"shows": "Go on?", "allow": ["yes"], "deny": ["n"]},
            },
            "[harness.x] permission.allow: 'yes' is no key",
        ),
        (["a"], "[harness.x]: expected a table"),
    ],
)
def test_a_wrong_table_is_named(table: Any, said: str) -> None:
    both = {"x": table, "good": {"command": ["cat"], "prompt": "stdin"}}
    assert said in faults(both)["x"]
    assert registry(both).keys() - registry({}) == {"good"}


@pytest.mark.parametrize("name", ["", "builtin", "Big", "a b", "../x", "x" * 41, "-x"])
def test_a_wrong_name_is_named(name: str) -> None:
    assert "[harness." in faults({name: {"command": ["a"]}})[name]
    assert registry({name: {"command": ["a"]}}).keys() == registry({}).keys()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"prompt": None, "model": "m"}, "takes its prompt at the start"),
        ({}, "needs a model"),
        ({"model": "m", "prompt": "x" * 200_000}, 'prompt = "stdin"'),
        ({"model": "m", "prompt": "a\0b"}, "NUL"),
        ({"model": "m", "resume": "r"}, "no resume command"),
    ],
)
def test_an_order_that_cannot_be_met_is_refused(
    tmp_path: Path, given: dict[str, Any], said: str
) -> None:
    table = {"command": ["a", "{model}", "{prompt}"], "prompt": "argument"}
    with pytest.raises(HarnessError) as error:
        registry({"x": table})["x"].launch(order(tmp_path, **given))
    assert said in str(error.value)


@pytest.mark.parametrize(
    ("model", "said"),
    [
        (None, "needs a model"),
        ("gpt-9", "expected anthropic:MODEL"),
        ("gemini:x", "expected anthropic:MODEL"),
        ("openai:", "expected anthropic:MODEL"),
        ("openai:m@localhost:11434", "after @ comes http"),
        ("rehearsal:script.toml", "full path"),
        ("openai:m?prize=1/1/1", "unknown option 'prize'"),
        ("openai:m?price=1", "IN/CACHED/OUT"),
        ("openai:m?price=a/b/c", "a number of dollars"),
        ("openai:m?cost=5", "price=IN/CACHED/OUT beside it"),
        ("openai:m?steps=0", "whole number above 0"),
    ],
)
def test_a_wrong_model_is_named(tmp_path: Path, model: str | None, said: str) -> None:
    with pytest.raises(HarnessError) as error:
        registry({})["builtin"].launch(order(tmp_path, model=model))
    assert said in str(error.value)


def test_the_registry_is_cheap_to_import() -> None:
    code = (
        "import sys, harnesses.registry as r; r.registry({}); "
        "heavy = {'anthropic', 'openai', 'textual', 'rich', 'git', 'libtmux', 'asyncio', "
        "'harnesses.builtin.loop', 'subprocess'}; print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, check=True)
    assert done.stdout == b"[]\n"


def test_the_tables_in_the_documents_are_read() -> None:
    blocks = [
        tomllib.loads(block)
        for page in (Path(__file__).parents[2] / "docs").glob("*.md")
        for block in re.findall(r"^```toml\n(.*?)^```", page.read_text(), re.MULTILINE | re.DOTALL)
        if "[harness." in block
    ]
    found = [registry(block["harness"]) for block in blocks]
    assert any({"cn", "grok", "droid", "mini"} <= tables.keys() for tables in found)


@pytest.mark.parametrize(
    ("name", "variable", "at"),
    [
        ("claude", "CLAUDE_CONFIG_DIR", ".claude.json"),
        ("copilot", "COPILOT_HOME", "config.json"),
        ("gemini", "GEMINI_CLI_HOME", ".gemini/settings.json"),
    ],
)
def test_a_home_that_is_told_by_the_environment_is_the_one_that_is_seeded(
    tmp_path: Path, name: str, variable: str, at: str
) -> None:
    chosen = registry({})[name].launch(order(tmp_path, trusted=True, env={variable: "/there"}))
    assert [one.path for one in chosen.merges] == [Path("/there", at)]
    user = registry({})[name].launch(order(tmp_path, trusted=True, env={"HOME": "/of/another"}))
    assert Path("/of/another") in user.merges[0].path.parents
    assert variable not in user.env
