"""The demo's result: what was sent, and what each place says of it, with units and what stood in for what."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from modelyard.demo.signals.findings import PERCENTILES_APART_PERCENT, Findings
from modelyard.demo.signals.metrics import PERCENTILES
from modelyard.demo.signals.provocation import AlarmStory
from modelyard.demo.signals.roles import FunctionRole

_CLIENT_ERROR = 400
_NAMES = {
    "TimeToFirstToken": "time to first token",
    "TimePerOutputToken": "time per output token",
    "RequestLatency": "latency in the container",
}


def print_findings(console: Console, findings: Findings, *, clock_factor: int) -> None:
    """Print the whole report."""
    for title, parts in (
        ("1. Kinesis: a record of every request", _stream(findings)),
        ("2. The same requests, counted in four places", _agreement(findings)),
        ("3. CloudWatch: percentiles, beside those of the records", _percentiles(findings)),
        ("4. An alarm, provoked and cleared", _alarm(findings.alarm, clock_factor)),
        ("5. The table: Parquet in S3, asked with DuckDB", _table(findings)),
        ("6. Captured requests, for people", _captured(findings)),
        ("7. The functions and their roles, with IAM enforced", _roles(findings.roles)),
        ("What stood in for what", _stand_ins(findings, clock_factor)),
    ):
        console.print(f"\n{title}", style="bold", highlight=False, markup=False)
        for part in parts:
            console.print(part, highlight=False, markup=False)
    if not any(findings.differences()):
        console.print("\nEverything that can be counted agrees with what was sent.", highlight=False, markup=False)


def _stream(findings: Findings) -> Iterator[str]:
    stream = findings.stream
    yield (
        f"Stream {stream.stream}, {stream.shards} shards, read from its beginning: {stream.deliveries} deliveries of "
        f"CloudWatch Logs with {stream.lines} records, {len(stream.records)} different ones. One of them:"
    )
    streamed = [record for record in stream.records.values() if record["streamed"]]
    for record in (streamed or list(stream.records.values()))[:1]:
        yield f"  {json.dumps(record)}"


def _agreement(findings: Findings) -> Iterator[Table | str]:
    table = _table_of("", "the sender counted", "Kinesis", "CloudWatch", "table", "")
    for one in findings.agreements:
        places = (one.sent, one.kinesis, one.cloudwatch, one.table)
        table.add_row(one.what, *(f"{number:,}" for number in places), "equal" if one.equal else "NOT EQUAL")
    yield table
    yield "the sender: requests it made, and the tokens that each answer itself states. Kinesis: different record ids."
    yield "CloudWatch: sums of Requests, Errors, InputTokens and OutputTokens. table: rows of the view requests_once."


def _percentiles(findings: Findings) -> Iterator[Table | str]:
    headings = [f"{place} p{one}" for one in PERCENTILES for place in ("CloudWatch", "records")]
    table = _table_of("endpoint", "in milliseconds", "requests", *headings, "apart", texts=2)
    for one in findings.distributions:
        pairs = [f"{place[name]:.1f}" for name in PERCENTILES for place in (one.cloudwatch, one.records)]
        table.add_row(one.endpoint, _NAMES[one.metric], str(one.count), *pairs, f"{one.farthest_percent:.2f} %")
    yield table
    yield (
        "CloudWatch: what the stream processor published in modelyard/Requests. records: computed here from the "
        f"records in Kinesis. More than {PERCENTILES_APART_PERCENT:g} % apart fails this demo."
    )


def _alarm(alarm: AlarmStory, clock_factor: int) -> Iterator[str]:
    refused = sum(one.status >= _CLIENT_ERROR for one in alarm.sent)
    yield (
        f"{alarm.name}: percent of requests answered with 4xx, {alarm.rule}. "
        f"Its topic tells {', '.join(alarm.recipients) or 'nobody'}:"
    )
    yield f"  {alarm.description}"
    yield (
        f"Team {alarm.team} sent {refused} requests that {alarm.endpoint} had to refuse with 400, and then "
        f"{len(alarm.sent) - refused} that it could answer. When the alarm changed, by AWS's clock:"
    )
    for change, after in ((alarm.fired, "the first refused one"), (alarm.cleared, "the last refused one")):
        yield (
            f"  {change.at:%H:%M:%S} UTC {change.state}, {change.after_seconds:.0f} s after {after}, "
            f"{change.after_seconds * clock_factor / 60:.0f} minutes for AWS. {change.reason}"
        )
    yield f"{alarm.composite}, the composite alarm of all alarms of the endpoint, went on and off with it."
    yield "History of the alarm, by AWS's clock:"
    yield from (f"  {line}" for line in alarm.history)


def _table(findings: Findings) -> Iterator[str | Table]:
    table = findings.table
    yield (
        f"{table.files} files, {table.size_bytes / 1000:.0f} kB, in {table.location}: {table.rows} rows, "
        f"{table.requests} without copies, by the view requests_once as Glue holds it. By endpoint and team:"
    )
    rows = _table_of("endpoint", "team", "requests", "refused", "input tokens", "output tokens", texts=2)
    for endpoint, team, *figures in table.by_team:
        rows.add_row(endpoint, team or "-", *(f"{figure or 0:,}" for figure in figures))
    yield rows


def _captured(findings: Findings) -> Iterator[str]:
    if not findings.captured:
        yield "No endpoint of this catalog captures every request."
    for captured, number in findings.captured:
        replaced = ", ".join(f"{count} x {kind}" for kind, count in captured.replaced.items())
        verdict = "equal" if len(captured.pairs) == number else "NOT EQUAL"
        yield (
            f"{captured.location}: {len(captured.pairs)} pairs of question and answer, {number} requests that were "
            f"not streamed: {verdict}. Personal data replaced: {replaced or 'none'}."
        )
        redacted = next((pair for pair in captured.pairs if pair.get("replaced")), None)
        if redacted is not None:
            yield f"  {json.dumps(redacted['input'])[:200]}"


def _roles(roles: Sequence[FunctionRole]) -> Iterator[str]:
    for role in roles:
        yield f"{role.function} runs under {role.role}."
        yield f"  It grants {', '.join(role.grants)}."
        yield f"  Its log tells of {role.runs} runs, and of an error or a refused call in {role.complaints} lines."
        yield f"  Tried by another function under the same role, as {role.identity}:"
        for attempt in role.attempts:
            answer = "allowed" if attempt.error is None else f"refused, {attempt.error}"
            yield f"    {attempt.call.what}: {answer}{'' if attempt.as_meant else ' - NOT AS MEANT'}"


def _stand_ins(findings: Findings, clock_factor: int) -> Iterator[str]:
    yield from (f"{line}." for line in findings.stand_ins)
    yield (
        f"AWS: embedded AWS, one process on this machine, whose waiting is {clock_factor} times as fast; alarms of "
        "SageMaker's own metrics live in that time, records and their metrics in real time."
    )
    yield (
        "The functions ran as processes of this Python, and Firehose wrote what it was handed at once and without "
        "asking its role. On AWS rows come within 6 to 9 minutes. Nobody was sent a mail."
    )


def _table_of(*headings: str, texts: int = 1) -> Table:
    """A table whose first columns are texts and whose others are figures."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    for place, heading in enumerate(headings):
        table.add_column(heading, justify="left" if place < texts else "right")
    return table
