"""`modelyard lock`: what is chosen once, kept, chosen anew and dropped."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from modelyard.catalog.instance_lock import FILE_NAME
from modelyard.cli.main import run

SHIPPED = Path(__file__).parents[2] / "catalogs" / "shipped"
SHELVES = ("endpoints", "models", "environments")


@dataclass
class Yard:
    """A copy of the project's catalog in which support-chat leaves its instance to the lock."""

    folder: Path

    def change(self, name: str, before: str, after: str) -> None:
        """Replace a text in one of its files."""
        path = self.folder / name
        text = path.read_text("utf-8")
        assert before in text
        path.write_text(text.replace(before, after), encoding="utf-8")

    def locked(self, environment: str = "prod", entry: str = "support-chat") -> dict[str, Any]:
        """What the lock file says about an entry."""
        found: dict[str, Any] = json.loads(self.text)["environments"][environment][entry]
        return found

    @property
    def text(self) -> str:
        """The lock file."""
        return (self.folder / FILE_NAME).read_text("utf-8")


@pytest.fixture
def yard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Yard:
    """A catalog of its own."""
    monkeypatch.delenv("MODELYARD_ENVIRONMENT", raising=False)
    folder = tmp_path / "catalog"
    for shelf in SHELVES:
        shutil.copytree(SHIPPED / shelf, folder / shelf)
    shutil.copy(SHIPPED / "organisation.yaml", folder)
    made = Yard(folder)
    made.change("endpoints/support-chat.yaml", "instance: ml.g6e.2xlarge", "instance: auto")
    return made


Ask = Callable[..., tuple[int, str, str]]


@pytest.fixture
def ask(yard: Yard, capfd: pytest.CaptureFixture[str]) -> Ask:
    """Runs one command line on it."""

    def command(verb: str, *arguments: str) -> tuple[int, str, str]:
        code = run([verb, *arguments, "--catalog", str(yard.folder)])
        captured = capfd.readouterr()
        return code, captured.out, captured.err

    return command


def test_an_unlocked_instance_fails_the_check_with_the_command_that_mends_it(ask: Ask) -> None:
    code, out, _ = ask("check", "--environment", "prod")
    assert code == 1
    assert "support-chat.yaml:8:13 MY009 instance is auto" in out
    assert "`modelyard lock support-chat --environment prod`" in out


def test_a_lock_names_the_cheapest_its_price_and_why_the_others_lost(ask: Ask, yard: Yard) -> None:
    code, out, _ = ask("lock")
    assert code == 0 and "chosen" in out
    locked = yard.locked()
    cheapest = json.loads(ask("recommend", "support-chat", "-e", "prod", "--json")[1])["fits"][0]
    assert locked["instance"] == [cheapest["instance"]]
    assert locked["price"]["usd_per_hour"] == cheapest["usd_per_hour"]
    assert locked["fallbacks"]
    reasons = [row["because"] for row in locked["lost"]]
    assert any("dearer" in reason for reason in reasons) and any("needs" in reason for reason in reasons)
    assert ask("check", "--all-environments")[0] == 0


def test_every_environment_has_a_choice_of_its_own(ask: Ask, yard: Yard) -> None:
    yard.change(
        "environments/staging.yaml",
        "    scaling: {instances: {max: 1}}",
        "    scaling: {instances: {max: 1}}\n    serving: {max_concurrency: 2, max_context_tokens: 2048}",
    )
    ask("lock")
    assert yard.locked("staging")["instance"] != yard.locked("prod")["instance"]


def test_locking_again_changes_not_a_byte(ask: Ask, yard: Yard) -> None:
    ask("lock")
    before = yard.text
    assert "already says so" in ask("lock")[1]
    assert "already says so" in ask("lock", "--update")[1]
    assert yard.text == before


def test_only_an_update_lets_a_price_move_an_endpoint(ask: Ask, yard: Yard) -> None:
    ask("lock")
    chosen = yard.locked()["instance"][0]
    dearer = yard.locked()["fallbacks"][0]
    agreement = (
        f"prices:\n  - {{usage: instances, instances: [{dearer}], usd_per_hour: '0.5', reason: test, "
        "since: '2026-01-01', until: '2999-12-31'}\n"
    )
    path = yard.folder / "organisation.yaml"
    path.write_text(path.read_text("utf-8") + agreement, encoding="utf-8")
    assert ask("check", "--environment", "prod")[:2] == (0, "no errors, no warnings, 1 waived in environment prod\n")
    ask("lock")
    assert yard.locked()["instance"] == [chosen]
    _, out, _ = ask("lock", "--update", "support-chat", "--environment", "prod")
    assert yard.locked()["instance"] == [dearer]
    assert yard.locked("staging")["instance"] == [chosen]
    assert f"was {chosen}, -" in out and "$/month an instance (-" in out


def test_a_discount_with_many_decimals_is_recorded_and_read_again(ask: Ask, yard: Yard) -> None:
    path = yard.folder / "organisation.yaml"
    agreement = (
        "prices:\n  - {usage: instances, discount_percent: '33.3333333', reason: test, since: '2026-01-01', "
        "until: '2999-12-31'}\n"
    )
    path.write_text(path.read_text("utf-8") + agreement, encoding="utf-8")
    assert ask("lock")[0] == 0
    assert yard.locked()["price"]["basis"] == "negotiated"
    assert ask("check", "--environment", "prod")[0] == 0
    assert "already says so" in ask("lock", "--update")[1]


def test_an_environments_defaults_may_leave_the_instance_open(ask: Ask, yard: Yard) -> None:
    yard.change("endpoints/support-chat.yaml", "  instance: auto\n", "")
    yard.change(
        "environments/local.yaml",
        "region: us-east-1",
        "region: us-east-1\ndefaults: {real-time: {serving: {instance: auto}}}",
    )
    for name, instance in (("prod", "ml.g5.48xlarge"), ("staging", "ml.g6e.2xlarge")):
        yard.change(
            f"environments/{name}.yaml",
            "  support-chat:\n",
            f"  support-chat:\n    serving: {{instance: {instance}}}\n",
        )
    code, out, _ = ask("check", "--environment", "local")
    assert code == 1 and "environments/local.yaml:5:44 MY009" in out
    ask("lock")
    assert list(json.loads(yard.text)["environments"]) == ["local"]
    assert "MY009" not in ask("check", "--all-environments")[1]


def test_a_lock_that_no_longer_holds_its_entry_fails_the_check_until_it_is_updated(ask: Ask, yard: Yard) -> None:
    ask("lock")
    yard.change("endpoints/support-chat.yaml", "max_context_tokens: 8192", "max_context_tokens: 65536")
    code, out, _ = ask("check", "--environment", "prod")
    assert code == 1 and "MY055" in out and "`modelyard lock --update support-chat --environment prod`" in out
    ask("lock", "--update")
    assert ask("check", "--environment", "prod")[0] == 0


def test_changed_inputs_that_the_locked_instance_still_holds_are_a_warning(ask: Ask, yard: Yard) -> None:
    ask("lock")
    yard.change("endpoints/support-chat.yaml", "max_concurrency: 16", "max_concurrency: 15")
    code, out, _ = ask("check", "--environment", "prod")
    assert code == 0 and "MY056 warning" in out


def test_fallbacks_are_locked_in_their_order_and_kept_by_an_update(ask: Ask, yard: Yard) -> None:
    ask("lock", "--fallbacks", "2")
    pool = yard.locked()["instance"]
    assert len(pool) == 3
    ask("lock", "--update")
    assert yard.locked()["instance"] == pool


def test_the_engine_the_split_and_the_volume_that_the_entry_says_are_kept(ask: Ask, yard: Yard) -> None:
    yard.change("endpoints/support-chat-inf2.yaml", "instance: ml.inf2.8xlarge", "instance: auto")
    ask("lock", "support-chat-inf2", "-e", "prod")
    assert yard.locked(entry="support-chat-inf2")["instance"][0].startswith("ml.inf2.")
    yard.change("endpoints/support-chat.yaml", "instance: auto", "instance: auto\n  tensor_parallel_degree: 4")
    ask("lock", "support-chat", "-e", "prod")
    assert yard.locked()["tensor_parallel_degree"] == 4


def test_a_shared_endpoint_gets_one_type_and_no_pool(ask: Ask, yard: Yard) -> None:
    yard.change("endpoints/house-models.yaml", "instance: ml.c5.2xlarge", "instance: auto")
    assert ask("lock", "--fallbacks", "2")[0] == 0
    assert len(yard.locked(entry="house-models")["instance"]) == 1
    code, _, err = ask("lock", "house-models", "--fallbacks", "2")
    assert code == 1 and "AWS documents fallbacks for real-time and async endpoints only" in err


def test_what_no_longer_says_auto_leaves_the_lock(ask: Ask, yard: Yard) -> None:
    ask("lock")
    yard.change("endpoints/support-chat.yaml", "instance: auto", "instance: ml.g6e.2xlarge")
    assert "dropped" in ask("lock")[1]
    assert json.loads(yard.text) == {"environments": {}}


def test_an_entry_with_mistakes_keeps_its_choice(ask: Ask, yard: Yard) -> None:
    ask("lock")
    yard.change("endpoints/support-chat.yaml", "team: support", "team: suport")
    ask("lock")
    assert yard.locked()["instance"]
    code, _, err = ask("lock", "support-chat")
    assert code == 1 and "`modelyard check` tells them" in err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["support-chatt"], "no endpoint support-chatt"),
        (["document-summaries"], "names its instance"),
        (["--environment", "production"], "there is no environment production"),
        (["--fallbacks", "9"], "less than or equal to 4"),
    ],
)
def test_a_wrong_command_line_is_told_and_writes_nothing(ask: Ask, yard: Yard, arguments: list[str], said: str) -> None:
    code, out, err = ask("lock", *arguments)
    assert code != 0 and said in err + out
    assert not (yard.folder / FILE_NAME).exists()


def test_a_region_without_prices_locks_nothing(ask: Ask, yard: Yard) -> None:
    yard.change("environments/staging.yaml", "region: us-east-1", "region: eu-west-1")
    code, _, err = ask("lock", "--environment", "staging")
    assert code == 1 and "NOT PRICED in eu-west-1: name an instance in the entry" in err


def test_a_broken_lock_is_told_and_not_overwritten(ask: Ask, yard: Yard) -> None:
    (yard.folder / FILE_NAME).write_text("{", encoding="utf-8")
    code, _, err = ask("lock")
    assert code == 1 and "this is no lock of instances" in err
    assert yard.text == "{"
    code, out, _ = ask("check", "--environment", "prod")
    assert code == 1 and "instances.lock.json:1:1 MY006" in out and "MY009" not in out


def test_fit_sizes_the_locked_instance(ask: Ask, yard: Yard) -> None:
    code, _, err = ask("fit", "support-chat", "-e", "prod")
    assert code == 1 and "run `modelyard lock support-chat`" in err
    ask("lock")
    code, out, _ = ask("fit", "support-chat", "-e", "prod")
    assert code == 0 and yard.locked()["instance"][0] in out
