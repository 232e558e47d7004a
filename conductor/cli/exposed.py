"""What of ours others on this machine could read or change, which our own folders never allow."""

from __future__ import annotations

import os
import stat

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from conductor.places import Places


def exposed(where: Places) -> Iterator[str]:
    """Say what is open to others, why that matters, and the line that closes it."""
    file = where.config_file
    for path in dict.fromkeys((where.config, where.state, file)):
        if _mode(path) & 0o022:
            yield (
                f"others on this machine can change {path}, and so what runs as you: "
                f"`chmod go-w {path}`"
            )
    if _mode(file) & 0o044 and _mode(where.config) & 0o011:
        yield f"others on this machine can read {file}, and keys in it: `chmod 600 {file}`"


def _mode(path: str) -> int:
    """Return the rights on a path; none where there is nothing."""
    try:
        return stat.S_IMODE(os.stat(path).st_mode)
    except OSError:
        return 0
