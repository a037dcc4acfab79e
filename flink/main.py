"""What Managed Service for Apache Flink starts: the aggregation between the record stream and the window stream.

The service writes the application's properties to a file before it calls this
(https://docs.aws.amazon.com/managed-flink/latest/java/how-properties.html).
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

PROPERTIES = Path("/etc/flink/application_properties.json")
GROUP = "modelyard"
CODE = Path(__file__).resolve().parents[1]


def main(properties: Path = PROPERTIES) -> None:
    """Hand the job over to the cluster that this runs on."""
    # The service names this file alone, and Python finds only what lies beside it.
    sys.path.insert(0, str(CODE))
    from flink.aggregation import define, environment

    groups = {group["PropertyGroupId"]: group["PropertyMap"] for group in json.loads(properties.read_text("utf-8"))}
    settings = groups[GROUP]
    # The options of flink-connector-aws 5.0 (its documentation's page «Amazon Kinesis Data Streams SQL Connector»).
    windows = {
        "connector": "kinesis",
        "stream.arn": settings["window.stream.arn"],
        "aws.region": settings["region"],
        "format": "json",
        "json.encode.decimal-as-plain-number": "true",
    }
    job = define(
        environment(CODE),
        record_stream={
            "connector": "kinesis",
            "stream.arn": settings["record.stream.arn"],
            "aws.region": settings["region"],
            # Where there is no snapshot to go on from. What lies in the stream when an environment changes to Flink was
            # counted by the function, and CloudWatch would add it once more.
            "source.init.position": "LATEST",
            "format": "raw",
        },
        window_totals=windows,
        window_durations=windows,
    )
    job.execute()


if __name__ == "__main__":
    main()
