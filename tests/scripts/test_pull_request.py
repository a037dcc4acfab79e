"""The script that the workflow of pull requests runs: with the real command, and a `gh` that notes what it is told."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "scripts" / "pull-request.sh"
MODELYARD = Path(sys.executable).with_name("modelyard")
MARKER = "<!-- modelyard plan -->"
# Answers as GitHub would for a request whose comments are listed in $COMMENTS, one id on a line.
GH = """#!/bin/sh
printf '%s\\n' "$*" >> "$CALLS"
case "$*" in *--jq*) cat "$COMMENTS" ;; esac
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A merge of a pull request, whose first parent is the branch that it goes into."""
    folder = tmp_path / "checkout"
    shutil.copytree(ROOT / "tests" / "catalogs" / "four-kinds", folder / "catalog")
    git(folder, "init", "--quiet", "--initial-branch", "main")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "--message", "base")
    entry = folder / "catalog" / "endpoints" / "chat.yaml"
    entry.write_text(entry.read_text("utf-8").replace("ml.g5.2xlarge", "ml.g5.4xlarge"), encoding="utf-8")
    git(folder, "commit", "--quiet", "--all", "--message", "merge")
    return folder


def git(folder: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.com"]
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)


def run(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    surroundings = {name: value for name, value in os.environ.items() if not name.startswith("GITHUB_")}
    surroundings |= {"MODELYARD": str(MODELYARD), **variables}
    return subprocess.run(
        [SCRIPT, *arguments], cwd=folder, env=surroundings, capture_output=True, text=True, timeout=60
    )


def planned(folder: Path) -> tuple[str, str, str]:
    """The comment, what the step gives on, and what the run's summary shows."""
    comment, output, summary = folder / "plan.md", folder / "output", folder / "summary"
    done = run(folder, "plan", "HEAD^1", str(comment), GITHUB_OUTPUT=str(output), GITHUB_STEP_SUMMARY=str(summary))
    assert done.returncode == 0, done.stderr
    return comment.read_text("utf-8"), output.read_text("utf-8"), summary.read_text("utf-8")


def test_a_request_is_planned_against_the_branch_it_goes_into(checkout):
    comment, output, summary = planned(checkout)
    assert re.match(rf"{MARKER}\n### modelyard plan: warnings, \+\$[1-9][0-9,.]* a month \(\+", comment)
    assert "**local** (000000000000 us-east-1): 1 updated in place, 4 unchanged" in comment
    assert output == "exit_code=0\n" and summary == comment


def test_a_policy_gives_its_exit_code_on(checkout):
    with (checkout / "catalog" / "organisation.yaml").open("a") as file:
        file.write("plan_policy: {monthly_increase_usd: {approve: 100}}\n")
    comment, output, _ = planned(checkout)
    assert output == "exit_code=3\n" and "plan: needs approval, +$" in comment


def test_a_broken_catalog_is_annotated_and_told_in_the_comment(checkout):
    entry = checkout / "catalog" / "endpoints" / "chat.yaml"
    entry.write_text(entry.read_text("utf-8").replace("kind: real-time", "kind: realtime"), encoding="utf-8")
    comment, output, _ = planned(checkout)
    assert output == "exit_code=1\n" and comment.startswith(MARKER)
    assert "catalog/endpoints/chat.yaml:1:7 MY006" in comment
    done = run(checkout, "plan", "HEAD^1", str(checkout / "plan.md"))
    assert "::error file=catalog/endpoints/chat.yaml,line=1,col=7" in done.stdout


@pytest.mark.parametrize(
    ("known", "call"),
    [
        ("", "--method POST repos/we/ours/issues/7/comments"),
        ("41\n52\n", "--method PATCH repos/we/ours/issues/comments/41"),
    ],
)
def test_there_is_one_comment_however_often_it_is_written(tmp_path, known, call):
    gh, calls, comments = tmp_path / "gh", tmp_path / "calls", tmp_path / "comments"
    gh.write_text(GH)
    gh.chmod(0o755)
    comments.write_text(known)
    variables = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "CALLS": str(calls), "COMMENTS": str(comments)}
    done = run(tmp_path, "comment", "we/ours", "7", "plan.md", **variables)
    assert done.returncode == 0, done.stderr
    asked, written = calls.read_text().splitlines()
    assert 'startswith("<!-- modelyard plan -->")' in asked and "github-actions[bot]" in asked
    assert written == f"api --silent {call} --field body=@plan.md"


@pytest.mark.parametrize(
    ("code", "environment", "ends"),
    [
        ("0", "", 0),
        ("3", "cost-approval", 0),
        ("3", "", 3),
        ("4", "cost-approval", 4),
        ("1", "", 1),
        ("2", "", 1),
        ("", "", 1),
    ],
)
def test_a_request_fails_where_the_plan_says_so_and_nobody_could_approve_it(tmp_path, code, environment, ends):
    assert run(tmp_path, "decide", code, environment).returncode == ends


def test_a_word_that_the_script_does_not_know_is_refused(tmp_path):
    done = run(tmp_path, "plann")
    assert done.returncode == 2 and "say plan, comment or decide" in done.stderr


def test_actionlint_has_nothing_to_say():
    actionlint = Path(sys.executable).with_name("actionlint")
    workflow = ROOT / ".github" / "workflows" / "modelyard-plan.yml"
    done = subprocess.run(
        [actionlint, "-shellcheck=", "-pyflakes=", workflow], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stdout
