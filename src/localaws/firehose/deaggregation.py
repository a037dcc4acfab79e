"""Several JSON objects in one Firehose record, each sorted into its own partition.

https://docs.aws.amazon.com/firehose/latest/dev/dynamic-partitioning-multirecord-deaggergation.html: MiniStack evaluates
the partition of a record as a whole, and so takes a record of many objects for one that is no JSON.
"""

import json
from collections.abc import Callable
from typing import Any

from ministack.services import firehose

Records = list[tuple[str, bytes]]

# "Record deaggregation by JSON or by delimiter is capped at 500 per record", says the page above and no more.
MOST_OBJECTS = 500


def deaggregate_records() -> None:
    """Let delivery streams with a RecordDeAggregation processor of JSON take records apart."""
    deliver_whole: Callable[..., None] = firehose._deliver_records_to_s3
    keys_of_one: Callable[[dict[str, Any], bytes], dict[str, str] | None] = firehose._metadata_extraction_keys

    def deliver(stream: dict[str, Any], destination: dict[str, Any], records: Records) -> None:
        processors = _processors(destination["config"])
        if "RecordDeAggregation" in processors:
            if _parameters(processors["RecordDeAggregation"]).get("SubRecordType") != "JSON":
                raise ValueError("embedded AWS takes records apart only where SubRecordType is JSON")
            records = [
                (name, part) for name, data in records for part in _parts(destination["config"], data, keys_of_one)
            ]
        deliver_whole(stream, destination, records)

    def keys_of_first(config: dict[str, Any], data: bytes) -> dict[str, str] | None:
        """All objects of a part lie in one partition, so the first speaks for all."""
        if not _is_taken_apart(config):
            return keys_of_one(config, data)
        first, _, rest = data.partition(b"\n")
        if rest.count(b"\n") >= MOST_OBJECTS:
            raise firehose._DeliveryError("processing-failed", f"The record holds more than {MOST_OBJECTS} objects.")
        return keys_of_one(config, first)

    firehose._deliver_records_to_s3 = deliver
    firehose._metadata_extraction_keys = keys_of_first


def _parts(config: dict[str, Any], data: bytes, keys_of: Callable[..., dict[str, str] | None]) -> list[bytes]:
    """The record's objects, one a line, those of each partition together."""
    try:
        documents = firehose._json_documents(data)
        if len(documents) > MOST_OBJECTS:
            # As a whole it goes to the error prefix, where a test finds it.
            return [b"\n".join(json.dumps(document).encode() for document in documents) + b"\n"]
        by_partition: dict[str, list[str]] = {}
        for document in documents:
            line = json.dumps(document)
            by_partition.setdefault(json.dumps(keys_of(config, line.encode())), []).append(line)
    except firehose._DeliveryError:
        # Delivered as a whole it meets the same error, and goes to the error prefix.
        return [data]
    return ["\n".join(lines).encode() for lines in by_partition.values()]


def _is_taken_apart(config: dict[str, Any]) -> bool:
    return "RecordDeAggregation" in _processors(config)


def _processors(config: dict[str, Any]) -> dict[str, dict[str, Any]]:
    processing = config.get("ProcessingConfiguration") or {}
    return {one["Type"]: one for one in processing.get("Processors") or []} if processing.get("Enabled") else {}


def _parameters(processor: dict[str, Any]) -> dict[str, str]:
    return {one["ParameterName"]: one["ParameterValue"] for one in processor.get("Parameters") or []}
