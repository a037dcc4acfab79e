"""The demo's table: what a row says of an endpoint."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

from modelyard.catalog.entry import Entry
from modelyard.catalog.loader import load
from modelyard.catalog.schema import NegotiatedPrice
from modelyard.demo import stand_ins
from modelyard.demo.report import DemoOutcome, print_report
from modelyard.invoking.chat_answer import Answer
from modelyard.pricing.meters import instance_hour
from modelyard.pricing.prices import price
from modelyard.pricing.terms import LIST_PRICES, Terms
from modelyard.shell.failure import Failure

DAY = "2026-11-21"
CATALOG = Path(__file__).parents[1] / "catalogs" / "four-kinds"
ENTRIES = load(CATALOG, "local").entries


def of_kind(kind: str) -> Entry:
    return next(entry for entry in ENTRIES.values() if entry.endpoint.kind == kind)


def printed(outcome: DemoOutcome, *, region: str = "us-east-1", terms: Terms = LIST_PRICES) -> str:
    page = io.StringIO()
    print_report(Console(file=page, width=240), [outcome], region=region, terms=terms)
    return page.getvalue()


def row(outcome: DemoOutcome) -> list[str]:
    """The cells of the table's first row."""
    lines = printed(outcome).splitlines()
    rule = next(number for number, line in enumerate(lines) if "───" in line)
    return lines[rule + 1].split()


def outcome(entry: Entry, answer: Answer | None, *, trouble: str | None = None, image: str = "x") -> DemoOutcome:
    return DemoOutcome(
        entry=entry,
        model=next(iter(entry.models)),
        status="InService",
        image=image,
        answered_by="SmolLM2-135M on CPU",
        answer=answer,
        trouble=trouble,
    )


STREAMED = Answer(
    text="Paris.",
    prompt_tokens=5,
    completion_tokens=3,
    total_seconds=1,
    first_token_seconds=0.0624,
    seconds_per_token=0.008,
    streamed=True,
)
WHOLE = Answer(
    text="Paris.",
    prompt_tokens=5,
    completion_tokens=3,
    total_seconds=1,
    first_token_seconds=0.1,
    seconds_per_token=0.02,
    result_uri="s3://bucket/answer.out",
)


def test_a_streamed_answer_shows_its_times() -> None:
    cells = row(outcome(of_kind("real-time"), STREAMED))
    assert cells[5:10] == ["62", "ms", "8", "ms", "3"]
    assert cells[4] == "Paris."


def test_times_of_a_kind_that_cannot_stream_are_marked() -> None:
    cells = row(outcome(of_kind("async"), WHOLE))
    assert "~100" in cells and "~20" in cells


def test_an_async_answer_says_where_it_lies() -> None:
    assert "its answer was read from s3://bucket/answer.out" in printed(outcome(of_kind("async"), WHOLE))


def test_an_async_endpoint_without_instances_costs_nothing_while_it_waits() -> None:
    assert "0.00" in row(outcome(of_kind("async"), WHOLE))


def test_a_serverless_endpoint_is_billed_per_use() -> None:
    assert row(outcome(of_kind("serverless"), WHOLE))[-3:-1] == ["per", "use"]


def test_a_month_costs_the_hourly_price_times_730_times_the_fewest_instances() -> None:
    entry = of_kind("real-time")
    hour = price(instance_hour(entry.endpoint.serving.instances[0]), "us-east-1")
    assert hour is not None
    fewest = entry.endpoint.scaling.instances.min
    assert f"{hour.mark}{hour.usd * 730 * fewest:,.2f}" in row(outcome(entry, STREAMED))


def test_a_negotiated_price_is_marked_and_explained() -> None:
    agreed = {"usage": "instances", "discount_percent": 50, "reason": "agreed", "since": DAY, "until": DAY}
    terms = Terms(agreements=(NegotiatedPrice.model_validate(agreed),))
    entry = of_kind("real-time")
    hour = price(instance_hour(entry.endpoint.serving.instances[0]), "us-east-1")
    assert hour is not None
    page = printed(outcome(entry, STREAMED), terms=terms)
    assert f"*{hour.usd * 365 * entry.endpoint.scaling.instances.min:,.2f}" in page
    assert "$/month: * negotiated, see organisation.yaml" in page


def test_an_instance_without_a_dated_price_is_not_priced() -> None:
    assert "NOT PRICED" in printed(outcome(of_kind("real-time"), STREAMED), region="eu-south-2")


def test_a_model_that_did_not_answer_shows_why() -> None:
    page = printed(outcome(of_kind("real-time"), None, trouble="the container\nended"))
    assert "the container ended" in page


def test_what_stands_in_for_what_is_said_per_image() -> None:
    page = printed(outcome(of_kind("real-time"), STREAMED, image="standing in for 1.dkr.ecr/vllm:1"))
    name = of_kind("real-time").name
    assert f"{name}: answered by SmolLM2-135M on CPU, standing in for 1.dkr.ecr/vllm:1" in page


def test_only_models_whose_weights_are_not_on_this_machine_get_a_stand_in() -> None:
    models = stand_ins.StandIns(chat=Path("chat.gguf"), embedding=Path("encoder"))
    catalog = load(CATALOG, "local")
    assert models.for_catalog(catalog, CATALOG) == {}
    assert models.for_catalog(catalog, Path("elsewhere")) == {
        name: Path("encoder") if "embedding" in name else Path("chat.gguf")
        for entry in catalog.entries.values()
        for name in entry.models
    }


def test_an_engines_environment_without_its_models_is_refused(tmp_path: Path) -> None:
    python = tmp_path / ".venv-engine" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.touch()
    with pytest.raises(Failure, match="lacks its models"):
        stand_ins.find(tmp_path)


@pytest.mark.parametrize("width", [80, 100, 120])
def test_a_narrow_terminal_folds_the_answer_and_cuts_no_figure(width: int) -> None:
    page = io.StringIO()
    shown = outcome(of_kind("real-time"), STREAMED)
    print_report(Console(file=page, width=width), [shown], region="us-east-1")
    assert "…" not in page.getvalue()
    assert {"Paris.", "62", "8", "3"} <= set(page.getvalue().split())
    assert all(part in page.getvalue() for part in row(shown)[-3:-1])


def test_a_narrow_terminal_keeps_the_names_whole() -> None:
    page = io.StringIO()
    shown = outcome(of_kind("real-time"), STREAMED)
    print_report(Console(file=page, width=80), [shown], region="us-east-1")
    whole = {shown.entry.name, *shown.entry.endpoint.serving.instances[:1], shown.status, shown.entry.endpoint.team}
    assert whole <= set(page.getvalue().split())
