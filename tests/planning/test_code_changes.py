"""What a change of the project's own code deploys: in its checkout the base is described by the base's code."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
CODE = ("src/modelyard", "constructs", "stacks", "lambdas", "flink", "app.py", "cdk.json")
ROOTS = ("src", "constructs", "stacks")


class Checkout:
    """A checkout of the project, run by its own code."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in CODE:
            source, target = ROOT / name, folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            if source.is_dir():
                shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(source, target)
        shutil.copytree(ROOT / "tests" / "catalogs" / "shipped", folder / "catalog")
        self.git("init", "--quiet", "--initial-branch", "main")
        self.commit()

    def git(self, *arguments: str) -> None:
        own = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_AUTHOR_NAME": "t", "GIT_AUTHOR_EMAIL": "t@example.com"}
        own |= {"GIT_COMMITTER_NAME": "t", "GIT_COMMITTER_EMAIL": "t@example.com"}
        subprocess.run(["git", *arguments], cwd=self.folder, env={**os.environ, **own}, check=True)

    def commit(self) -> None:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "a commit")

    def edit(self, path: str, before: str, after: str) -> None:
        file = self.folder / path
        text = file.read_text("utf-8")
        assert before in text
        file.write_text(text.replace(before, after, 1), encoding="utf-8")

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        paths = [str(self.folder / root) for root in ROOTS]
        program = f"import sys; sys.path[:0] = {paths!r}; from modelyard.cli.main import main; main()"
        command = [sys.executable, "-P", "-c", program, "plan", "-e", "local", *arguments]
        return subprocess.run(command, cwd=self.folder, capture_output=True, text=True)

    def plan(self, *arguments: str) -> dict[str, Any]:
        run = self.run("--json", *arguments)
        assert run.stdout, run.stderr
        [environment] = json.loads(run.stdout)["environments"]
        return dict(environment)


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path / "checkout")


def count(environment: dict[str, Any], type_of: str, effect: str) -> int:
    return sum(one["resources"].get(type_of) == effect for one in environment["endpoints"])


def test_another_factor_of_safety_replaces_every_fleet_and_the_plan_says_so(checkout: Checkout) -> None:
    checkout.edit("src/modelyard/capacity/start_time.py", "SAFETY_FACTOR = ", "SAFETY_FACTOR = 1 + ")
    planned = checkout.plan()
    assert count(planned, "EndpointConfig", "replace") == 6
    actions = Counter(one["action"] for one in planned["endpoints"])
    assert actions == {"updated": 6, "unchanged": 1}


def test_another_threshold_changes_the_alarm_of_every_endpoint_and_the_plan_says_so(checkout: Checkout) -> None:
    checkout.edit("src/modelyard/catalog/objectives.py", "threshold=", "threshold=7 + ")
    planned = checkout.plan()
    touched = [name for one in planned["endpoints"] for name in one["resources"] if name.endswith("Alarm")]
    assert touched
    assert {one["action"] for one in planned["endpoints"] if one["resources"]} == {"updated"}


def test_what_another_commit_of_a_function_deploys_is_an_update_of_the_foundation(checkout: Checkout) -> None:
    signals = "signals: {stream: on-demand, alarms: {email: [a@example.com]}}\nregion:"
    checkout.edit("catalog/environments/local.yaml", "region:", signals)
    checkout.commit()
    checkout.edit("lambdas/stream_processor/window.py", '"""', '"""Another word. ')
    foundation = checkout.plan()["foundation"]
    assert foundation["resources"] == {"StreamProcessor": "update"}
    assert "Of the foundation's resources 1 is updated in place: StreamProcessor." in foundation["sentences"]


def test_each_side_of_a_change_of_code_costs_and_starts_what_its_own_code_deploys(checkout: Checkout) -> None:
    """One alarm less, one instance more to begin with, answers that are kept twice as long: no entry differs."""
    checkout.edit("src/modelyard/catalog/objectives.py", '    yield "Disk", endpoint.slo.disk_percent\n', "")
    first = "max(plan.endpoint.scaling.instances.min, 1)"
    checkout.edit("constructs/modelyard_constructs/endpoint_configuration.py", first, f"1 + {first}")
    checkout.edit("stacks/modelyard_stacks/foundation.py", "ASYNC_KEEP_DAYS = 30", "ASYNC_KEEP_DAYS = 60")
    planned = {one["name"]: one for one in checkout.plan()["endpoints"]}
    chat, summaries = planned["support-chat"], planned["document-summaries"]
    words = {side: [line["what"] for line in chat[side]["lines"]] for side in ("before", "after")}
    alarms = [int(one.split()[0]) for found in words.values() for one in found if one.endswith("metrics in alarms")]
    assert alarms[0] - 1 == alarms[1]
    assert any("starts 2 new" in sentence for sentence in chat["sentences"]), chat["sentences"]
    kept = [next(line["what"] for line in summaries[side]["lines"] if line["what"].startswith("requests and answers"))
            for side in ("before", "after")]  # fmt: skip
    assert kept == ["requests and answers, kept 30 days", "requests and answers, kept 60 days"]


def test_code_of_head_is_not_run(checkout: Checkout) -> None:
    checkout.git("checkout", "--quiet", "-b", "request")
    checkout.edit("src/modelyard/planning/snapshot.py", "from __future__", "raise ValueError\nfrom __future__")
    checkout.commit()
    checkout.git("checkout", "--quiet", "main")
    run = checkout.run("--json", "--base", "main", "--head", "request")
    assert run.returncode == 0, run.stderr
    [note] = [note for note in json.loads(run.stdout)["notes"] if "code" in note]
    assert "Nothing of --head is run" in note


def test_a_base_older_than_the_comparison_is_refused_in_one_sentence(checkout: Checkout) -> None:
    checkout.git("rm", "--quiet", "src/modelyard/planning/snapshot.py")
    checkout.git("commit", "--quiet", "--message", "older")
    shutil.copy(ROOT / "src/modelyard/planning/snapshot.py", checkout.folder / "src/modelyard/planning/snapshot.py")
    checkout.edit("app.py", '"""', '"""Another word. ')
    run = checkout.run()
    assert run.returncode == 2
    assert "older than this comparison: choose a newer --base, or look at `modelyard cdk diff`" in run.stderr


def test_code_of_the_base_that_fails_is_refused_in_one_sentence(checkout: Checkout) -> None:
    checkout.edit("stacks/modelyard_stacks/endpoint.py", "class ", "raise KeyError('no')\n\n\nclass ")
    checkout.commit()
    checkout.edit("stacks/modelyard_stacks/endpoint.py", "raise KeyError('no')\n\n\n", "")
    run = checkout.run()
    assert run.returncode == 2 and "cannot describe its catalog here: KeyError: 'no'" in run.stderr
    assert "Traceback" not in run.stderr


def test_another_default_image_is_seen_in_a_catalog_of_its_own_repository(checkout: Checkout, tmp_path: Path) -> None:
    snapshot = tmp_path / "before.json"
    assert checkout.run("--out", str(snapshot)).returncode == 0
    checkout.edit("src/modelyard/catalog/images.json", '"engine": "vllm"', '"engine":  "vllm"')
    table = json.loads((checkout.folder / "src/modelyard/catalog/images.json").read_text("utf-8"))
    for row in table["images"]:
        row["tag"] = f"{row['tag']}-next" if row["engine"] == "vllm" else row["tag"]
    (checkout.folder / "src/modelyard/catalog/images.json").write_text(json.dumps(table))
    planned = checkout.plan("--compare-to", str(snapshot))
    replaced = {one["name"] for one in planned["endpoints"] if one["resources"].get("Model") == "replace"}
    assert replaced == {"document-summaries", "llama-2-13b-chat", "llama-2-7b-chat", "support-chat"}
    [change] = next(one["changes"] for one in planned["endpoints"] if one["name"] == "support-chat")
    assert change["key"] == "the image of engine vllm" and change["after"].endswith("-next")


def test_code_and_extension_of_the_base_describe_it_together(checkout: Checkout) -> None:
    folder = checkout.folder / "ours"
    folder.mkdir()
    own = "from aws_cdk import aws_sns\n\ndef extend(app, stacks):\n    aws_sns.Topic(stacks['support-chat'], NAME)\n"
    (folder / "extension.py").write_text(f"NAME = 'Before'\n{own}")
    checkout.commit()
    (folder / "extension.py").write_text(f"NAME = 'After'\n{own}")
    checkout.edit("src/modelyard/capacity/start_time.py", "SAFETY_FACTOR = ", "SAFETY_FACTOR = 1 + ")
    planned = checkout.plan("--extension", "ours/extension.py")
    assert count(planned, "EndpointConfig", "replace") == 6
    [chat] = [one["resources"] for one in planned["endpoints"] if one["name"] == "support-chat"]
    assert {name[:5]: effect for name, effect in chat.items() if effect in ("add", "remove")} == {
        "After": "add",
        "Befor": "remove",
    }
