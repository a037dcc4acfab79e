"""A plan on a terminal: the table first, then what the deploy does and why, then what the figures rest on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from rich.console import Console, Group, OverflowMethod, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from modelyard.planning import presentation
from modelyard.planning.plan import Plan, PlannedEndpoint, PlannedEnvironment
from modelyard.planning.policy import Verdict
from modelyard.pricing.band import Band
from modelyard.pricing.endpoint_cost import Cost
from modelyard.pricing.prices import NOT_PRICED
from modelyard.shell.foreign_text import visible


def show(plan: Plan, verdicts: Sequence[Verdict], console: Console) -> None:
    """Print the whole plan."""
    for part in _parts(plan, verdicts):
        console.print(part)


def _parts(plan: Plan, verdicts: Sequence[Verdict]) -> Iterator[RenderableType]:
    yield _text(f"Compared with {plan.base}: {presentation.headline(plan)}", style="bold")
    for note in plan.notes:
        yield _text(f"note: {note}")
    for environment in plan.environments:
        yield Text()
        yield from _environment(environment)
    yield Text()
    if len(plan.environments) > 1:
        yield _text("All environments, US dollars a month", style="bold")
        yield _bands(plan.before_usd, plan.after_usd, comparable=plan.comparable, known=plan.has_amounts)
        yield Text()
    for line in presentation.verdict_lines(verdicts):
        yield _text(line, style="bold")
    if not verdicts:
        yield _text(presentation.NOTHING_AGAINST_IT)


def _environment(environment: PlannedEnvironment) -> Iterator[RenderableType]:
    place = f"{environment.name} ({environment.account} {environment.region}): {presentation.counts(environment)}"
    yield _text(place, style="bold underline")
    yield _table(environment)
    yield _bands(
        environment.before_usd,
        environment.after_usd,
        comparable=not environment.incomparable,
        known=environment.has_amounts,
    )
    lacking = presentation.unknown([environment])
    if lacking:
        yield _text(f"The amounts are{lacking.removeprefix(', plus').replace(' ', ' without ', 1)}.")
    shared = presentation.shared_changes(environment)
    for change, names in shared.items():
        yield _indented(f"{change}  {change.place}; {presentation.reach(names)}")
    for sentence in environment.shared.sentences:
        yield _indented(f"foundation: {sentence}")
    for stack in environment.stacks:
        yield from (_indented(sentence) for sentence in stack.sentences)
    if environment.shared.changed:
        yield Text()
        yield _text("foundation, shared by all endpoints", style="bold")
        yield Padding(_lines(environment.shared.shown_cost), (0, 0, 0, 2), expand=False)
    changed = [one for one in presentation.rows(environment).shown if one.changed]
    for endpoint in changed[: presentation.MOST_DETAILS]:
        yield Text()
        yield from _endpoint(endpoint, presentation.own_changes(endpoint, shared))
    if len(changed) > presentation.MOST_DETAILS:
        yield _text(f"and {len(changed) - presentation.MOST_DETAILS} more, which --json tells in full")
    yield from _titled("Quotas of the account", presentation.quota_lines(environment))
    yield from _titled("Assumptions", presentation.assumptions(environment))


def _table(environment: PlannedEnvironment) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 1))
    table.add_column("endpoint", overflow="fold", min_width=12)
    table.add_column("what happens", overflow="fold", min_width=12)
    # Money is never cut: these columns are as wide as their widest amount.
    for name in ("$/month now", "then", "difference"):
        table.add_column(name, justify="right", no_wrap=True, min_width=_widest(environment))
    found = presentation.rows(environment)
    for one in found.shown:
        now, then, difference, share = presentation.amounts(one.before, one.after)
        table.add_row(
            _text(one.name), _text(presentation.fate(one)), now, then, f"{difference}\n{share}" if share else difference
        )
    before, after = presentation.rest(environment)
    others = [f"{found.unchanged} unchanged"] if found.unchanged else []
    others += [f"{found.left_out} more that change"] if found.left_out else []
    if others:
        table.add_row(", ".join(others), "", *_amounts(before, after), style="dim")
    shared = environment.shared
    if shared.before.lines or shared.after.lines:
        now, then, difference, share = presentation.amounts(shared.before, shared.after)
        table.add_row("foundation", "", now, then, f"{difference}\n{share}" if share else difference, style="dim")
    amounts = _amounts(environment.before_usd.expected, environment.after_usd.expected)
    difference = "" if environment.incomparable else amounts[2]
    months = (
        amount if known else NOT_PRICED for amount, known in zip(amounts[:2], environment.has_amounts, strict=True)
    )
    table.add_row(_text(f"{environment.name} in all"), "", *months, difference, style="bold")
    return table


def _widest(environment: PlannedEnvironment) -> int:
    total = max(environment.before_usd.high, environment.after_usd.high, Decimal(0))
    return min(len(presentation.signed(total)), 16)


def _amounts(before: Decimal, after: Decimal) -> tuple[str, str, str]:
    share = presentation.signed_percent(after - before, before)
    difference = presentation.signed(after - before)
    return presentation.money(before), presentation.money(after), f"{difference}\n{share}" if share else difference


def _bands(before: Band, after: Band, *, comparable: bool, known: tuple[bool, bool]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 1))
    table.add_column("")
    for name in ("low", "expected", "high"):
        table.add_column(name, justify="right", no_wrap=True)
    for name, band, has_amount in (("now", before, known[0]), ("then", after, known[1])):
        table.add_row(name, *presentation.band_cells(band, known=has_amount))
    if comparable:
        increase = after - before
        table.add_row("difference", *map(presentation.signed, (increase.low, increase.expected, increase.high)))
    return table


def _endpoint(endpoint: PlannedEndpoint, changes: Iterable[object]) -> Iterator[RenderableType]:
    yield _text(f"{endpoint.name} ({endpoint.kind}, {endpoint.label}): {presentation.fate(endpoint)}", style="bold")
    for change in changes:
        place = getattr(change, "place", "")
        yield _indented(f"{change}  {place}")
    if endpoint.refused:
        yield _indented(endpoint.refused, style="bold red")
    for sentence in endpoint.sentences:
        yield _indented(sentence)
    cost = endpoint.before if endpoint.action == "removed" else endpoint.after
    if endpoint.action in ("added", "removed") or endpoint.before.lines != endpoint.after.lines:
        yield Padding(_lines(cost), (0, 0, 0, 2), expand=False)


def _lines(cost: Cost) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 1))
    table.add_column("a month of", overflow="fold", min_width=20)
    for name in ("low", "expected", "high"):
        table.add_column(name, justify="right", no_wrap=True)
    for line in cost.lines:
        if line.state == "priced":
            table.add_row(_text(presentation.line_text(line)), *presentation.band_cells(line.usd, known=True))
    table.add_row("in all", *presentation.band_cells(cost.usd, known=cost.has_amount), style="bold")
    for text in (*presentation.unit_costs(cost), *presentation.unestimated(cost)):
        table.add_row(_text(text), "", "", "", style="dim")
    return table


def _titled(title: str, lines: Iterable[str]) -> Iterator[RenderableType]:
    texts = [_indented(line) for line in lines]
    if texts:
        yield Text()
        yield Group(_text(title, style="bold"), *texts)


def _indented(text: str, *, style: str = "") -> Padding:
    return Padding(_text(text, style=style, overflow="fold"), (0, 0, 0, 2), expand=False)


def _text(text: str, *, style: str = "", overflow: OverflowMethod | None = None) -> Text:
    """Text as it is: without markup, and without what a terminal would obey."""
    return Text(visible(text), style=style, overflow=overflow)
