"""What programs write: streams for comparing our screens with tmux's own, cell by cell."""

from __future__ import annotations

import random

STREAMS: dict[str, bytes] = {
    "colours": b"".join(
        b"\x1b[%dmA\x1b[48;5;%dmB\x1b[38;2;%d;20;30mC\x1b[0m " % (30 + n % 8, n, n * 3 % 256)
        for n in range(40)
    ),
    "attributes": b"".join(b"\x1b[%dmtext\x1b[0m " % n for n in (1, 2, 3, 4, 5, 7, 8, 9))
    + b"\r\n\x1b[4:3mcurly\x1b[0m \x1b[1;4;38;5;208mall\x1b[22;24mless\x1b[39mplain",
    "wide": "日本語テスト\r\n한국어 中文 mixed 日a本\r\n🙂 🚀x e\u0301 o\u0308\r\n".encode(),
    "wide at the edge": b"\x1b[1;80H" + "日本\r\n".encode() + b"\x1b[3;79H" + "語x".encode(),
    "emoji": "\u26a0\ufe0f a\r\n\U0001f469\u200d\U0001f469\u200d\U0001f467 b\r\n\u2705 c".encode()
    + "\r\n\U0001f1e9\U0001f1ea d\r\n1\ufe0f\u20e3 e\r\n\U0001f9d1\u200d\U0001f4bb f".encode(),
    "lines": b"\x1b(0lqqqk\r\nx   x\r\nmqqqj\x1b(B ok \x1b)0\x0elqk\x0f done",
    "alternate": b"main screen\r\n\x1b[31mred\x1b[?1049h\x1b[2J\x1b[Halternate\x1b[5;5Hhere",
    "alternate and back": b"main\r\nscreen\x1b[?1049hxxx\x1b[?1049l and on",
    "scroll region": b"".join(b"line %d\r\n" % n for n in range(30))
    + b"\x1b[5;10r\x1b[10;1H\n\n\nA\x1b[5;1H\x1bM\x1bMB\x1b[r",
    "inside a region": b"\x1b[5;10r\x1b[?6h\x1b[3;3HC\x1b[10;1Hx\n\ny",
    "insert and delete": b"abcdefgh\x1b[1;3H\x1b[2@XY\x1b[1;6H\x1b[2P\r\n12345\x1b[2D\x1b[4hzz"
    b"\x1b[4l\x1b[4;1Hrow\x1b[L\x1b[4;4H new\x1b[6;1Hgone\x1b[M\x1b[8;1Herase me\x1b[3D\x1b[1X"
    b"\x1b[K",
    "erase in colour": b"\x1b[44mblue\x1b[K\r\n\x1b[41m\x1b[2Kred\r\n\x1b[42m\x1b[J\x1b[0m end",
    "gaps in colour": b"\x1b[44mblue \x1b[10Gand\x1b[0m\x1b[20Gplain\x1b[30G\x1b[4ma "
    b"\x1b[40Gline\x1b[m\r\n\x1b[7;32mreversed \x1b[20G"
    + "日本".encode()
    + b"\x1b[30Ge\xcc\x81\x1b[m\x1b[50Gx\r\n\x1b[5G\x1b[41m \x1b[9G\x1b[9mz\x1b[m"
    b"\r\n\x1b[45mall\x1b[3X\x1b[9Gof\x1b[m\x1b[14G\x1b[3X\x1b[20G\x1b[46mit",
    "tabs and wrap": b"a\tb\tc\r\n"
    + b"0123456789" * 18
    + b"\r\n\x1b[?7l"
    + b"x" * 100
    + b"\x1b[?7h",
    "at the edge": b"\x1b[2;1H" + b"w" * 80,
    "cursor": b"\x1b[10;20Hhere\x1b7\x1b[1;1Htop\x1b8back\x1b[3A\x1b[2Dup\x1b[?25l",
    "long scroll": b"".join(b"\x1b[3%dmline %d\x1b[0m\r\n" % (n % 8, n) for n in range(300)),
    "saved cursor": b"\x1b[3;5H\x1b[1;31ma\x1b7\x1b[m\x1b[9;9Hb\x1b8c\x1b[0m\x1b[8;2H\x1b[s"
    b"\x1b[1;1Hx\x1b[uy",
    "origin and region": b"\x1b[4;9r\x1b[?6h\x1b[1;1Ha\x1b[99;99Hb\x1b[3;3H\x1b7\x1b[?6l\x1b[1;1Hc"
    b"\x1b8d\x1b[?6l\x1b[r\x1b[12;1He",
    "tab stops": b"\x1b[3g\x1b[1;5H\x1bH\x1b[1;20H\x1bH\r\ta\tb\tc\r\n\x1b[1;5H\x1b[0g"
    b"\r\n\td\x1b[Ze",
    "reverse and index": b"top\x1b[1;1H\x1bMabove\x1b[24;1Hlast\x1bDnew\x1bEline\x1b[2Ttwo"
    b"\x1b[1Sone",
    "lines in a region": b"".join(b"\x1b[%d;1Hrow %d" % (n, n) for n in range(1, 25))
    + b"\x1b[5;15r\x1b[7;1H\x1b[2L\x1b[12;1H\x1b[3M\x1b[r\x1b[3;1H\x1b[M\x1b[9;9H",
    "erase in parts": b"".join(b"\x1b[%d;1Habcdefghij" % n for n in range(1, 9))
    + b"\x1b[2;4H\x1b[1K\x1b[3;4H\x1b[2K\x1b[5;4H\x1b[1J\x1b[7;4H\x1b[J\x1b[8;1Hz\x1b[3b",
    "marks that join": "e\u0301\u0323o\u0302 a\u0308\x1b[1;3Hx \u0e01\u0e47".encode(),
    "titles": b"\x1b]0;title\x07a\x1bkname\x1b\\b\x1b]52;c;aGk=\x07c\x1bP1$r0m\x1b\\d\x1b_x\x1b\\e",
    "split sequence": b"text \x1b[38;2;1;2",
}

UNLIKE_TMUX: dict[str, tuple[bytes, list[str]]] = {
    "forward by two tab stops": (b"a\x1b[2Ib", ["a" + " " * 15 + "b"]),
    "a line inserted outside of the region": (b"\x1b[2;3rone\x1b[1;1H\x1b[L", ["one"]),
    "over half of a wide letter": ("日本\x1b[1;2Hx".encode(), [" x本"]),
    "half of a wide letter erased": ("日本語\x1b[1;4H\x1b[K".encode(), ["日"]),
    "back from the last column": (b"\x1b[1;79Hab\x08c", [" " * 78 + "cb"]),
    "erased in the last column": (b"\x1b[1;80Hh\x1b[Ki", [" " * 79 + "i", ""]),
}
"""Where tmux 3.3 shows something else, and terminals (xterm, and what DEC wrote) show this."""


def agent(seed: int, steps: int = 40, size: tuple[int, int] = (80, 24)) -> bytes:
    """Redraw pieces of a coloured screen, as a coding agent's interface does."""
    dice = random.Random(seed)
    out = [b"\x1b[?1049h\x1b[2J"]
    for step in range(steps):
        for _ in range(dice.randint(1, 5)):
            y = dice.randint(1, size[1])
            out.append(b"\x1b[%d;1H\x1b[2K" % y)
            for _ in range(dice.randint(1, 6)):
                r, g, b = (dice.randint(0, 255) for _ in range(3))
                word = dice.choice(
                    ["● edit", "日本", "✻ Thinking…", "│", "foo.py:12", "⠼", "─" * 9]
                )
                out.append(b"\x1b[%d;38;2;%d;%d;%dm" % (dice.choice((0, 1, 2, 3, 7)), r, g, b))
                out.append(word.encode() + b" ")
            out.append(b"\x1b[0m")
        if step % 7 == 0:
            out.append(b"\x1b[3;%dr\x1b[%d;1H\n\x1b[r" % (size[1] - 3, size[1] - 3))
    out.append(b"\x1b[%d;%dH" % (dice.randint(1, size[1]), dice.randint(1, size[0])))
    return b"".join(out)
