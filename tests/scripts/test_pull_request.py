"""The workflow of pull requests, step by step: with the real command, and a `gh` that notes what it is told.

Each step is what the workflow's file says, run by bash as the runner would, in checkouts of local repositories.
Requests try to be more than data: nothing of them may run, and nothing that they say may be obeyed.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml
from markdown_it import MarkdownIt

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "scripts" / "pull-request.sh"
WORKFLOW = ROOT / ".github" / "workflows" / "modelyard-plan.yml"
MODELYARD = Path(sys.executable).with_name("modelyard")
MARKER = "<!-- modelyard plan -->"
# Answers as GitHub would for a request whose comments are listed in $COMMENTS, one id on a line; keeps what is posted.
GH = """#!/bin/sh
printf '%s\\n' "$*" >> "$CALLS"
for argument in "$@"; do case "$argument" in body=@*) cp "${argument#body=@}" "$CALLS.body" ;; esac; done
case "$*" in *--jq*) cat "$COMMENTS" ;; esac
"""


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.com"]
    surroundings = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    done = subprocess.run(
        ["git", *identity, *arguments], cwd=folder, check=True, capture_output=True, text=True, env=surroundings
    )
    return done.stdout.strip()


def run(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    surroundings = {name: value for name, value in os.environ.items() if not name.startswith(("GITHUB_", "MODELYARD"))}
    surroundings |= {"MODELYARD": str(MODELYARD), **variables}
    return subprocess.run(
        [SCRIPT, *arguments], cwd=folder, env=surroundings, capture_output=True, text=True, timeout=60
    )


@dataclass
class Ended:
    """A run of the workflow: how it ended, what it printed and what it posted."""

    failed: str = ""
    log: str = ""
    comment: str = ""
    calls: str = ""
    outputs: dict[str, str] = field(default_factory=dict)
    summary: str = ""


@dataclass
class Hub:
    """A repository with requests, as GitHub has it, and the machines that its workflow runs on."""

    folder: Path

    @property
    def origin(self) -> Path:
        """The repository; its work tree is where a test writes."""
        return self.folder / "we" / "ours"

    def edit(self, path: str, before: str, after: str) -> None:
        file = self.origin / "catalog" / path
        text = file.read_text("utf-8")
        assert before in text
        file.write_text(text.replace(before, after, 1), encoding="utf-8")

    def append(self, path: str, text: str) -> None:
        with (self.origin / "catalog" / path).open("a") as file:
            file.write(text)

    def commit(self) -> str:
        git(self.origin, "add", "--all", "--force")
        git(self.origin, "commit", "--quiet", "--allow-empty", "--message", "x")
        return git(self.origin, "rev-parse", "HEAD")

    def request(self) -> None:
        """What lies in the work tree becomes the head of request 7."""
        git(self.origin, "update-ref", "refs/pull/7/head", self.commit())

    def workflow(self, *, artifact: bytes | None = None, approval: str = "") -> Ended:
        """Run both jobs as the base's own file says; `artifact` is handed over by a first job that is not ours."""
        base = git(self.origin, "rev-parse", "main")
        jobs = yaml.safe_load(git(self.origin, "show", "main:.github/workflows/modelyard-plan.yml"))["jobs"]
        temporary = self.folder / "runner"
        for made in (temporary, self.folder / "plan", self.folder / "decide"):
            shutil.rmtree(made, ignore_errors=True)
        temporary.mkdir()
        tools = self.folder / "tools"
        tools.mkdir(exist_ok=True)
        (tools / "gh").write_text(GH)
        (tools / "gh").chmod(0o755)
        (temporary / "comments").touch()
        known = {
            "github.event.pull_request.base.sha": base,
            "github.event.pull_request.number": "7",
            "github.server_url": f"file://{self.folder}",
            "github.repository": "we/ours",
            "github.token": "a-token",
            "runner.temp": str(temporary),
            "vars.MODELYARD_APPROVAL_ENVIRONMENT": approval,
        }
        ended = Ended()
        if artifact is None:
            self._job("plan", jobs["plan"], known, ended)
        made = temporary / "plan" / "plan.json"
        if not ended.failed:
            (temporary / "received").mkdir()
            (temporary / "received" / "plan.json").write_bytes(made.read_bytes() if artifact is None else artifact)
        ended.failed = ""
        self._job("decide", jobs["decide"], known, ended)
        posted, calls = temporary / "calls.body", temporary / "calls"
        ended.comment = posted.read_text("utf-8") if posted.exists() else ""
        ended.calls = calls.read_text() if calls.exists() else ""
        return ended

    def _job(self, name: str, job: dict[str, Any], known: dict[str, str], ended: Ended) -> None:
        checkout, temporary = self.folder / name, Path(known["runner.temp"])
        assert job["steps"][0]["with"]["ref"] == "${{ github.event.pull_request.base.sha }}"
        git(self.folder, "clone", "--quiet", f"file://{self.origin}", str(checkout))
        git(checkout, "checkout", "--quiet", "--detach", known["github.event.pull_request.base.sha"])
        for step in job["steps"]:
            if "run" not in step or "pip install" in step["run"]:
                continue
            output, summary = temporary / "output", temporary / "summary"
            for file in (output, summary):
                file.write_text("")
            variables = {
                key: re.sub(r"\$\{\{ (.*?) \}\}", lambda found: known.get(found[1], ""), value)
                for key, value in step.get("env", {}).items()
            }
            # What a step runs is the file's own text: nothing of an event may be pasted into it.
            assert "${{" not in step["run"]
            surroundings = {
                "PATH": f"{self.folder / 'tools'}:{os.environ['PATH']}", "HOME": str(temporary),
                "GITHUB_ACTIONS": "true",
                "GITHUB_OUTPUT": str(output), "GITHUB_STEP_SUMMARY": str(summary), "MODELYARD": str(MODELYARD),
                "CALLS": str(temporary / "calls"), "COMMENTS": str(temporary / "comments"), **variables,
            }  # fmt: skip
            done = subprocess.run(
                ["bash", "-e", "-o", "pipefail", "-c", step["run"]],
                cwd=checkout, env=surroundings, capture_output=True, text=True, timeout=120,
            )  # fmt: skip
            ended.log += f"{done.stdout}\n{done.stderr}\n"
            ended.summary += summary.read_text("utf-8")
            for line in output.read_text().splitlines():
                key, _, value = line.partition("=")
                known[f"steps.{step['id']}.outputs.{key}"] = ended.outputs[key] = value
            if done.returncode != 0:
                ended.failed = f"{step['name']}: {done.returncode}"
                return


@pytest.fixture
def hub(tmp_path: Path) -> Hub:
    """A repository whose main branch has a catalog, the scripts and the workflow; no request yet."""
    made = Hub(tmp_path)
    shutil.copytree(ROOT / "tests" / "catalogs" / "four-kinds", made.origin / "catalog")
    shutil.copytree(ROOT / "scripts", made.origin / "scripts", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / ".github", made.origin / ".github")
    git(made.origin, "init", "--quiet", "--initial-branch", "main")
    git(made.origin, "config", "uploadpack.allowAnySHA1InWant", "true")
    made.commit()
    git(made.origin, "checkout", "--quiet", "-b", "theirs")
    return made


def policy_on_main(hub: Hub, policy: str) -> None:
    git(hub.origin, "checkout", "--quiet", "main")
    hub.append("organisation.yaml", f"plan_policy: {{{policy}}}\n")
    hub.commit()
    git(hub.origin, "checkout", "--quiet", "-B", "theirs")


def test_a_request_is_planned_against_the_branch_it_goes_into(hub):
    hub.edit("endpoints/chat.yaml", "max: 3", "max: 4")
    hub.request()
    ended = hub.workflow()
    assert ended.failed == "" and ended.outputs["exit_code"] == "0"
    assert ended.comment.startswith(f"{MARKER}\n### modelyard plan: within policy, ")
    assert "**`local`** (`000000000000` `us-east-1`): 1 updated in place, 4 unchanged" in ended.comment
    assert (
        "--method POST repos/we/ours/issues/7/comments" in ended.calls
        and ended.summary.strip() == ended.comment.strip()
    )


def test_what_main_has_got_meanwhile_is_not_part_of_the_request(hub):
    hub.edit("endpoints/chat.yaml", "max: 3", "max: 4")
    hub.request()
    git(hub.origin, "checkout", "--quiet", "main")
    hub.edit("endpoints/shelf.yaml", "max: 2", "max: 9")
    hub.commit()
    ended = hub.workflow()
    assert "`chat`" in ended.comment and "`shelf`" not in ended.comment


@pytest.mark.parametrize(
    ("policy", "approval", "failed", "code"),
    [
        ("monthly_increase_usd: {approve: 100}, refused_update: warn", "costs", "", "3"),
        ("monthly_increase_usd: {approve: 100}, refused_update: warn", "", "Decide: 3", "3"),
        ("monthly_increase_usd: {block: 100}", "costs", "Decide: 4", "4"),
        ("figure: low", "costs", "", "6"),
        ("figure: low", "", "Decide: 6", "6"),
    ],
)
def test_the_policy_of_the_branch_decides(hub, policy, approval, failed, code):
    policy_on_main(hub, policy)
    hub.edit("endpoints/chat.yaml", "ml.g5.2xlarge", "ml.g5.4xlarge")
    hub.request()
    ended = hub.workflow(approval=approval)
    assert (ended.failed, ended.outputs["exit_code"]) == (failed, code)


def test_a_broken_catalog_is_annotated_and_told_in_the_comment(hub):
    hub.edit("endpoints/chat.yaml", "kind: real-time", "kind: realtime")
    hub.request()
    ended = hub.workflow()
    assert ended.failed == "Decide: 1" and ended.comment.startswith(MARKER)
    assert "catalog/endpoints/chat.yaml:1:7 MY006" in ended.comment
    assert "::error file=catalog/endpoints/chat.yaml,line=1,col=7" in ended.log


FREE = """\
prices:
  - {usage: everything, discount_percent: 100, reason: a gift, since: "2026-01-01", until: "2099-12-31"}
"""


def test_a_request_cannot_make_its_own_prices(hub):
    policy_on_main(hub, "monthly_increase_usd: {block: 10}")
    hub.append("organisation.yaml", FREE)
    hub.request()
    assert hub.workflow().failed == "Decide: 5"
    assert hub.workflow(approval="costs").failed == ""
    hub.edit("endpoints/chat.yaml", "{min: 1, max: 3}", "{min: 4, max: 8}")
    hub.request()
    assert hub.workflow(approval="costs").failed == "Decide: 4"


def test_a_request_cannot_lift_the_policy_that_it_is_judged_by(hub):
    policy_on_main(hub, "monthly_increase_usd: {block: 10}")
    hub.edit("organisation.yaml", "plan_policy: {monthly_increase_usd: {block: 10}}", "plan_policy: {}")
    hub.edit("endpoints/chat.yaml", "{min: 1, max: 3}", "{min: 4, max: 8}")
    hub.request()
    assert hub.workflow(approval="costs").failed == "Decide: 4"


PWNED = "pwned-by-the-request"


def test_nothing_that_a_request_brings_along_is_run(hub, tmp_path):
    policy_on_main(hub, "monthly_increase_usd: {block: 10}")
    pwned = tmp_path / PWNED
    shell, python = f"#!/bin/sh\ntouch '{pwned}'\nexit 0\n", f"open({str(pwned)!r}, 'w')\n"
    files = {
        **dict.fromkeys(
            ("scripts/pull-request.sh", ".venv/bin/modelyard", ".venv/bin/python", "python3", "gh", "git"), shell
        ),
        **dict.fromkeys((".githooks/post-checkout", ".husky/pre-commit", "Makefile", ".envrc"), shell),
        **dict.fromkeys(
            (
                "scripts/plan_artifact.py",
                "src/modelyard/cli/main.py",
                "src/modelyard/catalog/__init__.py",
                "src/modelyard/rules/__init__.py",
            ),
            python,
        ),
        **dict.fromkeys(("sitecustomize.py", "json.py", "yaml.py", "conftest.py", "scripts/json.py", "app.py"), python),
        ".gitattributes": "* filter=evil merge=evil diff=evil\n",
        ".gitconfig": f'[filter "evil"]\n\tsmudge = touch {pwned}\n[core]\n\tfsmonitor = touch {pwned}\n',
        ".gitmodules": f'[submodule "x"]\n\tpath = x\n\turl = "!touch {pwned}"\n\tupdate = !touch {pwned}\n',
        "pyproject.toml": '[build-system]\nrequires = ["evil"]\nbuild-backend = "evil"\n',
        "requirements.txt": "evil==1\n",
        ".github/workflows/modelyard-plan.yml": f"jobs: {{plan: {{steps: [{{run: touch {pwned}}}]}}}}\n",
        "catalog/.gitattributes": "* filter=evil\n",
    }
    for name, text in files.items():
        path = hub.origin / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o755)
    hub.edit("endpoints/chat.yaml", "{min: 1, max: 3}", "{min: 4, max: 8}")
    hub.request()
    git(hub.origin, "checkout", "--quiet", "--force", "main")
    ended = hub.workflow(approval="costs")
    assert ended.failed == "Decide: 4" and not pwned.exists()
    # Two checkouts were made, and neither has a file of the request.
    assert not list(tmp_path.glob("plan/**/sitecustomize.py")) and not list(tmp_path.glob("decide/**/sitecustomize.py"))


NAMES = [
    "x\n::error ::pwned\n.yaml", "$(touch pwned).yaml", "`touch pwned`.yaml", "a'; touch pwned; '.yaml", "-rf.yaml",
    "%0A::set-output name=exit_code::0.yaml", "##[error]x.yaml", "exit_code=0\nexit_code=0.yaml", "\u202eevil.yaml",
    "@everyone <!-- .yaml",
]  # fmt: skip


def test_no_name_of_a_file_is_obeyed(hub, tmp_path):
    for name in NAMES:
        (hub.origin / "catalog" / "endpoints" / name).write_text(f"kind: {json.dumps(name)}\n")
    hub.request()
    ended = hub.workflow(approval="costs")
    assert ended.failed == "Decide: 1" and not list(tmp_path.rglob("pwned"))
    obeyed = [line for line in ended.log.splitlines() if line.lstrip().startswith("::") or "##[" in line]
    ours = ("::error file=catalog/endpoints/", "::error::nothing could be planned")
    assert obeyed and all(line.startswith(ours) for line in obeyed), obeyed
    assert "<!--" not in MarkdownIt("commonmark").render(ended.comment.removeprefix(MARKER))


@pytest.mark.parametrize(
    "prepare",
    [
        lambda catalog: (catalog / "endpoints" / "secret.yaml").symlink_to("/etc/passwd"),
        lambda catalog: (shutil.rmtree(catalog / "endpoints"), (catalog / "endpoints").symlink_to("/etc")),
        lambda catalog: (
            (catalog / "organisation.yaml").unlink() or (catalog / "organisation.yaml").symlink_to("/dev/zero")
        ),
    ],
)
def test_a_link_is_not_followed(hub, prepare):
    prepare(hub.origin / "catalog")
    hub.request()
    ended = hub.workflow(approval="costs")
    assert ended.failed == "Decide: 1" and "symbolic link" in ended.comment and "root:" not in ended.comment + ended.log


def test_a_request_that_conflicts_fails_and_is_not_skipped(hub):
    hub.edit("endpoints/chat.yaml", "max: 3", "max: 4")
    hub.request()
    git(hub.origin, "checkout", "--quiet", "main")
    hub.edit("endpoints/chat.yaml", "max: 3", "max: 5")
    hub.commit()
    ended = hub.workflow(approval="costs")
    assert "cannot be merged without conflicts" in ended.log and ended.failed.startswith("Hold the plan")
    assert yaml.safe_load(WORKFLOW.read_text("utf-8"))["jobs"]["decide"]["if"] == "always()"


FORGED = {"version": 1, "exit_code": 0, "comment": f"{MARKER}\nok"}


@pytest.mark.parametrize(
    "artifact",
    [
        b"", b"null", b"[" * 100_000, b"\xff", json.dumps({**FORGED, "number": 8}).encode(),
        json.dumps({**FORGED, "exit_code": True}).encode(),
        json.dumps({**FORGED, "exit_code": "0\nexit_code=0"}).encode(),
        json.dumps({**FORGED, "exit_code": 7}).encode(), json.dumps({**FORGED, "comment": "hello"}).encode(),
        json.dumps({**FORGED, "comment": MARKER + "x" * 70_000}).encode(),
        b" " * 2_000_000, json.dumps([FORGED]).encode(),
        json.dumps({**FORGED, "version": 2}).encode(),
    ],
)  # fmt: skip
def test_a_plan_of_another_form_is_refused_before_anything_is_written(hub, artifact):
    hub.request()
    ended = hub.workflow(artifact=artifact, approval="costs")
    assert ended.failed == "Hold the plan against its form: 1" and ended.calls == ""
    assert "is refused: " in ended.log and "Traceback" not in ended.log


@pytest.mark.parametrize("number", ["", "7/merge", "7 8", "-7", "x", "7;touch pwned"])
def test_only_a_number_names_a_request(tmp_path, number):
    done = run(tmp_path, "fetch", "origin", number, "HEAD")
    assert done.returncode == 2 and "no number of a request" in done.stderr


def test_the_workflow_gives_each_job_what_it_needs_and_nothing_else():
    workflow = yaml.safe_load(WORKFLOW.read_text("utf-8"))
    jobs = workflow["jobs"]
    # YAML 1.1 reads the key `on` as a truth value.
    assert list(workflow[True]) == ["pull_request_target"] and workflow["permissions"] == {}
    assert jobs["plan"]["permissions"] == {"contents": "read"}
    assert jobs["decide"]["permissions"] == {"contents": "read", "pull-requests": "write"}
    text = WORKFLOW.read_text("utf-8")
    assert "secrets." not in text and "pull_request.head" not in text and "head_ref" not in text
    for job in jobs.values():
        for step in job["steps"]:
            if "uses" in step:
                assert re.search(r"@[0-9a-f]{40}$", step["uses"])
            if step.get("uses", "").startswith("actions/checkout"):
                assert step["with"]["ref"] == "${{ github.event.pull_request.base.sha }}"
                assert step["with"]["persist-credentials"] is False
    tokens = [step["name"] for step in jobs["plan"]["steps"] if "github.token" in str(step.get("env"))]
    assert tokens == ["Fetch the request as data"]


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
        ("5", "cost-approval", 0),
        ("5", "", 5),
        ("6", "cost-approval", 0),
        ("6", "", 6),
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
    assert done.returncode == 2 and "say fetch, plan, receive, comment or decide" in done.stderr


def test_actionlint_has_nothing_to_say():
    actionlint = Path(sys.executable).with_name("actionlint")
    done = subprocess.run(
        [actionlint, "-shellcheck=", "-pyflakes=", WORKFLOW], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stdout
