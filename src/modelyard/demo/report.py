"""The demo's result: one table, and below it what stood in for what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from modelyard.catalog.entry import Entry
from modelyard.demo.monthly_cost import instance_label, monthly_cost, waiting_price
from modelyard.invoking.chat_answer import Answer
from modelyard.pricing.prices import MARKED, MARKS
from modelyard.pricing.terms import LIST_PRICES, Terms

_SHOWN_CHARACTERS = 48
_COLUMNS = ("endpoint", "kind", "instance", "status", "answer", "TTFT", "TPOT", "tokens", "$/month", "team")
_FIGURES = ("TTFT", "TPOT", "tokens", "$/month")
# What fits beside each other on a terminal of 80 characters.
_HALVES = (
    ("endpoint", "kind", "instance", "$/month", "team"),
    ("endpoint", "status", "TTFT", "TPOT", "tokens", "answer"),
)
_WIDE_CHARACTERS = 130
_LEGEND = """\
TTFT: time to first token, TPOT: time per output token, as the caller saw them in a stream; ~ where the kind cannot
stream, from two requests.
tokens: generated ones; of an embedding, those of its text. answer: shortened.
$/month: the hosting price on AWS ({region}) x 730 hours x the fewest instances; async may wait with none,
serverless is billed by the second of use. Nothing was billed here."""


@dataclass(frozen=True, kw_only=True)
class DemoOutcome:
    """How one model of one endpoint did; `answer` is None where it did not answer, and `trouble` then says why."""

    entry: Entry
    model: str
    status: str
    image: str
    answered_by: str
    answer: Answer | None = None
    trouble: str | None = None


def print_report(console: Console, outcomes: Sequence[DemoOutcome], *, region: str, terms: Terms = LIST_PRICES) -> None:
    """Print the table, in two halves on a narrow terminal, and its legend."""
    rows = [dict(zip(_COLUMNS, _cells(outcome, region, terms), strict=True)) for outcome in outcomes]
    for headings in [_COLUMNS] if console.width >= _WIDE_CHARACTERS else _HALVES:
        # What is still too narrow folds texts; it never cuts a figure.
        table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
        for heading in headings:
            if heading in _FIGURES:
                table.add_column(heading, justify="right", no_wrap=True)
            else:
                table.add_column(heading, overflow="fold")
        for row in rows:
            table.add_row(*(row[heading] for heading in headings))
        console.print(table)
    legend = _LEGEND.format(region=region).splitlines()
    for note in [*legend, *price_notes(outcomes, region, terms), *answer_notes(outcomes), *stand_in_notes(outcomes)]:
        console.print(note, highlight=False, markup=False)


def price_notes(outcomes: Sequence[DemoOutcome], region: str, terms: Terms) -> list[str]:
    """What the marks before an amount mean, of those that occur."""
    found = [waiting_price(outcome.entry, region, terms) for outcome in outcomes]
    bases = {price.basis for price in found if price}
    meanings = [f"{MARKS[basis]} {meaning}" for basis, meaning in MARKED.items() if basis in bases]
    return [f"$/month: {', '.join(meanings)}"] if meanings else []


def answer_notes(outcomes: Sequence[DemoOutcome]) -> list[str]:
    """Where the asynchronous answers lie."""
    return [
        f"{outcome.entry.name}: its answer was read from {outcome.answer.result_uri}"
        for outcome in outcomes
        if outcome.answer and outcome.answer.result_uri
    ]


def stand_in_notes(outcomes: Sequence[DemoOutcome]) -> list[str]:
    """`<endpoints>: answered by SmolLM2-135M on CPU, standing in for <image>`, a line for each image."""
    served: dict[tuple[str, str], list[str]] = {}
    for outcome in outcomes:
        names = served.setdefault((outcome.answered_by, outcome.image), [])
        if outcome.entry.name not in names:
            names.append(outcome.entry.name)
    return [f"{', '.join(names)}: answered by {by}, {image}" for (by, image), names in served.items()]


def _cells(outcome: DemoOutcome, region: str, terms: Terms) -> tuple[str, ...]:
    entry, answer = outcome.entry, outcome.answer
    several = len(entry.models) > 1
    said = (answer.text if answer else outcome.trouble) or "-"
    said = " ".join(said.split())
    return (
        f"{entry.name}\n  {outcome.model}" if several else entry.name,
        entry.endpoint.kind,
        instance_label(entry),
        outcome.status,
        said if len(said) <= _SHOWN_CHARACTERS else said[: _SHOWN_CHARACTERS - 3] + "...",
        _milliseconds(answer, answer.first_token_seconds if answer else None),
        _milliseconds(answer, answer.seconds_per_token if answer else None),
        str(answer.completion_tokens or answer.prompt_tokens or "-") if answer else "-",
        monthly_cost(entry, region, terms),
        entry.endpoint.team,
    )


def _milliseconds(answer: Answer | None, seconds: float | None) -> str:
    if answer is None or seconds is None:
        return "-"
    return f"{'' if answer.streamed else '~'}{seconds * 1000:.0f} ms"
