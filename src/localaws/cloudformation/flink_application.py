"""AWS::KinesisAnalyticsV2::Application is refused: MiniStack keeps such an application and runs nothing of it.

A template that is deployed and whose metrics never come would be lost in silence.
"""

from __future__ import annotations

from localaws.cloudformation.resource_type import Created, Place, Properties, Schema


class FlinkApplicationType:
    """The type; there is none of it here."""

    schema = Schema("AWS::KinesisAnalyticsV2::Application", create_only=("ApplicationName",), blocks=False)

    def create(self, logical_id: str, properties: Properties, place: Place) -> Created:
        """Raises `ValueError` with what to do instead."""
        name = properties.get("ApplicationName", logical_id)
        raise ValueError(
            f"embedded AWS runs no Apache Flink, so {name} would never start: take aggregation: flink back in "
            "this environment's signals, and the Lambda function makes the same metrics"
        )

    def update(self, physical_id: str, old: Properties, new: Properties, place: Place) -> Created:
        """There is nothing to change."""
        return self.create(physical_id, new, place)

    def delete(self, physical_id: str, properties: Properties, place: Place) -> None:
        """There is nothing to delete."""
