"""Runs every rule of this folder over a catalog. A rule is found by lying here: nothing else has to list it."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

import rules
from catalog.entry import Catalog, Entry
from rules.rule import Finding, Rule, Violation


@dataclass(frozen=True, kw_only=True)
class LoadedRule:
    """A rule with its check, whichever of the two it has."""

    rule: Rule
    check: Callable[[Entry, Catalog], Iterator[Violation]] | None
    check_environment: Callable[[Catalog], Iterator[Violation]] | None


@cache
def all_rules() -> tuple[LoadedRule, ...]:
    """Every rule, by id."""
    found = []
    for module_info in pkgutil.iter_modules(rules.__path__):
        module = importlib.import_module(f"rules.{module_info.name}")
        rule = getattr(module, "RULE", None)
        if rule is not None:
            found.append(
                LoadedRule(
                    rule=rule,
                    check=getattr(module, "check", None),
                    check_environment=getattr(module, "check_environment", None),
                )
            )
    return tuple(sorted(found, key=lambda loaded: loaded.rule.id))


def check(catalog: Catalog) -> list[Finding]:
    """Everything the rules find, in the order of files and lines; errors and warnings together."""
    findings = set()
    for loaded in all_rules():
        if loaded.check_environment is not None:
            for violation in loaded.check_environment(catalog):
                position = catalog.environment_origin.position(violation.location, key=violation.at_key)
                findings.add(Finding.of(loaded.rule, violation, position))
        if loaded.check is not None:
            for entry in catalog.entries.values():
                for violation in loaded.check(entry, catalog):
                    position = entry.origin.position(violation.location, key=violation.at_key)
                    findings.add(Finding.of(loaded.rule, violation, position))
    return sorted(findings)
