"""Reads files of records for somebody else, who keeps what they tell: a process more, no more.

Standard input is one JSON line a file: its number, vendor, what was found of it, and the mark.
Standard output is `marshal`led lists of (number, requests, mark, lines not understood, whether that
is the last of the file), the length of each before it in eight bytes.
"""

from __future__ import annotations

import gc
import json
import marshal
import sys
from typing import BinaryIO

from harnesses.records import Found, Mark, RecordsError
from harnesses.records.files import ends
from harnesses.records.registry import RECORDS

_MANY = 1000
"""Requests, and files, that are told at once."""


def main() -> int:
    """Read what is asked for."""
    gc.disable()  # nothing here goes in circles, and looking for some takes half of the time
    tasks = [json.loads(line) for line in sys.stdin.buffer]
    out = sys.stdout.buffer
    told: list[tuple[object, ...]] = []
    count = 0
    for number, vendor, found, mark in tasks:
        try:
            for reading, whole in ends(RECORDS[vendor].read(Found(*found), Mark(*mark)), mark):
                spent = [tuple(one) for one in reading.spent]
                told.append((number, spent, tuple(reading.mark), reading.unread, whole))
                count += len(spent)
        except RecordsError:
            continue  # it is left for whoever asked, to be read and told of
        if count >= _MANY or len(told) >= _MANY:
            _tell(told, out)
            told, count = [], 0
    _tell(told, out)
    out.flush()
    return 0


def _tell(told: list[tuple[object, ...]], out: BinaryIO) -> None:
    packed = marshal.dumps(told)
    out.write(len(packed).to_bytes(8, "big") + packed)


if __name__ == "__main__":
    sys.exit(main())
