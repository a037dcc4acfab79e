"""The lock of instances: read strictly, written the same way every time, applied to what says auto."""

from __future__ import annotations

import json

import pytest

from modelyard.catalog.instance_lock import FILE_NAME, InstanceLock, lock_text, read_instance_lock
from modelyard.catalog.loader import load
from modelyard.catalog.problem import CatalogErrors

LOCKED = {
    "instance": ["ml.g5.12xlarge", "ml.g5.24xlarge"],
    "tensor_parallel_degree": 4,
    "volume_gib": None,
    "price": {"usd_per_hour": "7.09", "dated": "2025-01-26", "basis": "list"},
    "chosen_on": "2026-11-21",
    "chosen_for": "a model",
    "inputs": "0123456789abcdef",
    "fallbacks": ["ml.g5.48xlarge"],
    "lost": [{"instance": "ml.g5.48xlarge", "usd_per_hour": None, "because": "NOT PRICED"}],
}
AUTO = "  instance: auto\n"


def write(folder, locked=LOCKED):
    (folder / FILE_NAME).write_text(json.dumps({"environments": {"local": {"chat": locked}}}), encoding="utf-8")


def let_chat_say(folder, line):
    path = folder / "endpoints" / "chat.yaml"
    text = path.read_text("utf-8")
    assert "  instance: ml.g5.2xlarge\n" in text
    path.write_text(text.replace("  instance: ml.g5.2xlarge\n", line), encoding="utf-8")


def test_an_entry_runs_on_what_is_locked_and_remembers_what_it_said(folder):
    let_chat_say(folder, AUTO)
    write(folder)
    entry = load(folder, "local").entries["chat"]
    assert entry.endpoint.serving.instances == ("ml.g5.12xlarge", "ml.g5.24xlarge")
    assert entry.endpoint.serving.tensor_parallel_degree == 4
    assert entry.as_stated.endpoint.serving.instances == ()


def test_what_the_entry_says_beside_its_instance_stays(folder):
    let_chat_say(folder, AUTO + "  tensor_parallel_degree: 2\n")
    write(folder)
    assert load(folder, "local").entries["chat"].endpoint.serving.tensor_parallel_degree == 2


def test_an_entry_that_names_its_instance_is_not_touched_by_a_lock(folder):
    write(folder)
    entry = load(folder, "local").entries["chat"]
    assert entry.endpoint.serving.instances == ("ml.g5.2xlarge",)
    assert entry.locked is None


def test_undecided_entries_are_a_problem_unless_they_are_allowed(folder):
    let_chat_say(folder, AUTO)
    with pytest.raises(CatalogErrors, match="MY009 instance is auto, and nothing is locked for chat in local"):
        load(folder, "local")
    assert load(folder, "local", allow_undecided=True).entries["chat"].endpoint.serving.instances == ()


def test_a_lock_is_written_as_it_was_read(folder):
    write(folder)
    lock = read_instance_lock(folder, [])
    text = lock_text(lock)
    assert InstanceLock.model_validate_json(text) == lock
    assert lock_text(InstanceLock.model_validate_json(text)) == text


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({**LOCKED, "instance": []}, "environments.local.chat.instance"),
        ({**LOCKED, "inputs": "?"}, "environments.local.chat.inputs"),
        ({**LOCKED, "surprise": 1}, "environments.local.chat.surprise"),
        ({**LOCKED, "price": {"usd_per_hour": 7.09, "dated": "2025-01-26", "basis": "list"}}, "usd_per_hour"),
    ],
)
def test_a_wrong_lock_is_told_with_its_place_and_the_way_out(folder, wrong, said):
    write(folder, wrong)
    problems = []
    assert read_instance_lock(folder, problems) is None
    [problem] = problems
    assert problem.rule_id == "MY006" and said in problem.message
    assert problem.message.endswith("or delete it and run `modelyard lock`")


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "\x00", '{"environments": {"local": 1}}'])
def test_no_text_makes_the_lock_a_traceback(folder, text):
    (folder / FILE_NAME).write_text(text, encoding="utf-8")
    with pytest.raises(CatalogErrors, match="this is no lock of instances"):
        load(folder, "local")
