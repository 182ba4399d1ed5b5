"""Which model of the book a (provider, model) label pair means. Pure; evaluates the book's own match clauses.

Follows genai-prices: providers by id, then by clause; the first matching model of the provider, then of its
fallback providers (one step); then once more with a compact date (``-20251211``) written with dashes. Added:
the book's provider aliases, deployment names, and a repeated provider prefix (``azure/gpt-4o`` at azure).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final, Literal

from stream.pricing.book import Clause, ModelEntry, PriceBook, ProviderEntry

MAX_CACHED: Final = 10_000
_COMPACT_DATE = re.compile(r"-(20\d{2})(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?=-|:|$)")
_GATEWAY: Final = "litellm"

Miss = Literal["unknown_provider", "unknown_model"]


@dataclass(frozen=True, slots=True)
class Resolution:
    """``provider``: id in the book, or the label where it holds none. ``names``: what an override may call
    the model, most literal first. ``owner``: provider whose entry it is, another than ``provider`` after a
    fallback (variants do not hold then). ``model`` is None on a miss. ``steps``: how it was found.
    """

    provider: str
    names: tuple[str, ...]
    owner: str | None
    model: ModelEntry | None
    miss: Miss | None
    steps: tuple[str, ...]

    @property
    def by_fallback(self) -> bool:
        return self.owner != self.provider


class Resolver:
    """Resolves names against one book; remembers at most ``MAX_CACHED`` of them, misses included."""

    def __init__(self, book: PriceBook) -> None:
        self.book = book
        self._by_id = {provider.id: provider for provider in reversed(book.providers)}
        self.resolve = lru_cache(maxsize=MAX_CACHED)(self._resolve)

    def _resolve(self, provider: str, model: str) -> Resolution:
        """Resolution of two labels, "" where unknown. Case and outer spaces do not matter."""
        said, named = provider.strip().lower(), model.strip().lower()
        steps: list[str] = []
        said, named = self._through_gateway(said, named, steps)
        entry = self._provider(said, named, steps)
        here = entry.id if entry else said
        deployed = self._deployment((said, here), named, steps)
        names = tuple(dict.fromkeys((named, deployed)))
        if entry is None:
            steps.append(f"no provider answers to {provider!r}")
            return Resolution(here, names, None, None, "unknown_provider", tuple(steps))
        found = self._find(entry, deployed, steps)
        for prefix in dict.fromkeys((said, here)):
            bare = deployed.removeprefix(f"{prefix}/")
            if found is None and bare != deployed:
                steps.append(f"without the prefix {prefix}/")
                bare = self._deployment((said, here), bare, steps)
                names = tuple(dict.fromkeys((*names, bare)))
                found = self._find(entry, bare, steps)
        if found is None:
            steps.append(f"no model of {here} answers to {deployed!r}")
            return Resolution(here, names, None, None, "unknown_model", tuple(steps))
        owner, matched = found
        return Resolution(here, names, owner, matched, None, tuple(steps))

    def _through_gateway(self, said: str, named: str, steps: list[str]) -> tuple[str, str]:
        prefix, slash, rest = named.partition("/")
        if said == _GATEWAY and slash and prefix and self.provider_named(prefix):
            steps.append(f"gateway {_GATEWAY}: provider {prefix} is in the model's name")
            return prefix, rest
        return said, named

    def _deployment(self, providers: tuple[str, ...], named: str, steps: list[str]) -> str:
        for provider in providers:
            target = self.book.deployments.get(f"{provider}/{named}")
            if target is not None:
                steps.append(f"deployment {provider}/{named} is {target}")
                return target
        return named

    def provider_named(self, name: str) -> ProviderEntry | None:
        """The provider that ``name`` (lower case) means: alias, id, then match clause."""
        name = self.book.aliases.get(name, name)
        if name in self._by_id:
            return self._by_id[name]
        return next((p for p in self.book.providers if p.match and matches(p.match, name)), None)

    def _provider(self, said: str, named: str, steps: list[str]) -> ProviderEntry | None:
        entry = self.provider_named(said) if said else None
        if entry is not None:
            steps.append(f"provider {said} is {entry.id}")
            return entry
        if said not in ("", _GATEWAY):
            return None
        for candidate in self.book.providers:
            if candidate.model_match and matches(candidate.model_match, named):
                steps.append(f"provider {candidate.id}: {describe(candidate.model_match)}")
                return candidate
        return None

    def _find(self, entry: ProviderEntry, named: str, steps: list[str]) -> tuple[str, ModelEntry] | None:
        for attempt in dict.fromkeys((named, dashed_date(named))):
            for owner in (entry, *(self._by_id[f] for f in entry.fallback if f in self._by_id)):
                model = next((m for m in owner.models if matches(m.match, attempt)), None)
                if model is not None:
                    by = "" if owner is entry else f" by fallback to {owner.id}"
                    steps.append(f"model {attempt} is {model.id}{by}: {_matching(model.match, attempt)}")
                    return owner.id, model
        return None


def matches(clause: Clause, text: str) -> bool:
    """Whether ``text`` (lower case) fulfils ``clause``."""
    match clause.kind:
        case "equals":
            return text == clause.text
        case "starts_with":
            return text.startswith(clause.text)
        case "ends_with":
            return text.endswith(clause.text)
        case "contains":
            return clause.text in text
        case "regex":
            return re.search(clause.text, text) is not None
        case "or":
            return any(matches(part, text) for part in clause.parts)
        case "and":
            return all(matches(part, text) for part in clause.parts)


def dashed_date(name: str) -> str:
    """``gpt-5.2-20251211`` as ``gpt-5.2-2025-12-11``; unchanged where there is no such date."""

    def rewrite(found: re.Match[str]) -> str:
        year, month, day = found.groups()
        try:
            date(int(year), int(month), int(day))
        except ValueError:
            return found.group(0)
        return f"-{year}-{month}-{day}"

    return _COMPACT_DATE.sub(rewrite, name)


def describe(clause: Clause) -> str:
    """A clause in words."""
    if clause.parts:
        return f" {clause.kind} ".join(describe(part) for part in clause.parts)
    return f"{clause.kind.replace('_', ' ')} {clause.text!r}"


def _matching(clause: Clause, text: str) -> str:
    """The part of a clause that matched."""
    if clause.kind == "or":
        return next(_matching(part, text) for part in clause.parts if matches(part, text))
    return describe(clause)
