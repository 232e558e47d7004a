"""What kind of file a path names: a person's own text, a lock, something generated, a picture."""

from __future__ import annotations

import re
from functools import cache

PLAIN, LOCK, MADE, IMAGE = "plain", "lock", "generated", "image"
FOLDED = frozenset({LOCK, MADE})
"""Kinds whose lines are shown only when asked for."""

_LOCKS = frozenset(
    {
        "bun.lock", "bun.lockb", "cargo.lock", "composer.lock", "conan.lock", "deno.lock",
        "flake.lock", "gemfile.lock", "go.sum", "gradle.lockfile", "mix.lock",
        "npm-shrinkwrap.json", "package-lock.json", "packages.lock.json", "pdm.lock",
        "pipfile.lock", "pnpm-lock.yaml", "podfile.lock", "poetry.lock", "pubspec.lock",
        "pylock.toml", "uv.lock", "yarn.lock",
    }
)  # fmt: skip
_NAMES = frozenset(
    {
        "bower.json", "build.gradle", "build.gradle.kts", "cargo.toml", "composer.json",
        "deno.json", "environment.yml", "flake.nix", "gemfile", "go.mod", "mix.exs",
        "package.json", "pipfile", "pom.xml", "pubspec.yaml", "pyproject.toml", "setup.cfg",
        "setup.py",
    }
)  # fmt: skip
_IMAGES = (".png", ".jpg", ".jpeg", ".gif", ".webp", ".bmp", ".ico", ".avif", ".tif", ".tiff")


@cache
def _made() -> re.Pattern[str]:
    return re.compile(
        r"(?:.*/)?(?:dist|node_modules|vendor|third_party|__snapshots__|__generated__|generated)/.*"
        r"|.*(?:\.min\.(?:js|css)|\.map|\.snap|\.pb\.go|_pb2(?:_grpc)?\.pyi?|\.g\.dart"
        r"|\.designer\.cs|_generated\.\w+|\.generated\.\w+)",
        re.DOTALL | re.IGNORECASE,
    )


@cache
def _tests() -> re.Pattern[str]:
    return re.compile(
        r"(?:.*/)?(?:tests?|__tests__|specs?|testing)/.*"
        r"|(?:.*/)?(?:test_[^/]*|[^/]*(?:_test|_spec|\.test|\.spec|Tests?)\.\w+)",
        re.DOTALL,
    )


def kind(path: str) -> str:
    """Say what kind of file a path names."""
    name = path.rpartition("/")[2].lower()
    if name in _LOCKS or name.endswith((".lock", ".lock.hcl")):
        return LOCK
    if name.endswith(_IMAGES):
        return IMAGE
    return MADE if _made().fullmatch(path) else PLAIN


def is_test(path: str) -> bool:
    """Say whether a file holds tests, by its name or folder."""
    return _tests().fullmatch(path) is not None


def names_dependencies(path: str) -> bool:
    """Say whether a file names what a project is built from."""
    name = path.rpartition("/")[2].lower()
    return name in _NAMES or name in _LOCKS or bool(re.fullmatch(r"requirements.*\.(txt|in)", name))
