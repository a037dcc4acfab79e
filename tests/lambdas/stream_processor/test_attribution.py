"""A record counts for the endpoint that it comes from, and where nothing says so, for one that is there."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lambdas.shared.known_endpoints import PAUSE_SECONDS


def reasons(services: Any) -> set[tuple[str, str | None]]:
    lines = [json.loads(line) for body in services.objects.values() for line in body.splitlines()]
    return {(one["reason"], one["log_group"]) for one in lines}


def names(services: Any) -> set[tuple[str, ...]]:
    return {tuple(one["Value"] for one in datum["Dimensions"]) for datum in services.metrics}


@pytest.mark.parametrize(
    "log_group",
    [
        "/aws/sagemaker/Endpoints/support-chat-2",
        "/aws/sagemaker/Endpoints/chat",
        "/aws/sagemaker/Endpoints/support-chat/",
        "/aws/sagemaker/endpoints/support-chat",
        "x/aws/sagemaker/Endpoints/support-chat",
        "support-chat",
        "",
    ],
)
def test_a_line_that_names_another_endpoint_than_its_log_group_is_counted_for_nobody(
    services: Any, stream: Any, record: Any, log_group: str
) -> None:
    content = stream.envelope(json.dumps(record(0)), log_group=log_group)
    outcome = services.processor().process(stream.records(content, stream.envelope(json.dumps(record(1)))))
    assert (outcome.failed_from, outcome.poison) == (None, 1)
    assert services.delivered == [f"{1:032x}"]
    assert services.total("Requests") == 1
    assert services.health["RecordsPoison"] == 1
    assert reasons(services) == {("endpoint is not the one of its log group", log_group or None)}


@pytest.mark.parametrize("missing", [None, 5, ["/aws/sagemaker/Endpoints/support-chat"]])
def test_an_envelope_without_a_log_group_speaks_for_nobody(
    services: Any, stream: Any, record: Any, missing: Any
) -> None:
    services.processor().process(stream.records(stream.envelope(json.dumps(record(0)), log_group=missing)))
    assert not services.delivered


def test_log_groups_vouch_without_anybody_being_asked(services: Any, stream: Any, record: Any) -> None:
    services.endpoints = []
    assert services.processor().process(stream.of(record(0))).poison == 0
    assert services.calls["list_endpoints"] == 0


def test_twenty_thousand_invented_names_make_no_metric_and_one_question(
    services: Any, stream: Any, record: Any
) -> None:
    lines = [json.dumps(record(number, endpoint=f"invented-{number}")) for number in range(20_000)]
    bare = ["\n".join(lines[start : start + 1000]).encode() for start in range(0, 20_000, 1000)]
    outcome = services.processor().process(stream.records(*bare, json.dumps(record(20_000)).encode()))
    assert (outcome.failed_from, outcome.poison) == (None, 20_000)
    assert names(services) == {("support-chat", "AllTraffic")}
    assert services.calls["list_endpoints"] == 1
    assert services.health["RecordsPoison"] == 20_000


# What a caller or a container may write into a record as it likes.
INVENTED = {
    "team": "team-{}", "model": "model-{}", "engine": "engine-{}", "adapter": "adapter-{}", "request_id": "request-{}",
    "inference_id": "inference-{}", "stop_reason": "reason-{}", "variant": "variant-{}", "endpoint": "endpoint-{}",
}  # fmt: skip


@pytest.mark.parametrize("field", INVENTED)
@pytest.mark.parametrize("log_groups_vouch", [True, False])
def test_a_minute_has_at_most_ten_metrics_of_each_endpoint_and_variant_whatever_records_say(
    services: Any, stream: Any, record: Any, field: str, log_groups_vouch: bool
) -> None:
    lines = [json.dumps(record(number, **{field: INVENTED[field].format(number)})) for number in range(20_000)]
    envelopes = [stream.envelope(*lines[start : start + 1000]) for start in range(0, 20_000, 1000)]
    last = stream.envelope(json.dumps(record(20_000)))
    outcome = services.processor(log_groups_vouch=log_groups_vouch).process(stream.records(*envelopes, last))
    assert outcome.failed_from is None
    assert names(services) == {("support-chat", "AllTraffic")}
    assert len({datum["MetricName"] for datum in services.metrics}) <= 10


def test_where_containers_put_records_themselves_an_envelope_vouches_for_nothing(
    services: Any, stream: Any, record: Any
) -> None:
    forged = stream.envelope(json.dumps(record(0, endpoint="invented")), log_group="/aws/sagemaker/Endpoints/invented")
    true = stream.envelope(json.dumps(record(1)))
    services.processor(log_groups_vouch=False).process(stream.records(forged, true))
    assert services.delivered == [f"{1:032x}"]
    assert names(services) == {("support-chat", "AllTraffic")}


@pytest.mark.parametrize("bare", [True, False])
def test_invented_variants_make_no_metric(services: Any, stream: Any, record: Any, bare: bool) -> None:
    lines = [json.dumps(record(number, variant=f"v-{number}")) for number in range(1000)]
    lines.append(json.dumps(record(1000)))
    services.processor().process(stream.records("\n".join(lines).encode() if bare else stream.envelope(*lines)))
    assert names(services) == {("support-chat", "AllTraffic")}
    assert {reason for reason, _ in reasons(services)} == {
        "variant is none that this environment deploys",
        "900 more lines of it are no records",
    }


def test_models_teams_and_adapters_are_columns_and_never_metrics(services: Any, stream: Any, record: Any) -> None:
    some = [record(number, model=f"m{number}", team=f"t{number}", adapter=f"a{number}") for number in range(500)]
    services.processor().process(stream.of(*some))
    assert len(services.delivered) == 500
    assert names(services) == {("support-chat", "AllTraffic")}


def test_an_endpoint_that_was_made_since_is_found_and_one_that_was_deleted_stays_known(
    services: Any, stream: Any, record: Any
) -> None:
    processor = services.processor()

    def poison(number: int, endpoint: str) -> int:
        one = json.dumps(record(number, endpoint=endpoint)).encode()
        return int(processor.process(stream.records(one)).poison)

    assert poison(0, "new") == 1
    services.endpoints = ["new"]
    assert poison(1, "new") == 1
    services.monotonic += PAUSE_SECONDS
    assert poison(2, "new") == 0
    assert poison(3, "faq") == 0
    assert services.calls["list_endpoints"] == 2


def test_an_account_with_many_endpoints_is_read_to_its_end(services: Any, stream: Any, record: Any) -> None:
    services.endpoints = [f"endpoint-{number}" for number in range(950)]
    one = json.dumps(record(0, endpoint="endpoint-949")).encode()
    assert services.processor().process(stream.records(one)).poison == 0
    assert services.calls["list_endpoints"] == 10


def test_records_wait_where_nobody_says_which_endpoints_there_are(services: Any, stream: Any, record: Any) -> None:
    processor = services.processor()
    records = stream.records(stream.envelope(json.dumps(record(0))), json.dumps(record(1)).encode())
    services.refuse["list_endpoints"] = 1
    outcome = processor.process(records)
    assert (outcome.failed_from, outcome.poison, services.delivered) == (0, 0, [])
    assert processor.process(records).failed_from is None
    assert len(services.delivered) == 2


@pytest.mark.parametrize(
    ("field", "most"), [("latency_ms", 7_200_000), ("queue_ms", 7_200_000.0), ("input_tokens", 100_000_000)]
)
def test_a_number_is_one_that_a_request_can_have(
    services: Any, stream: Any, record: Any, field: str, most: float
) -> None:
    outcome = services.processor().process(stream.of(record(0, **{field: most}), record(1, **{field: most + 1})))
    assert outcome.poison == 1
    assert services.delivered == [f"{0:032x}"]
    assert {reason for reason, _ in reasons(services)} == {f"{field} is negative or more than a request can have"}
