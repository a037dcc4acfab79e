"""Runs every rule of this folder over a catalog. A rule is found by lying here: nothing else has to list it."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache

import modelyard.rules
from modelyard.catalog.entry import Catalog, Entry
from modelyard.catalog.merge import Origin
from modelyard.rules.rule import Finding, Rule, Violation, WaiverUse


@dataclass(frozen=True, kw_only=True)
class LoadedRule:
    """A rule with its check, whichever of the four it has."""

    rule: Rule
    check: Callable[[Entry, Catalog], Iterator[Violation]] | None
    check_environment: Callable[[Catalog], Iterator[Violation]] | None
    check_day: Callable[[Entry, date], Iterator[Violation]] | None
    check_waivers: Callable[[Entry, WaiverUse], Iterator[Violation]] | None


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """What the rules find, in the order of files and lines: what is to be dealt with, and what an entry waives."""

    findings: tuple[Finding, ...]
    waived: tuple[tuple[Finding, str], ...]


@cache
def all_rules() -> tuple[LoadedRule, ...]:
    """Every rule, by id."""
    found = []
    for module_info in pkgutil.iter_modules(modelyard.rules.__path__):
        module = importlib.import_module(f"modelyard.rules.{module_info.name}")
        rule = getattr(module, "RULE", None)
        if rule is not None:
            found.append(
                LoadedRule(
                    rule=rule,
                    check=getattr(module, "check", None),
                    check_environment=getattr(module, "check_environment", None),
                    check_day=getattr(module, "check_day", None),
                    check_waivers=getattr(module, "check_waivers", None),
                )
            )
    return tuple(sorted(found, key=lambda loaded: loaded.rule.id))


def judge(catalog: Catalog, *, today: date | None = None) -> Judgement:
    """Everything the rules find; what depends on the day is told to who says which day it is.

    A synth names no day: the same files give the same answer.
    """
    findings = {
        finding
        for loaded in all_rules()
        if loaded.check_environment is not None
        for finding in _findings(loaded.rule, catalog.environment_origin, loaded.check_environment(catalog))
    }
    waived: dict[Finding, str] = {}
    for entry in catalog.entries.values():
        broken = {
            finding
            for loaded in all_rules()
            if loaded.check is not None
            for finding in _findings(loaded.rule, entry.origin, loaded.check(entry, catalog))
        }
        reasons = _reasons(entry, today)
        waived.update((finding, reasons[finding.rule]) for finding in broken if finding.rule in reasons)
        findings |= {finding for finding in broken if finding.rule not in reasons}
        if today is not None:
            findings |= _of_the_day(entry, today)
        if entry.endpoint.waivers:
            findings |= _about_waivers(entry, broken, today)
    return Judgement(findings=tuple(sorted(findings)), waived=tuple(sorted(waived.items())))


def _findings(rule: Rule, origin: Origin, violations: Iterable[Violation]) -> Iterator[Finding]:
    for violation in violations:
        yield Finding.of(rule, violation, origin.position(violation.location, key=violation.at_key))


def _reasons(entry: Entry, today: date | None) -> dict[str, str]:
    """Why the entry may break a rule, by the rule's id, for the waivers that hold."""
    return {
        waiver.rule: waiver.reason
        for waiver in entry.endpoint.waivers
        if (today is None or today <= waiver.until) and waiver.rule in waivable_rules()
    }


@cache
def waivable_rules() -> frozenset[str]:
    """The ids that an entry's waivers may name: its own warnings, and the errors that are marked."""
    return frozenset(loaded.rule.id for loaded in all_rules() if loaded.check is not None and loaded.rule.may_be_waived)


def _of_the_day(entry: Entry, today: date) -> set[Finding]:
    return {
        finding
        for loaded in all_rules()
        if loaded.check_day is not None
        for finding in _findings(loaded.rule, entry.origin, loaded.check_day(entry, today))
    }


def _about_waivers(entry: Entry, broken: Iterable[Finding], today: date | None) -> set[Finding]:
    known = {loaded.rule.id: loaded.rule for loaded in all_rules() if loaded.check is not None}
    use = WaiverUse(rules=known, broken=frozenset(finding.rule for finding in broken), today=today)
    return {
        finding
        for loaded in all_rules()
        if loaded.check_waivers is not None
        for finding in _findings(loaded.rule, entry.origin, loaded.check_waivers(entry, use))
    }
