"""A latency objective lies below the time after which SageMaker gives a request up."""

from __future__ import annotations

from collections.abc import Iterator

from modelyard.catalog.entry import Catalog, Entry
from modelyard.rules.rule import Rule, Violation

# https://docs.aws.amazon.com/sagemaker/latest/dg/realtime-endpoints-test-endpoints.html, and for multi-model and
# serverless endpoints the page of InvokeEndpoint; asynchronous requests may take an hour.
LONGEST_SECONDS = {"real-time": 60, "multi-model": 60, "serverless": 60, "async": 3600}
# A streamed answer may take longer than a whole one.
LONGEST_STREAM_SECONDS = 480
_KEYS = ("latency_p99_seconds", "latency_p50_seconds", "time_to_first_token_p90_seconds")

RULE = Rule(
    id="MY093",
    severity="warning",
    title="a latency objective is shorter than the time after which SageMaker gives a request up",
    reason="SageMaker waits 60 seconds for a whole answer, 8 minutes for a streamed one and an hour for one from a "
    "queue. An objective above that is never exceeded: its alarm cannot fire, and nor can the one that turns a "
    "roll-out back. Between 60 seconds and 8 minutes it fires for streamed answers only.",
    source="https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpoint.html",
    fix="lower the objective; waive the rule where every caller streams; make an entry with longer answers async",
    fails="""\
# catalog/endpoints/chat.yaml
kind: real-time
slo: {latency_p99_seconds: 90}
""",
    passes="""\
# catalog/endpoints/chat.yaml
kind: real-time
slo: {latency_p99_seconds: 45}
""",
)


def check(entry: Entry, catalog: Catalog) -> Iterator[Violation]:
    kind = entry.endpoint.kind
    longest = LONGEST_SECONDS[kind]
    for key in _KEYS:
        seconds = getattr(entry.endpoint.slo, key)
        if seconds is None or seconds < longest:
            continue
        streams = kind == "real-time" and seconds < LONGEST_STREAM_SECONDS
        only = ", and only a streamed answer may take longer" if streams else ""
        yield Violation(
            ("slo", key),
            f"{key} is {seconds:g}, and SageMaker gives a request up after {longest} s{only}: its alarm never fires; "
            "lower it" + (", or waive this where every caller streams" if streams else ""),
        )
