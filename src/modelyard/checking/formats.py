"""A report as people, GitHub and programs read it. SARIF, which takes more words, lies beside."""

from __future__ import annotations

import json
from collections.abc import Sequence

from modelyard.catalog.problem import one_line
from modelyard.checking.report import CheckReport, Reported
from modelyard.shell.foreign_text import visible
from modelyard.shell.workflow_commands import disarmed

JSON_VERSION = 1


def as_lines(report: CheckReport) -> str:
    """One line for each finding that no waiver covers, `file:line:column id what is wrong`, and their number."""
    lines = [str(one.finding) for one in report.reported if one.waived is None]
    return "\n".join([*lines, _summary(report)])


def as_annotations(report: CheckReport) -> str:
    """GitHub's workflow commands: a run of GitHub Actions shows each at its line of the pull request.

    https://docs.github.com/actions/reference/workflow-commands-for-github-actions
    """
    return "\n".join([*(_annotation(one) for one in report.reported if one.waived is None), disarmed(_summary(report))])


def as_json(reports: Sequence[CheckReport]) -> str:
    """One object for programs; docs/rules.md says what stands in it."""
    findings = [_row(one) for report in reports for one in report.reported]
    environments = list(dict.fromkeys(name for report in reports for name in report.environments))
    counts = {
        "errors": sum(report.errors for report in reports),
        "warnings": sum(report.warnings for report in reports),
        "waived": sum(report.waived for report in reports),
    }
    document = {"version": JSON_VERSION, "environments": environments, **counts, "findings": findings}
    return json.dumps(document, indent=2, ensure_ascii=False)


def _row(one: Reported) -> dict[str, object]:
    finding = one.finding
    return {
        "path": finding.path,
        "line": finding.line,
        "column": finding.column,
        "rule": finding.rule,
        "severity": finding.severity,
        "message": finding.message,
        "environments": list(one.environments),
        "waived": one.waived,
    }


def _annotation(one: Reported) -> str:
    finding = one.finding
    places = f"file={_property(finding.path)},line={finding.line},col={finding.column},title={finding.rule}"
    return f"::{finding.severity} {places}::{_data(finding.message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _summary(report: CheckReport) -> str:
    counts = [_count(report.errors, "error"), _count(report.warnings, "warning")]
    if report.waived:
        counts.append(f"{report.waived} waived")
    names = [visible(name) for name in report.environments]
    where = f"environment {names[0]}" if len(names) == 1 else f"environments {', '.join(names)}"
    return one_line(f"{', '.join(counts)} in {where}")


def _count(number: int, word: str) -> str:
    return f"{number or 'no'} {word}{'' if number == 1 else 's'}"
