"""Every id that a check can print, with its explanation."""

from __future__ import annotations

from functools import cache

from modelyard.rules.engine import all_rules
from modelyard.rules.file_checks import FILE_CHECKS
from modelyard.rules.rule import Rule


@cache
def explained_rules() -> dict[str, Rule]:
    """The checks of files and the rules, by id, in the order of their ids."""
    rules = (*FILE_CHECKS, *(loaded.rule for loaded in all_rules()))
    return {rule.id: rule for rule in sorted(rules, key=lambda rule: rule.id)}
