"""Grounds on which the vendors' agents are tried, one after the other."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace

import pytest

from tests.agents import install
from tests.conformance.ground import Ground, opened
from tests.conformance.others import AGENTS, BRIEF, OTHERS, Other
from tests.conformance.speakers import SPEAKERS, Speaker
from tests.conformance.vendors import PRINTING, VENDORS, Vendor

Kept = dict[tuple[str, str], Ground]
"""Grounds whose agents wait for words, by vendor and by what they may do unasked."""


@pytest.fixture(autouse=True)
def _no_outside(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine's own settings and keys must not decide a test."""
    monkeypatch.setenv("HOME", str(tmp_path_factory.mktemp("person")))
    for name in list(os.environ):
        if name.startswith(("GIT_", "XDG_", "CONDUCTOR_", "ANTHROPIC_", "CLAUDE_", "OPENAI_")):
            monkeypatch.delenv(name)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Try each program in one place, since two of the largest may be too much for a machine.

    What shows that a program from npm or PyPI works at all is quick; the rest is left to long
    tests, and so is most of what is tried over the protocol as well as in its own terminal.
    """
    for item in items:
        if "ground" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.slow)
        vendor = item.callspec.params.get("ground") if hasattr(item, "callspec") else None
        if isinstance(vendor, Vendor):
            item.add_marker(pytest.mark.xdist_group(vendor.installed))
        if isinstance(vendor, Other):
            twin = isinstance(vendor, Speaker) and vendor.twin
            if _row(item) not in (BRIEF[:1] if twin else BRIEF):
                item.add_marker(pytest.mark.long)


def _row(item: pytest.Item) -> str:
    return item.name.partition("[")[0]


@pytest.fixture(
    params=[
        *sorted(VENDORS.values(), key=str),
        *(pytest.param(one, marks=pytest.mark.long) for one in PRINTING),
        *(pytest.param(one, marks=AGENTS) for one in (*OTHERS, *SPEAKERS)),
    ],
    ids=lambda vendor: vendor.name,
)
def ground(request: pytest.FixtureRequest, kept: Kept) -> Iterator[Ground]:
    vendor: Vendor = request.param
    if isinstance(vendor, Other):
        if "agents" not in request.config.getoption("markexpr"):
            pytest.skip(f"{vendor.name} is tried with `-m agents` only: it takes minutes")
        if vendor.program is None:
            vendor = replace(vendor, program=install.install(vendor.installed))
    if vendor.program is None:
        pytest.skip(vendor.missing)
    if why := dict(vendor.cannot).get(request.function.__name__):
        pytest.skip(f"{vendor.name} cannot: {why}")
    shared = request.node.get_closest_marker("shared")
    mode = shared.args[0] if shared else "ask"
    made = kept.pop((vendor.name, mode), None) if shared else None
    if made is None:
        made = opened(vendor)
        made.configure(mode, commands="touch listed" if shared and vendor.lists else "")
    with made.open as stack:
        yield made
        place = vendor.name, made.mode
        if vendor.name in VENDORS and place not in kept and made.task and made.rests:
            kept[place] = made
            made.open = stack.pop_all()


@pytest.fixture(scope="session")
def kept() -> Iterator[Kept]:
    """What tests leave to those that come after them."""
    made: Kept = {}
    yield made
    with ExitStack() as stack:
        for one in made.values():
            stack.enter_context(one.open)
