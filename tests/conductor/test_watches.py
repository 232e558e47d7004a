"""A process that wants to watch files outlives a machine without threads."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

_WATCHES = """if True:
    import asyncio, os, resource, sys
    from conductor.watches import watch

    async def changes():
        return await anext(watch(sys.argv[1]))

    if os.getuid() == 0:
        os.setresuid(65534, 65534, 65534)  # the limit is none for root
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
    try:
        asyncio.run(changes())
    except OSError as error:
        print(error.strerror)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the limit is not one of threads")
def test_without_threads_it_is_an_error_of_the_system(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _WATCHES, str(tmp_path)],
        cwd=Path(__file__).parents[2], capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    assert (done.stdout, done.returncode) == ("Resource temporarily unavailable\n", 0), done
