"""`modelyard check`: everything that is wrong in a catalog, before anything is synthesised."""

from __future__ import annotations

from pathlib import Path

from cli.options import CatalogOption, EnvironmentOption


def check(environment: EnvironmentOption = None, catalog: CatalogOption = Path("catalog")) -> int:
    """Hold a catalog against its schema and the rules; without --environment, for every environment it has.

    One line for each problem, `file:line:column id what is wrong`. Exit code 1 if one of them is an error.
    """
    from catalog.loader import load
    from catalog.problem import CatalogErrors, Problem
    from cli.catalog_files import environment_names
    from rules import engine
    from rules.rule import Finding

    names = [environment] if environment else environment_names(catalog)
    # The same line stands in every environment that shares the entry: it is told once.
    errors: set[Problem | Finding] = set()
    warnings: set[Problem | Finding] = set()
    for name in names:
        try:
            findings = engine.check(load(catalog, name))
        except CatalogErrors as problems:
            errors.update(problems.problems)
            continue
        for finding in findings:
            (errors if finding.severity == "error" else warnings).add(finding)
    for found in sorted(errors | warnings, key=lambda found: (found.path, found.line, found.column, str(found))):
        print(found)
    print(f"{_count(len(errors), 'error')}, {_count(len(warnings), 'warning')} in {_where(names)}")
    return 1 if errors else 0


def _count(number: int, word: str) -> str:
    return f"{number or 'no'} {word}{'' if number == 1 else 's'}"


def _where(names: list[str]) -> str:
    return f"environment {names[0]}" if len(names) == 1 else f"environments {', '.join(names)}"
