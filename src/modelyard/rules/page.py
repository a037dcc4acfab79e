"""Writes the generated part of docs/rules.md: `python -m modelyard.rules.page`; a test holds it to the rules."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import yaml

from modelyard.rules.catalogue import explained_rules
from modelyard.rules.engine import waivable_rules

PAGE = Path(__file__).resolve().parents[3] / "docs" / "rules.md"
MARK = "<!-- Everything below is written by `python -m modelyard.rules.page`. -->\n"


def generated_part() -> str:
    """The table of all ids, and the table of what AWS refuses with where it is told."""
    return f"{_ids()}\n{_subjects()}"


def page_with(generated: str, page: str) -> str:
    """The page with its generated part replaced."""
    written, mark, _ = page.partition(MARK)
    if not mark:
        raise ValueError(f"docs/rules.md has lost its line {MARK.strip()}")
    return f"{written}{mark}\n{generated}"


def _ids() -> str:
    lines = [
        "## All ids\n",
        "`modelyard explain <id>` adds the reason, the source, the fix and two examples.\n",
        "| id | severity | waivable | what it asks for |",
        "|---|---|---|---|",
    ]
    for rule in explained_rules().values():
        waivable = "yes" if rule.id in waivable_rules() else ""
        lines.append(f"| {rule.id} | {rule.severity} | {waivable} | {_cell(rule.title)} |")
    return "\n".join(lines) + "\n"


def _subjects() -> str:
    rows = yaml.safe_load(resources.files("modelyard.rules").joinpath("subjects.yaml").read_text("utf-8"))
    lines = [
        "## What AWS refuses, and where it is told\n",
        "| | subject | ids | cannot happen, because | not told yet | AWS says |",
        "|---|---|---|---|---|---|",
    ]
    for number, row in enumerate(rows, start=1):
        cells = (
            row["subject"],
            " ".join(row.get("rules", ())),
            row.get("elsewhere", ""),
            row.get("not_yet", ""),
            f"[source]({row['source']})",
        )
        lines.append(f"| {number} | {' | '.join(_cell(cell) for cell in cells)} |")
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(page_with(generated_part(), PAGE.read_text("utf-8")), encoding="utf-8")
