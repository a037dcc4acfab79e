"""A plan as a comment on a pull request: what it costs in one line, a short table, everything else folded.

Whoever opens a request writes names, values and paths in it: each goes through `markdown_text`, so that the comment has
the same structure whatever they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from modelyard.planning import presentation
from modelyard.planning.markdown_text import cell_code, code, prose
from modelyard.planning.plan import Plan, PlannedEnvironment
from modelyard.planning.policy import Verdict, worst
from modelyard.pricing.band import Band
from modelyard.pricing.endpoint_cost import Cost
from modelyard.pricing.prices import NOT_PRICED
from modelyard.shell.failure import Failure

# By which the workflow finds the comment that it wrote before.
MARKER = "<!-- modelyard plan -->"
NO_BREAK = "\u00a0"


# A comment on GitHub holds 65,536 characters.
_MOST_CHARACTERS = 60_000
_MOST_PROBLEMS = 100


@dataclass(frozen=True)
class _Limits:
    """How many endpoints of each environment have a row, how many their details; how many environments are shown."""

    rows: int
    details: int
    lines: int = 200
    environments: int = 100


_TRIES = (
    _Limits(presentation.MOST_ROWS, presentation.MOST_DETAILS),
    _Limits(40, 5, lines=60),
    _Limits(20, 0, lines=20),
    _Limits(3, 0, lines=3, environments=20),
)


def as_markdown(plan: Plan, verdicts: Sequence[Verdict]) -> str:
    """GitHub-flavoured Markdown, as long as a comment may be."""
    for limits in _TRIES:
        text = "\n".join(_lines(plan, verdicts, limits))
        if len(text) <= _MOST_CHARACTERS:
            return text
    lines = [_title(plan, verdicts), "", "The plan is longer than a comment: `modelyard plan` tells it in full."]
    return "\n".join([MARKER, *lines])


def failure_as_markdown(failure: Failure) -> str:
    """The comment where nothing could be planned: what is wrong, line by line."""
    lines = [MARKER, "### modelyard plan: nothing could be planned", "", prose(failure.sentence), ""]
    lines += [f"- {code(line)}" for line in failure.details[:_MOST_PROBLEMS]]
    if len(failure.details) > _MOST_PROBLEMS:
        lines += ["", f"and {len(failure.details) - _MOST_PROBLEMS} more"]
    return "\n".join(lines)


def _title(plan: Plan, verdicts: Sequence[Verdict]) -> str:
    return f"### modelyard plan: {presentation.VERDICT_WORDS[worst(verdicts)]}, {prose(presentation.headline(plan))}"


def _lines(plan: Plan, verdicts: Sequence[Verdict], limits: _Limits) -> Iterator[str]:
    yield MARKER
    yield _title(plan, verdicts)
    yield ""
    for verdict in verdicts[: limits.rows]:
        yield f"- **{verdict.level}**: {prose(verdict.sentence)}"
    refused = [(one, environment) for environment in plan.environments for one in environment.endpoints if one.refused]
    for endpoint, environment in refused[: limits.rows]:
        yield f"- **{code(endpoint.name)}** in {code(environment.name)}: {prose(endpoint.refused or '')}"
    if verdicts or refused:
        yield ""
    for environment in plan.environments[: limits.environments]:
        yield from _environment(environment, limits)
    if len(plan.environments) > limits.environments:
        yield f"and {len(plan.environments) - limits.environments} more environments"
        yield ""
    if len(plan.environments) > 1:
        yield from _band_table(
            "all environments",
            plan.before_usd,
            plan.after_usd,
            comparable=plan.comparable,
            known=plan.has_amounts,
        )
    for note in plan.notes[: limits.rows]:
        yield f"> {prose(note)}"
        yield ""
    yield f"<sub>Compared with {code(plan.base)}. US dollars of the expected month; estimates, not a bill.</sub>"


def _environment(environment: PlannedEnvironment, limits: _Limits) -> Iterator[str]:
    found = presentation.rows(environment, limits.rows)
    place = f"{code(environment.account)} {code(environment.region)}"
    yield f"**{code(environment.name)}** ({place}): {presentation.counts(environment)}"
    yield ""
    if not found.shown and not environment.changes:
        yield f"Nothing changes: ${presentation.money(environment.after_usd.expected)} a month."
        yield ""
        return
    yield "| endpoint | what happens | now | then | difference |"
    yield "|---|---|--:|--:|--:|"
    for one in found.shown:
        now, then, difference, share = presentation.amounts(one.before, one.after)
        yield _cells(cell_code(one.name), presentation.fate(one), [now, then, _with_share(difference, share)])
    before, after = presentation.rest(environment, limits.rows)
    others = [f"{found.unchanged} unchanged"] if found.unchanged else []
    others += [f"{found.left_out} more that change"] if found.left_out else []
    if others:
        yield _row(", ".join(others), "", before, after)
    shared = environment.shared
    if shared.before.lines or shared.after.lines:
        now, then, difference, share = presentation.amounts(shared.before, shared.after)
        yield _cells("foundation", "", [now, then, _with_share(difference, share)])
    total = (environment.before_usd.expected, environment.after_usd.expected)
    comparable = not environment.incomparable
    yield _row("**in all**", "", *total, strong=True, comparable=comparable, known=environment.has_amounts)
    yield ""
    yield from _folded("What the deploy does, and why", list(_deploy(environment, limits)))
    yield from _folded("Low, expected and high, line by line", list(_estimate(environment, limits)))
    yield from _folded(
        "Quotas of the account",
        [f"- {prose(line)}" for line in list(presentation.quota_lines(environment))[: limits.lines]],
    )
    yield from _folded(
        "Assumptions", [f"- {prose(line)}" for line in list(presentation.assumptions(environment))[: limits.lines]]
    )


def _row(
    name: str,
    what: str,
    before: Decimal,
    after: Decimal,
    *,
    strong: bool = False,
    comparable: bool = True,
    known: tuple[bool, bool] = (True, True),
) -> str:
    share = presentation.signed_percent(after - before, before)
    difference = _with_share(presentation.signed(after - before), share) if comparable else ""
    months = [
        presentation.money(usd) if has_amount else NOT_PRICED
        for usd, has_amount in zip((before, after), known, strict=True)
    ]
    amounts = [*months, difference]
    return _cells(name, what, [f"**{amount}**" if strong and amount else amount for amount in amounts])


def _with_share(difference: str, share: str) -> str:
    return f"{difference} ({share.replace(' ', NO_BREAK)})" if share else difference


def _cells(name: str, what: str, amounts: Sequence[str]) -> str:
    return f"| {name} | {prose(what)} | {' | '.join(amounts)} |"


def _deploy(environment: PlannedEnvironment, limits: _Limits) -> Iterator[str]:
    shared = presentation.shared_changes(environment)
    for change, names in list(shared.items())[: limits.rows]:
        yield f"- {code(str(change))} {code(change.place)}: {prose(presentation.reach(names))}"
    for sentence in environment.shared.sentences:
        yield f"- foundation: {prose(sentence)}"
    for stack in environment.stacks[: limits.rows]:
        yield from (f"- {prose(sentence)}" for sentence in stack.sentences)
    changed = [one for one in presentation.rows(environment, limits.rows).shown if one.changed]
    for endpoint in changed[: limits.details]:
        yield ""
        what = f"({prose(endpoint.kind)}, {prose(endpoint.label)}): {prose(presentation.fate(endpoint))}"
        yield f"**{code(endpoint.name)}** {what}"
        yield ""
        for change in presentation.own_changes(endpoint, shared):
            yield f"- {code(str(change))} {code(change.place)}"
        yield from (f"- {prose(sentence)}" for sentence in endpoint.sentences)
    if len(changed) > limits.details:
        yield ""
        yield f"and {len(changed) - limits.details} more, which `modelyard plan --json` tells in full"


def _estimate(environment: PlannedEnvironment, limits: _Limits) -> Iterator[str]:
    comparable = not environment.incomparable
    yield from _band_table(
        environment.name,
        environment.before_usd,
        environment.after_usd,
        comparable=comparable,
        known=environment.has_amounts,
    )
    if environment.shared.changed and limits.details:
        yield from _cost_table("foundation, shared by all endpoints", environment.shared.shown_cost)
    changed = [one for one in presentation.rows(environment, limits.rows).shown if one.before.lines != one.after.lines]
    for endpoint in changed[: limits.details]:
        removed = endpoint.action == "removed"
        name = f"{endpoint.name}, which goes" if removed else endpoint.name
        yield from _cost_table(name, endpoint.before if removed else endpoint.after)


def _band_table(name: str, before: Band, after: Band, *, comparable: bool, known: tuple[bool, bool]) -> Iterator[str]:
    yield f"| {prose(name)} | low | expected | high |"
    yield "|---|--:|--:|--:|"
    increase = after - before
    for word, band, has_amount in (("now", before, known[0]), ("then", after, known[1])):
        yield f"| {word} | {' | '.join(presentation.band_cells(band, known=has_amount))} |"
    if comparable:
        cells = map(presentation.signed, (increase.low, increase.expected, increase.high))
        yield f"| difference | {' | '.join(cells)} |"
    yield ""


def _cost_table(name: str, cost: Cost) -> Iterator[str]:
    yield f"| {prose(name)} | low | expected | high |"
    yield "|---|--:|--:|--:|"
    for line in cost.lines:
        if line.state == "priced":
            yield f"| {prose(presentation.line_text(line))} | {_amounts(line.usd)} |"
    yield f"| **in all** | {_amounts(cost.usd, known=cost.has_amount)} |"
    for text in (*presentation.unit_costs(cost), *presentation.unestimated(cost)):
        yield f"| {prose(text)} | | | |"
    yield ""


def _amounts(usd: Band, *, known: bool = True) -> str:
    return " | ".join(presentation.band_cells(usd, known=known))


def _folded(title: str, lines: Sequence[str]) -> Iterator[str]:
    if lines:
        yield f"<details><summary>{title}</summary>"
        # GitHub reads Markdown inside HTML only after an empty line.
        yield ""
        yield from lines
        yield ""
        yield "</details>"
        yield ""
