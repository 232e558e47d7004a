"""Frozen values that cost next to nothing to define.

A command line that answers in forty milliseconds cannot spend eighteen of them importing
`dataclasses` and a third of a millisecond more on each of fifty classes. A `Value` is written,
typed and matched like a frozen, slotted dataclass, and is built without generating code.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Self, TypeVar, dataclass_transform

    V = TypeVar("V", bound="Value")
else:

    def dataclass_transform(**_: object):  # noqa: D103 — the run-time shadow of typing's
        return lambda cls: cls


@dataclass_transform(frozen_default=True, eq_default=True)
class _Frozen(type):
    """Turns annotated names into slots, defaults and `__match_args__`."""

    _fields: tuple[str, ...]
    _kinds: tuple[str, ...]
    _defaults: dict[str, Any]
    _setters: tuple[Any, ...]

    def __new__(cls, name: str, bases: tuple[type, ...], body: dict[str, Any]) -> _Frozen:
        own = body.get("__annotations__", {})
        fields: list[str] = []
        kinds: list[str] = []
        defaults: dict[str, Any] = {}
        for base in bases:
            if isinstance(base, _Frozen):
                fields += base._fields
                kinds += base._kinds
                defaults.update(base._defaults)
        fields += own
        kinds += own.values()
        defaults.update({field: body.pop(field) for field in own if field in body})
        body["__slots__"] = tuple(own)
        body["__match_args__"] = tuple(fields)
        made = super().__new__(cls, name, bases, body)
        made._fields = tuple(fields)
        made._kinds = tuple(kinds)
        made._defaults = defaults
        made._setters = tuple(
            made.__dict__[f].__set__ if f in own else getattr(made, f).__set__ for f in fields
        )
        return made


class Value(metaclass=_Frozen):
    """Something that is what it is: equal by content, never changed."""

    def __init__(self, *given: object, **named: object) -> None:
        cls = type(self)
        if len(given) > len(cls._fields):
            raise TypeError(f"{cls.__name__} takes {len(cls._fields)} values, got {len(given)}")
        for put, value in zip(cls._setters, given, strict=False):
            put(self, value)
        for field, put in zip(cls._fields[len(given) :], cls._setters[len(given) :], strict=True):
            if field in named:
                put(self, named.pop(field))
            elif field in cls._defaults:
                put(self, cls._defaults[field])
            else:
                raise TypeError(f"{cls.__name__} needs {field!r}")
        if named:
            raise TypeError(f"{cls.__name__} knows no {', '.join(sorted(named))}")

    def but(self, **changes: object) -> Self:
        """Return the same value with these fields changed."""
        cls = type(self)
        made = cls.__new__(cls)
        for field, put in zip(cls._fields, cls._setters, strict=True):
            put(made, changes.pop(field) if field in changes else getattr(self, field))
        if changes:
            raise TypeError(f"{cls.__name__} knows no {', '.join(sorted(changes))}")
        return made

    def __setattr__(self, field: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__} is frozen: {field} cannot be set")

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and row(self) == row(other)

    def __hash__(self) -> int:
        return hash((type(self), row(self)))

    def __repr__(self) -> str:
        shown = ", ".join(f"{f}={getattr(self, f)!r}" for f in type(self)._fields)
        return f"{type(self).__name__}({shown})"


def row(value: Value) -> tuple[Any, ...]:
    """Return a value's fields in order, for storing and comparing."""
    return tuple([getattr(value, field) for field in type(value)._fields])


def named(value: Value) -> dict[str, Any]:
    """Return a value's fields by name, leaving out those that stand at their default."""
    cls = type(value)
    missing = object()
    shown = {}
    for field in cls._fields:
        content = getattr(value, field)
        if content != cls._defaults.get(field, missing):
            shown[field] = content
    return shown


class Misfit(ValueError):
    """Stored data does not fit the value it is said to be."""


_CHECKS: dict[str, tuple[type, ...]] = {
    "str": (str,),
    "int": (int,),
    "float": (float, int),
    "bool": (bool,),
    "str | None": (str, type(None)),
    "int | None": (int, type(None)),
    "float | None": (float, int, type(None)),
    "bool | None": (bool, type(None)),
}


def fit(cls: type[V], body: dict[str, Any]) -> V:
    """Build a value from stored fields; unknown ones are left out, wrong ones are a `Misfit`."""
    known = {}
    for field, kind in zip(cls._fields, cls._kinds, strict=True):
        if field not in body:
            if field not in cls._defaults:
                raise Misfit(f"{cls.__name__} lacks {field!r}")
            continue
        content = body[field]
        allowed = _CHECKS.get(kind)
        if allowed is not None:
            if not isinstance(content, allowed) or (content is True and kind == "int"):
                raise Misfit(f"{cls.__name__}.{field} is not {kind}: {content!r:.80}")
        elif kind == "tuple[str, ...]":
            if not isinstance(content, list) or not all(isinstance(c, str) for c in content):
                raise Misfit(f"{cls.__name__}.{field} is not {kind}: {content!r:.80}")
            content = tuple(content)
        known[field] = content
    return cls(**known)


def unrow(cls: type[V], stored: list[Any], converts: dict[str, Callable[[Any], Any]]) -> V:
    """Build a value from its stored row, which this same version wrote."""
    return cls(
        *[
            converts[kind](content) if kind in converts else content
            for kind, content in zip(cls._kinds, stored, strict=True)
        ]
    )
