"""Frozen values that cost next to nothing to define, to make and to change.

A command line that answers in forty milliseconds cannot spend eighteen of them importing
`dataclasses` and a third of a millisecond more on each of fifty classes. A `Value` is written,
typed and matched like a frozen dataclass, is built without generating code, and is a tuple below,
because folding a fact makes several with twenty fields each.
"""

from __future__ import annotations

try:  # as `collections.namedtuple` does: reading a field this way takes half the time
    from _collections import _tuplegetter  # type: ignore[import-not-found]
except ImportError:
    from operator import itemgetter

    def _tuplegetter(place: int, _: None) -> property:
        return property(itemgetter(place))


TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Self, TypeVar, dataclass_transform

    V = TypeVar("V", bound="Value")
    _Row = object  # that a value is a tuple is nobody's business
else:
    _Row = tuple

    def dataclass_transform(**_: object):  # noqa: D103 — the run-time shadow of typing's
        return lambda cls: cls


_NEEDED = object()


@dataclass_transform(frozen_default=True, eq_default=True)
class _Frozen(type):
    """Turns annotated names into fields, defaults and `__match_args__`."""

    _fields: tuple[str, ...]
    _kinds: tuple[str, ...]
    _defaults: dict[str, Any]
    _places: dict[str, int]
    _blank: tuple[Any, ...]  # every field at its default, or `_NEEDED`
    _least: int  # how many values must be given at least, if none is named

    def __new__(cls, name: str, bases: tuple[type, ...], body: dict[str, Any]) -> _Frozen:
        own = body.get("__annotations__", {}) if bases and bases != (_Row,) else {}
        fields: list[str] = []
        kinds: list[str] = []
        defaults: dict[str, Any] = {}
        for base in bases:
            if isinstance(base, _Frozen):
                fields += base._fields
                kinds += base._kinds
                defaults.update(base._defaults)
        defaults.update({field: body.pop(field) for field in own if field in body})
        for place, field in enumerate(own, len(fields)):
            body[field] = _tuplegetter(place, None)
        fields += own
        kinds += own.values()
        body["__slots__"] = ()
        body["__match_args__"] = tuple(fields)
        made = super().__new__(cls, name, bases, body)
        made._fields = tuple(fields)
        made._kinds = tuple(kinds)
        made._defaults = defaults
        made._places = {field: place for place, field in enumerate(fields)}
        made._blank = tuple([defaults.get(field, _NEEDED) for field in fields])
        needed = [place for place, content in enumerate(made._blank) if content is _NEEDED]
        made._least = needed[-1] + 1 if needed else 0
        return made


class Value(_Row, metaclass=_Frozen):
    """Something that is what it is: equal by content, never changed."""

    def __new__(cls, *given: object, **named: object) -> Self:
        """Take the fields in order or by name; those with a default may be left out."""
        if named or not cls._least <= len(given) <= len(cls._fields):
            return _built(cls, given, named)
        return tuple.__new__(cls, given + cls._blank[len(given) :])  # type: ignore[type-var]

    def but(self, **changes: object) -> Self:
        """Return the same value with these fields changed."""
        cls = type(self)
        places = cls._places
        made = list(self)  # type: ignore[call-overload]  # see `_Row`
        try:
            for field, content in changes.items():
                made[places[field]] = content
        except KeyError as unknown:
            raise TypeError(f"{cls.__name__} knows no {unknown.args[0]}") from None
        return tuple.__new__(cls, made)  # type: ignore[type-var]

    def __setattr__(self, field: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__} is frozen: {field} cannot be set")

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and row(self) == row(other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash((type(self), row(self)))

    def __bool__(self) -> bool:
        return True

    def __getnewargs__(self) -> tuple[Any, ...]:
        return row(self)

    def __repr__(self) -> str:
        shown = ", ".join(f"{f}={getattr(self, f)!r}" for f in type(self)._fields)
        return f"{type(self).__name__}({shown})"


def _built(cls: type[V], given: tuple[object, ...], named: dict[str, object]) -> V:
    """Make a value some of whose fields are given by name."""
    if len(given) > len(cls._fields):
        raise TypeError(f"{cls.__name__} takes {len(cls._fields)} values, got {len(given)}")
    made = [*given, *cls._blank[len(given) :]]
    for field, content in named.items():
        place = cls._places.get(field, -1)
        if place < len(given):
            known = place >= 0
            raise TypeError(f"{cls.__name__} {'got twice' if known else 'knows no'} {field}")
        made[place] = content
    for place in range(len(given), cls._least):
        if made[place] is _NEEDED:
            raise TypeError(f"{cls.__name__} needs {cls._fields[place]!r}")
    return tuple.__new__(cls, made)  # type: ignore[type-var]


def row(value: Value) -> tuple[Any, ...]:
    """Return a value's fields in order, for storing and comparing."""
    return tuple(value)  # type: ignore[arg-type]  # see `_Row`


def whole(cls: type[V], fields: list[Any]) -> V:
    """Build a value from all its fields in order, as `row` returns them."""
    return tuple.__new__(cls, fields)  # type: ignore[type-var]


def named(value: Value) -> dict[str, Any]:
    """Return a value's fields by name, leaving out those that stand at their default."""
    cls = type(value)
    return {
        field: content
        for field, content, blank in zip(cls._fields, row(value), cls._blank, strict=True)
        if content != blank
    }


class Misfit(ValueError):
    """Stored data does not fit the value it is said to be."""


_TYPES: dict[str, frozenset[type]] = {
    "str": frozenset({str}),
    "int": frozenset({int}),
    "float": frozenset({float, int}),
    "bool": frozenset({bool}),
}

_Check = tuple[int, str, frozenset[type] | None]
_checks: dict[type[Value], dict[str, _Check]] = {}  # made when a kind of value is first read


def _checks_of(cls: type[Value]) -> dict[str, _Check]:
    made: dict[str, _Check] = {}
    for place, (field, kind) in enumerate(zip(cls._fields, cls._kinds, strict=True)):
        types = _TYPES.get(kind.removesuffix(" | None"))
        if types and kind.endswith(" | None"):
            types |= {type(None)}
        made[field] = (place, kind, types)
    _checks[cls] = made
    return made


def fit(cls: type[V], body: dict[str, Any]) -> V:
    """Build a value from stored fields; unknown ones are left out, wrong ones are a `Misfit`."""
    checks = _checks.get(cls) or _checks_of(cls)
    made = list(cls._blank)
    for field, content in body.items():
        if field not in checks:
            continue
        place, kind, types = checks[field]
        if types is not None:
            if type(content) not in types:
                raise Misfit(f"{cls.__name__}.{field} is not {kind}: {content!r:.80}")
            made[place] = content
        elif kind == "tuple[str, ...]":
            if not isinstance(content, list) or not all(isinstance(c, str) for c in content):
                raise Misfit(f"{cls.__name__}.{field} is not {kind}: {content!r:.80}")
            made[place] = tuple(content)
        else:
            made[place] = content
    for place in range(cls._least):
        if made[place] is _NEEDED:
            raise Misfit(f"{cls.__name__} lacks {cls._fields[place]!r}")
    return tuple.__new__(cls, made)  # type: ignore[type-var]


def unrow(cls: type[V], stored: list[Any], converts: dict[str, Callable[[Any], Any]]) -> V:
    """Build a value from its stored row, which this same version wrote."""
    return cls(
        *[
            converts[kind](content) if kind in converts else content
            for kind, content in zip(cls._kinds, stored, strict=True)
        ]
    )
