"""The stylesheet, parsed once a look: whoever stands by has it parsed before it is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.cache import LRUCache
from textual.css.stylesheet import Stylesheet

if TYPE_CHECKING:
    from textual.css.model import RuleSet
    from textual.css.types import CSSLocation

_parsed: LRUCache[tuple[object, ...], list[RuleSet]] = LRUCache(256)


class Sheet(Stylesheet):
    """A stylesheet that knows what others in this process have parsed for the same colours."""

    def __init__(self, *, variables: dict[str, str]) -> None:
        super().__init__(variables=variables)
        self._look = frozenset(variables.items())

    def set_variables(self, variables: dict[str, str]) -> None:
        """Take other colours."""
        super().set_variables(variables)
        self._look = frozenset(variables.items())

    def _parse_rules(
        self,
        css: str,
        read_from: CSSLocation,
        is_default_rules: bool = False,
        tie_breaker: int = 0,
        scope: str = "",
    ) -> list[RuleSet]:
        key = (self._look, css, read_from, is_default_rules, tie_breaker, scope)
        found = _parsed.get(key)
        if found is None:
            found = super()._parse_rules(css, read_from, is_default_rules, tie_breaker, scope)
            _parsed[key] = found
        return found
