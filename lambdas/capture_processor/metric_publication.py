"""What CloudWatch learns of a variant's captured requests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from lambdas.capture_processor.drift_window import ClosedWindow

NAMESPACE = "modelyard/Capture"


class CloudWatch(Protocol):
    """What of boto3's client is used."""

    def put_metric_data(self, **request: Any) -> Any:
        """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html"""
        ...


class MetricPublication:
    """Metrics by endpoint and variant: counts of a file, and the divergences of windows that it filled."""

    def __init__(self, cloudwatch: CloudWatch) -> None:
        self._cloudwatch = cloudwatch

    def publish(
        self, *, endpoint: str, variant: str, counts: Mapping[str, int], windows: Sequence[ClosedWindow]
    ) -> None:
        """One call for a file: a thousand metrics go into one, and a file makes some ten."""
        values: dict[tuple[str, str], list[float]] = {(name, "Count"): [number] for name, number in counts.items()}
        for window in windows:
            for feature, found in window.divergences.items():
                values.setdefault((f"{feature}Psi", "None"), []).append(found.psi)
                values.setdefault((f"{feature}Kl", "None"), []).append(found.kl)
            if window.refusal_share is not None:
                values.setdefault(("RefusalShare", "Percent"), []).append(100 * window.refusal_share)
        dimensions = [{"Name": "EndpointName", "Value": endpoint}, {"Name": "VariantName", "Value": variant}]
        self._cloudwatch.put_metric_data(
            Namespace=NAMESPACE,
            MetricData=[
                # 150 values are the most that one metric takes; a file that fills more windows tells of its last ones.
                {"MetricName": name, "Unit": unit, "Dimensions": dimensions, "Values": found[-150:]}
                for (name, unit), found in values.items()
            ],
        )
