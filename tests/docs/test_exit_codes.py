"""One table has the exit code of every command."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

from modelyard.cli.main import STOPPED_BY_CTRL_C, VERBS
from modelyard.planning import policy
from modelyard.planning.base import NOT_PLANNED

PAGE = Path(__file__).parents[2] / "docs" / "operating.md"


def rows() -> dict[str, dict[str, str]]:
    section = PAGE.read_text("utf-8").split("## Exit codes\n")[1].split("\n## ")[0]
    found: dict[str, dict[str, str]] = {}
    for command, code, meaning in re.findall(r"^\| `?([a-z-]+)`? \| (\w+) \| (.+) \|$", section, re.MULTILINE):
        if command != "command":
            assert code not in found.setdefault(command, {}), f"{command} {code} is there twice"
            found[command][code] = meaning
    return found


def test_every_command_is_in_the_table_and_nothing_else():
    assert set(rows()) == {*VERBS, "every"}
    assert set(rows()["every"]) == {"0", "1", "2", str(STOPPED_BY_CTRL_C)}


def test_a_plan_has_the_codes_of_the_table():
    codes = {policy.NEEDS_APPROVAL, policy.FORBIDDEN, policy.RULES_CHANGE, policy.UPDATE_REFUSED, NOT_PLANNED, 0, 1}
    assert {int(code) for code in rows()["plan"]} == codes


def test_what_a_command_says_of_its_codes_stands_in_the_table():
    for verb in VERBS:
        module = importlib.import_module(f"modelyard.cli.commands.{verb.replace('-', '_')}")
        said = getattr(module, verb.replace("-", "_")).__doc__ if verb not in ("prices", "quotas", "report") else ""
        # "Exit code 0: ...", "3 when there are some"
        for sentence in re.findall(r"Exit code .+", said or "", re.DOTALL):
            for code in re.findall(r"\b([1-9])\b(?=[:,]| where| when)", sentence):
                assert code in rows()[verb] | rows()["every"], f"{verb} {code}"
