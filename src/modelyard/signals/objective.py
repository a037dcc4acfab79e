"""What an entry's `slo:` promises of things that records measure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from modelyard.catalog.entry import Catalog
from modelyard.catalog.schema import QueueSlo
from modelyard.signals.measure import FIRST_TOKEN, LATENCY

_MILLISECONDS = 1000


@dataclass(frozen=True, kw_only=True)
class Objectives:
    """`durations`: by column and percentile, in milliseconds; error shares in percent."""

    durations: Mapping[str, Mapping[int, float]] = field(default_factory=dict)
    server_error_percent: float | None = None
    client_error_percent: float | None = None


NONE_KNOWN = Objectives()


def objectives_by_endpoint(catalog: Catalog) -> dict[str, Objectives]:
    """The objectives of a catalog's endpoints, by the names that AWS sees."""
    found = {}
    for entry in catalog.entries.values():
        slo = entry.endpoint.slo
        seconds = {
            LATENCY.column: {50: slo.latency_p50_seconds, 99: slo.latency_p99_seconds},
            FIRST_TOKEN.column: {90: slo.time_to_first_token_p90_seconds},
        }
        shares = None if isinstance(slo, QueueSlo) else slo
        found[entry.endpoint_name] = Objectives(
            durations={
                column: {percent: value * _MILLISECONDS for percent, value in held.items() if value is not None}
                for column, held in seconds.items()
            },
            server_error_percent=shares.server_error_percent if shares else None,
            client_error_percent=shares.client_error_percent if shares else None,
        )
    return found
