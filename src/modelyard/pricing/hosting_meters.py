"""What an EndpointConfig is billed by: instances or serverless seconds, volumes, data, the queue in S3, observability.

https://aws.amazon.com/sagemaker/ai/pricing/
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from modelyard.capacity.instances import instance
from modelyard.capacity.storage_fit import DEFAULT_VOLUME_GIB
from modelyard.pricing.band import Band
from modelyard.pricing.capture_meters import capture_lines
from modelyard.pricing.data_volume import gigabytes, stored_gb
from modelyard.pricing.demand import SECONDS_PER_HOUR, Demand, ServerlessDemand
from modelyard.pricing.hosting import InstanceHosting, ServerlessHosting
from modelyard.pricing.line import Line, unpriced
from modelyard.pricing.meters import (
    ENDPOINT_DATA_IN,
    ENDPOINT_DATA_OUT,
    ENDPOINT_STORAGE,
    NOTICES_PUBLISHED,
    OBJECT_READS,
    OBJECT_WRITES,
    OBJECTS_STORED,
    instance_hour,
    provisioned_second,
    provisioned_serving_second,
    serverless_second,
)
from modelyard.pricing.month import Month, Served
from modelyard.pricing.prices import HOURS_PER_MONTH
from modelyard.pricing.resources import Properties, bucket_and_key, keep_days


def configuration_lines(configurations: Mapping[str, Properties], month: Month) -> Iterator[Line]:
    """`AWS::SageMaker::EndpointConfig`: what answers, and what goes in and out."""
    for properties in configurations.values():
        served = month.served
        if served is None:
            yield unpriced("instances", "an EndpointConfig that no entry of the catalog describes")
            continue
        if isinstance(served.hosting, ServerlessHosting):
            yield from _serverless(served.hosting, served, month)
        else:
            yield from _instances(served.hosting, served, month)
            yield from _volumes(served.hosting, served, month)
        if (queue := properties.get("AsyncInferenceConfig")) is not None:
            yield from _queue(queue, served, month)
        else:
            yield from _data(served, month)
        if (capture := properties.get("DataCaptureConfig")) is not None:
            yield from capture_lines(capture, served, month)
        if properties.get("MetricsConfig", {}).get("EnableDetailedObservability"):
            yield unpriced("metrics", "detailed observability: SageMaker's OpenTelemetry metrics")


def _instances(hosting: InstanceHosting, served: Served, month: Month) -> Iterator[Line]:
    """The first type; the dearest and cheapest that it may fall back on set the ends of the band."""
    assert isinstance(served.demand, Demand)
    hours = served.demand.instance_hours
    first, *fallbacks = hosting.instances
    kind = hosting.billed_kind
    count = str(hosting.fewest) if hosting.fewest == hosting.most else f"{hosting.fewest} to {hosting.most}"
    own = month.line("instances", f"{count} x {first}", instance_hour(first, kind), hours)
    priced = {name: month.rates.price(instance_hour(name, kind)) for name in fallbacks}
    if own.price is None:
        yield own
    else:
        per_hour = [own.price.usd, *(found.usd for found in priced.values() if found is not None)]
        usd = Band(
            low=hours.low * min(per_hour), expected=hours.expected * own.price.usd, high=hours.high * max(per_hour)
        ).in_cents()
        what = f"{own.what}, or {', '.join(fallbacks)} when short" if fallbacks else own.what
        yield Line(component="instances", what=what, meter=own.meter, quantity=hours, price=own.price, usd=usd)
    for name, found in priced.items():
        if found is None:
            yield unpriced("instances", f"{name}, should the endpoint fall back on it")


def _volumes(hosting: InstanceHosting, served: Served, month: Month) -> Iterator[Line]:
    # Types with a disk of their own do not mix with others in one entry, so the first speaks for all.
    type_ = instance(hosting.instances[0])
    if type_ is not None and not type_.has_local_nvme:
        assert isinstance(served.demand, Demand)
        size = hosting.volume_gib or DEFAULT_VOLUME_GIB
        gb_months = served.demand.instance_hours.times(size / HOURS_PER_MONTH)
        yield month.line("volumes", f"{size} GiB beside each instance", ENDPOINT_STORAGE, gb_months)


def _serverless(hosting: ServerlessHosting, served: Served, month: Month) -> Iterator[Line]:
    assert isinstance(served.demand, ServerlessDemand)
    memory, warm = hosting.memory_mb, hosting.provisioned
    on_demand = served.demand.on_demand_seconds
    yield month.line("requests", f"running with {memory} MB", serverless_second(memory), on_demand)
    if warm is not None:
        seconds = Band.of(warm * HOURS_PER_MONTH * SECONDS_PER_HOUR)
        yield month.line("requests", f"{warm} kept warm all month", provisioned_second(memory), seconds)
        serving = served.demand.provisioned_seconds
        yield month.line("requests", "running on those kept warm", provisioned_serving_second(memory), serving)


def _data(served: Served, month: Month) -> Iterator[Line]:
    traffic = served.traffic
    sent = gigabytes(served.requests, traffic.request_kib if traffic else None)
    answered = gigabytes(served.requests, traffic.response_kib if traffic else None)
    yield month.line("data", "sent to the endpoint", ENDPOINT_DATA_IN, sent)
    yield month.line("data", "answered", ENDPOINT_DATA_OUT, answered)


def _queue(queue: Properties, served: Served, month: Month) -> Iterator[Line]:
    """Requests and answers in S3: each written once and read once, and kept as long as their bucket keeps answers."""
    requests, traffic = served.requests, served.traffic
    size = None
    if traffic and traffic.request_kib is not None and traffic.response_kib is not None:
        size = traffic.request_kib + traffic.response_kib
    output = queue["OutputConfig"]
    days = keep_days(*bucket_and_key(month.foundation, output["S3OutputPath"]))
    if days is None:
        yield unpriced("queue", "requests and answers, kept without an end")
    else:
        stored = stored_gb(gigabytes(requests, size), days)
        yield month.line("queue", f"requests and answers, kept {days} days", OBJECTS_STORED, stored)
    twice = requests.times(2) if requests else None
    yield month.line("queue", "written to S3", OBJECT_WRITES, twice)
    yield month.line("queue", "read from S3", OBJECT_READS, twice)
    if "NotificationConfig" in output:
        yield month.line("queue", "a message published for each answer", NOTICES_PUBLISHED, requests)
