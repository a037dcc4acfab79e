"""One HTML file with everything in it: no script, nothing that is fetched, small enough to be sent by mail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from modelyard.signals import quantity
from modelyard.signals.duration_figures import distribution_figure, over_time_figure
from modelyard.signals.figure import Figure
from modelyard.signals.fleet import Fleet, fleet
from modelyard.signals.measure import EACH_TOKEN, FIRST_TOKEN, LATENCY, QUEUE
from modelyard.signals.objective import NONE_KNOWN, Objectives
from modelyard.signals.records import Records
from modelyard.signals.share_figures import share_figures
from modelyard.signals.span import Timeline, moment
from modelyard.signals.statistics import EndpointSummary, Totals, endpoint_summaries, over_time
from modelyard.signals.traffic_figures import (
    errors_figure,
    requests_figure,
    token_distribution_figure,
    token_rate_figure,
)

# What a page may hold, in bytes. Beyond it endpoints have their row and no plots, and the page names them.
MOST_BYTES = 1_900_000
# Beyond so many rows a table helps nobody; it begins with the endpoints that were asked most.
_MOST_ROWS = 300


@dataclass(frozen=True, kw_only=True)
class Page:
    """The file's text, what stands in its first table, and the endpoints whose plots it has no room for."""

    html: str
    fleet: Fleet
    not_drawn: tuple[str, ...]


def page(
    records: Records,
    *,
    line: Timeline,
    source: str,
    objectives: Mapping[str, Objectives] | None,
    version: str,
    most_bytes: int | None = None,
) -> Page:
    """The page of all records that were read; without `objectives` it says how to have them."""
    templates = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    summaries = endpoint_summaries(records)
    steps = over_time(records, line)
    table = fleet(summaries)
    sections: list[Markup] = []
    used_bytes = 0
    for number, summary in enumerate(summaries):
        figures = _figures(
            records,
            summary,
            line=line,
            steps=steps[summary.name],
            promised=(objectives or {}).get(summary.name, NONE_KNOWN),
            prefix=f"e{number}",
        )
        section = Markup(
            templates.get_template("endpoint.html.jinja").render(
                number=number,
                name=summary.shown_name,
                facts=_facts(summary),
                figures=[figure for figure in figures if figure.svg],
                absent=_absent(figures),
                Markup=Markup,
            )
        )
        used_bytes += len(section.encode())
        if sections and used_bytes > (MOST_BYTES if most_bytes is None else most_bytes):
            break
        sections.append(section)
    not_drawn = tuple(each.shown_name for each in summaries[len(sections) :])
    html = templates.get_template("page.html.jinja").render(
        css=Markup((Path(__file__).parent / "page.css").read_text(encoding="utf-8")),
        source=source,
        start=moment(line.start),
        end=moment(line.end),
        step=line.step_words,
        requests=quantity.count(records.requests),
        copies="1 copy" if records.copies == 1 else f"{quantity.count(records.copies)} copies",
        dropped=sum(each.totals.dropped for each in summaries),
        version=version,
        columns=table.columns,
        groups=_groups(table),
        rows=table.rows[:_MOST_ROWS],
        rows_left_out=max(0, len(table.rows) - _MOST_ROWS),
        sums=table.sums,
        drawn=len(sections),
        not_drawn=not_drawn,
        sections=sections,
        objectives_known=objectives is not None,
        without_entry=[each.shown_name for each in summaries if objectives is not None and each.name not in objectives],
    )
    return Page(html=html, fleet=table, not_drawn=not_drawn)


def _figures(
    records: Records,
    summary: EndpointSummary,
    *,
    line: Timeline,
    steps: dict[int, Totals],
    promised: Objectives,
    prefix: str,
) -> list[Figure]:
    """In the order in which a person asks: how much, how well, how fast, how many tokens, and by whom."""
    percentiles = [
        over_time_figure(
            records,
            summary,
            measure,
            line=line,
            steps=steps,
            promised=promised.durations.get(measure.column, {}),
            prefix=f"{prefix}-{measure.column}",
        )
        for measure in (FIRST_TOKEN, EACH_TOKEN, LATENCY)
    ]
    return [
        requests_figure(summary, line=line, steps=steps, prefix=f"{prefix}-requests"),
        errors_figure(summary, line=line, steps=steps, promised=promised, prefix=f"{prefix}-errors"),
        *percentiles,
        distribution_figure(records, summary, LATENCY, prefix=f"{prefix}-often-latency"),
        distribution_figure(records, summary, FIRST_TOKEN, prefix=f"{prefix}-often-first"),
        *(
            token_rate_figure(
                records, summary, direction=direction, line=line, steps=steps, prefix=f"{prefix}-{direction}"
            )
            for direction in ("output", "input")
        ),
        *(
            token_distribution_figure(records, summary, direction=direction, prefix=f"{prefix}-often-{direction}")
            for direction in ("input", "output")
        ),
        over_time_figure(
            records, summary, QUEUE, line=line, steps=steps, promised={}, prefix=f"{prefix}-queue"
        ),
        *share_figures(records, summary, prefix=prefix),
    ]  # fmt: skip


def _absent(figures: Sequence[Figure]) -> dict[str, list[str]]:
    """What is not drawn, by the reason why."""
    reasons: dict[str, list[str]] = {}
    for figure in figures:
        if not figure.svg:
            reasons.setdefault(figure.caption, []).append(figure.title)
    return reasons


def _facts(summary: EndpointSummary) -> list[tuple[str, str]]:
    return [
        (one if len(names) == 1 else many, ", ".join(map(quantity.name, names[:3])) + _and_more(names, 3))
        for one, many, names in (
            ("model", "models", summary.models),
            ("engine", "engines", summary.engines),
            ("variant", "variants", summary.variants),
        )
    ]


def _and_more(names: Sequence[str], shown: int) -> str:
    return f" and {len(names) - shown} more" if len(names) > shown else ""


def _groups(table: Fleet) -> list[tuple[str, int]]:
    """What stands above the columns: name and number of columns below it."""
    groups: list[tuple[str, int]] = []
    for column in table.columns:
        if column.head and groups and groups[-1][0] == column.head:
            groups[-1] = (column.head, groups[-1][1] + 1)
        else:
            groups.append((column.head, 1))
    return groups
