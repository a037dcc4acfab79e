"""`modelyard recommend`: one table of what fits, by price, and what to write."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
import yaml

from modelyard.cli.main import run
from modelyard.shell import terminal

SHIPPED = Path(__file__).parents[1] / "catalogs" / "shipped"
Ask = Callable[..., tuple[int, str, str]]


@pytest.fixture
def recommend(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Ask:
    """Asks about the project's own catalog."""
    monkeypatch.delenv("MODELYARD_ENVIRONMENT", raising=False)

    def ask(*arguments: str) -> tuple[int, str, str]:
        code = run(["recommend", *arguments, "--catalog", str(SHIPPED)])
        captured = capfd.readouterr()
        return code, captured.out, captured.err

    return ask


def test_the_cheapest_stands_first_and_each_other_has_its_reason(recommend: Ask) -> None:
    code, out, _ = recommend("support-chat", "-e", "prod")
    assert code == 0
    first = next(line for line in out.splitlines() if line.startswith(" 1"))
    assert "ml.g6e.xlarge" in first and "the cheapest that fits" in first
    assert " % dearer" in out and "needs 33.9 GiB on each GPU, which has 22.2" in out
    assert "T4 has no bfloat16" in out


def test_gpu_and_inferentia_stand_in_one_table(recommend: Ask) -> None:
    _, out, _ = recommend("support-chat-inf2", "-e", "prod")
    ranked = [line for line in out.splitlines() if line[:2].strip().isdigit()]
    assert any(" vllm " in line for line in ranked) and any(" neuron " in line for line in ranked)


def test_the_proposal_is_yaml_that_an_entry_takes(recommend: Ask) -> None:
    _, out, _ = recommend("--model", "llama-2-70b", "--context", "4096", "--concurrency", "2")
    proposal = yaml.safe_load(out[out.index("serving:") :].split("note:")[0])["serving"]
    assert proposal["tensor_parallel_degree"] > 1
    pool = proposal["instance"] if isinstance(proposal["instance"], list) else [proposal["instance"]]
    assert 1 <= len(pool) <= 5 and all(name.startswith("ml.") for name in pool)


def test_json_ranks_by_exact_prices_and_keeps_the_unpriced_apart(recommend: Ask) -> None:
    code, out, _ = recommend("--model", "all-minilm-l6-v2", "--concurrency", "8", "--json")
    told = json.loads(out)
    prices = [Decimal(row["usd_per_hour"]) for row in told["fits"]]
    assert code == 0 and prices == sorted(prices)
    assert [row["instance"] for row in told["not_priced"]] and all(
        row["usd_per_hour"] is None for row in told["not_priced"]
    )
    assert told["fallback_pool"][0] == told["fits"][0]["instance"]
    assert all(row["reason"] for part in ("not_priced", "does_not_fit") for row in told[part])


def test_all_shows_every_instance_once(recommend: Ask) -> None:
    told = json.loads(recommend("--model", "llama-2-7b", "--json")[1])
    names = [row["instance"] for part in ("fits", "not_priced", "does_not_fit") for row in told[part]]
    _, out, _ = recommend("--model", "llama-2-7b", "--all")
    assert len(names) == len(set(names))
    assert all(out.count(f"{name} ") >= 1 for name in names)


def test_a_region_without_prices_ranks_nothing_and_shows_what_fits(recommend: Ask) -> None:
    code, out, _ = recommend("--model", "llama-2-7b", "--region", "eu-west-1")
    assert code == 1
    assert "what fits is NOT PRICED in eu-west-1, so nothing is ranked" in out
    assert "serving:" not in out


def test_what_fits_nowhere_says_so(recommend: Ask) -> None:
    code, out, _ = recommend("--model", "llama-3.1-8b-instruct", "--context", "131072", "--concurrency", "1000")
    assert code == 1
    assert "ask for less context" in out


def test_a_shared_endpoint_must_hold_each_of_its_models(recommend: Ask) -> None:
    _, out, _ = recommend("house-models", "-e", "prod")
    assert "ml.m5.large" in out and "ml.g5" not in out and "ml.c7g" not in out


def test_fallbacks_are_proposed_to_kinds_that_aws_documents_them_for(recommend: Ask) -> None:
    def pool(entry: str) -> list[str]:
        return list(json.loads(recommend(entry, "-e", "prod", "--json")[1])["fallback_pool"])

    assert len(pool("support-chat")) == len(pool("document-summaries")) == 5
    assert len(pool("house-models")) == 1


def test_serverless_is_sized_not_ranked(recommend: Ask) -> None:
    code, _, err = recommend("faq-answers", "-e", "prod")
    assert code == 1
    assert "`modelyard fit faq-answers`" in err


def test_what_the_company_has_agreed_ranks_and_is_marked(
    capfd: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MODELYARD_ENVIRONMENT", raising=False)
    folder = tmp_path / "catalog"
    shutil.copytree(SHIPPED, folder, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    organisation = yaml.safe_load((folder / "organisation.yaml").read_text())
    always = {"reason": "reserved capacity", "since": "2000-01-01", "until": "9999-12-31"}
    agreed = {"usage": "instances", "instances": ["ml.g7e.2xlarge"], "usd_per_hour": "0.5", **always}
    (folder / "organisation.yaml").write_text(yaml.safe_dump({**organisation, "prices": [agreed]}))
    for asked in (["support-chat", "-e", "prod"], ["--model", "llama-3.1-8b-instruct", "--region", "us-east-1"]):
        assert run(["recommend", *asked, "--catalog", str(folder)]) == 0
        out = capfd.readouterr().out
        first = next(line for line in out.splitlines() if line.startswith(" 1")).split()
        assert first[1] == "ml.g7e.2xlarge" and "*0.5" in first and "*365.00" in first
        assert "* is negotiated, see organisation.yaml" in out
    assert run(["recommend", "support-chat", "-e", "prod", "--json", "--catalog", str(folder)]) == 0
    cheapest = json.loads(capfd.readouterr().out)["fits"][0]
    assert (cheapest["price_basis"], cheapest["price_reason"]) == ("negotiated", "reserved capacity")
    assert (cheapest["usd_per_hour"], cheapest["list_usd_per_hour"]) == ("0.5", "4.2039")


def test_a_broken_organisation_is_told_even_where_only_a_model_is_asked_about(
    capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    shutil.copytree(SHIPPED / "models", tmp_path / "models")
    asked = ["recommend", "--model", "llama-2-7b", "--region", "us-east-1", "--catalog", str(tmp_path)]
    assert run(asked) == 0
    (tmp_path / "organisation.yaml").write_text("teams: {}\nprices: [{usage: all}]\n")
    assert run(asked) == 1
    err = capfd.readouterr().err
    assert "organisation.yaml states what prices hold, but cannot be read:" in err
    assert "organisation.yaml:2:18 MY006 prices[0].usage is all, allowed are" in err


def test_a_narrow_terminal_shows_each_instance_with_its_price(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(terminal, "_WIDE", 80)
    terminal.results.cache_clear()
    try:
        asked = ["--model", "llama-3.1-8b-instruct", "--region", "us-east-1", "--catalog", str(SHIPPED)]
        assert run(["recommend", *asked]) == 0
    finally:
        terminal.results.cache_clear()
    out = capfd.readouterr().out
    rows = [line for line in out.splitlines() if re.match(r" ?[0-9]+  ml\.", line)]
    assert len(rows) == 10
    assert all(len(row) <= 80 and re.search(r"ml\.[a-z0-9-]+\.\w+ +[~0-9.]+ +[~0-9,.]+  ", row) for row in rows)
