"""What a delivery stream has delivered is not held any longer: MiniStack would keep every record for ever."""

from collections.abc import Callable
from typing import Any

from ministack.services import firehose

Deliver = Callable[[dict[str, Any], dict[str, Any], list[tuple[str, bytes]]], None]


def forget_delivered_records() -> None:
    """Let go of the records that a destination was given, whether it took them or not; nothing reads them again."""
    firehose._deliver_records_to_s3 = _forgetting(firehose._deliver_records_to_s3)
    firehose._deliver_to_iceberg = _forgetting(firehose._deliver_to_iceberg)


def _forgetting(deliver: Deliver) -> Deliver:
    def deliver_and_forget(
        stream: dict[str, Any], destination: dict[str, Any], records: list[tuple[str, bytes]]
    ) -> None:
        try:
            deliver(stream, destination, records)
        finally:
            delivered = {record_id for record_id, _ in records}
            destination["records"][:] = [one for one in destination["records"] if one["id"] not in delivered]

    return deliver_and_forget
