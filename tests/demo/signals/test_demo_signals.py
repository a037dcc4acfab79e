"""The demo of signals as a newcomer runs it, and its figures counted once more by somebody who does not trust it."""

from __future__ import annotations

import gzip
import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest

from modelyard.shell.checkout import ROOT

pytestmark = pytest.mark.timeout(300)

_MODELYARD = [sys.executable, "-c", "from modelyard.cli.main import main; main()"]


@dataclass(frozen=True)
class Demo:
    """A finished demo that left embedded AWS running."""

    port: int
    out: str
    err: str

    def client(self, service: str) -> Any:
        """A client of the embedded AWS that it left, with the keys that it told to export."""
        exported = dict(re.findall(r"^export (\w+)=(\S+)$", self.out, flags=re.MULTILINE))
        return boto3.client(
            service,
            endpoint_url=f"http://127.0.0.1:{self.port}",
            region_name="us-east-1",
            aws_access_key_id=exported["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=exported["AWS_SECRET_ACCESS_KEY"],
        )

    def row(self, start: str) -> list[str]:
        """The cells of the table row that begins so."""
        (line,) = [line for line in self.out.splitlines() if line.startswith(f" {start} ")]
        return line.removeprefix(f" {start} ").split()


@pytest.fixture(scope="module")
def demo(
    tmp_path_factory: pytest.TempPathFactory, free_port: Callable[[], int], processes_of: Callable[[Path], list[str]]
) -> Iterator[Demo]:
    """One run for all tests of this module."""
    folder, port = tmp_path_factory.mktemp("demo"), free_port()
    program = [*_MODELYARD, "demo-signals", "--keep", "--folder", str(folder), "--port", str(port)]
    try:
        said = subprocess.run(program, cwd=ROOT, capture_output=True, text=True, timeout=280)
        assert said.returncode == 0, said.stdout + said.stderr
        yield Demo(port, said.stdout, said.stderr)
    finally:
        subprocess.run([*_MODELYARD, "demo", "--stop", "--folder", str(folder)], cwd=ROOT, capture_output=True)
        assert processes_of(folder) == []


def test_everything_agrees(demo: Demo) -> None:
    assert "Everything that can be counted agrees with what was sent." in demo.out
    assert "NOT " not in demo.out
    assert "Clock factor 60" in demo.err


def test_the_figures_are_those_that_kinesis_and_cloudwatch_tell_anybody(demo: Demo) -> None:
    records = _records(demo)
    assert len({record["record_id"] for record in records}) == len(records)
    shown = {
        "requests": len(records),
        "of these refused (status 4xx)": sum(record["status"] == 400 for record in records),
        "input tokens": sum(record["input_tokens"] or 0 for record in records),
        "output tokens": sum(record["output_tokens"] or 0 for record in records),
    }
    for what, number in shown.items():
        assert demo.row(what) == [*[f"{number:,}"] * 4, "equal"]
    assert _sum(demo, "Requests") == shown["requests"]
    assert _sum(demo, "OutputTokens") == shown["output tokens"]
    assert {record["team"] for record in records} == {"shop", "support"}


def test_percentiles_of_every_duration_are_shown_beside_those_of_the_records(demo: Demo) -> None:
    records = [record for record in _records(demo) if record["endpoint"] == "faq"]
    cells = demo.row("faq           latency in the container")
    latencies = sorted(record["latency_ms"] for record in records)
    assert int(cells[0]) == len(records)
    assert float(cells[2]) == pytest.approx(latencies[(len(latencies) - 1) // 2], rel=0.2)
    assert float(cells[1]) == pytest.approx(float(cells[2]), rel=0.01)


def test_the_alarm_went_on_and_off_again_as_cloudwatch_remembers_it(demo: Demo) -> None:
    cloudwatch = demo.client("cloudwatch")
    assert "Its topic tells support-ml@example.com (email):" in demo.out
    (name,) = re.findall(r"^(\S+-ClientErrorsAlarm-\w+): percent of requests", demo.out, flags=re.MULTILINE)
    items = cloudwatch.describe_alarm_history(AlarmName=name, ScanBy="TimestampAscending")["AlarmHistoryItems"]
    summaries = [item["HistorySummary"] for item in items]
    assert summaries[-2:] == ["Alarm updated from OK to ALARM", "Alarm updated from ALARM to OK"]
    fired, cleared = (item["Timestamp"] for item in items[-2:])
    for at, state in ((fired, "ALARM"), (cleared, "OK")):
        assert re.search(rf"^  {at:%H:%M}:\d\d UTC {state}, \d+ s after the", demo.out, flags=re.MULTILINE)


def test_nothing_else_raised_an_alarm(demo: Demo) -> None:
    """The foundation's alarms live on the fast clock too: records must not look late to them."""
    assert demo.client("cloudwatch").describe_alarms(StateValue="ALARM")["MetricAlarms"] == []


def test_roles_were_tried_by_a_function_that_is_gone_again(demo: Demo) -> None:
    assert demo.out.count("assumed-role/modelyard-local-foundation-StreamProcessorRole-") == 1
    assert demo.out.count("assumed-role/modelyard-local-foundation-CaptureProcessorRole-") == 1
    assert "    write a record into that stream: refused, AccessDeniedException" in demo.out
    assert "    read a raw captured file: allowed" in demo.out
    names = [function["FunctionName"] for function in demo.client("lambda").list_functions()["Functions"]]
    assert "modelyard-demo-role-probe" not in names


def test_it_says_what_stood_in_for_what_and_how_to_go_on(demo: Demo) -> None:
    assert "standing in for 000000000000.dkr.ecr.us-east-1.amazonaws.com/modelyard/vllm" in demo.out
    assert "embedded AWS, one process on this machine, whose waiting is 60 times as fast" in demo.out
    assert "export MODELYARD_CATALOG=docs/examples/signals" in demo.out


def test_ctrl_c_ends_everything_with_a_sentence(
    tmp_path: Path, free_port: Callable[[], int], processes_of: Callable[[Path], list[str]]
) -> None:
    program = [*_MODELYARD, "demo-signals", "--folder", str(tmp_path), "--port", str(free_port())]
    process = subprocess.Popen(program, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    heard = []
    for line in process.stderr:
        heard.append(line)
        if line.startswith("cdk deploy foundation"):
            break
    assert len(processes_of(tmp_path)) > 1, heard
    process.send_signal(signal.SIGINT)
    _, rest = process.communicate(timeout=60)
    assert process.returncode == 130, rest
    assert rest.splitlines()[-1] == "modelyard: stopped before it was finished"
    # What was told to end may still be ending on a busy machine.
    deadline = time.monotonic() + 20
    while processes_of(tmp_path) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert processes_of(tmp_path) == []


def _records(demo: Demo) -> list[dict[str, Any]]:
    kinesis = demo.client("kinesis")
    arn = demo.client("ssm").get_parameter(Name="/modelyard/local/record-stream-arn")["Parameter"]["Value"]
    found: list[dict[str, Any]] = []
    for shard in kinesis.list_shards(StreamARN=arn)["Shards"]:
        where = {"ShardId": shard["ShardId"], "ShardIteratorType": "TRIM_HORIZON"}
        iterator = kinesis.get_shard_iterator(StreamARN=arn, **where)["ShardIterator"]
        for record in kinesis.get_records(StreamARN=arn, ShardIterator=iterator)["Records"]:
            envelope = json.loads(gzip.decompress(record["Data"]))
            if envelope["messageType"] == "DATA_MESSAGE":
                found += [json.loads(event["message"]) for event in envelope["logEvents"]]
    return found


def _sum(demo: Demo, metric: str) -> float:
    now = datetime.now(UTC)
    return float(
        sum(
            point["Sum"]
            for endpoint in ("faq", "support-chat")
            for point in demo.client("cloudwatch").get_metric_statistics(
                Namespace="modelyard/Requests",
                MetricName=metric,
                Dimensions=[
                    {"Name": "EndpointName", "Value": endpoint},
                    {"Name": "VariantName", "Value": "AllTraffic"},
                ],
                StartTime=now - timedelta(hours=2),
                EndTime=now + timedelta(hours=1),
                Period=60,
                Statistics=["Sum"],
            )["Datapoints"]
        )
    )
