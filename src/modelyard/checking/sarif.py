"""A report in SARIF 2.1.0, which GitHub code scanning and editors read.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/sarif-v2.1.0-os.html
https://docs.github.com/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from urllib.parse import quote

from modelyard.checking.report import CheckReport, Reported
from modelyard.rules.catalogue import explained_rules
from modelyard.rules.rule import Rule

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

Table = dict[str, object]


def as_sarif(reports: Sequence[CheckReport]) -> str:
    """One run over all reports; waived findings carry a suppression with the waiver's reason."""
    every = [one for report in reports for one in report.reported]
    used = sorted({one.finding.rule for one in every})
    driver = {
        "name": "modelyard",
        "version": version("modelyard"),
        "rules": [_descriptor(explained_rules()[rule]) for rule in used],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(one, index=used.index(one.finding.rule)) for one in every],
    }
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2, ensure_ascii=False)


def _descriptor(rule: Rule) -> Table:
    return {
        "id": rule.id,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.reason},
        "help": {"text": f"{rule.reason}\nFix: {rule.fix}\nSource: {rule.source}"},
        "defaultConfiguration": {"level": rule.severity},
    }


def _result(one: Reported, *, index: int) -> Table:
    finding = one.finding
    place = {
        "artifactLocation": {"uri": _uri(finding.path)},
        "region": {"startLine": finding.line, "startColumn": finding.column},
    }
    result: Table = {
        "ruleId": finding.rule,
        "ruleIndex": index,
        "level": finding.severity,
        "message": {"text": finding.message},
        "locations": [{"physicalLocation": place}],
        "properties": {"environments": list(one.environments)},
    }
    if one.waived is not None:
        result["suppressions"] = [{"kind": "inSource", "justification": one.waived}]
    return result


def _uri(path: str) -> str:
    """A relative reference for a file below the current directory, so that it names a file of the repository."""
    return Path(path).as_uri() if Path(path).is_absolute() else quote(path)
