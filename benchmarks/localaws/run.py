"""What embedded AWS costs while nobody asks it anything, and what it keeps of what it was asked.

Each row is an embedded AWS of its own with so many tiny endpoints, a third each real-time, asynchronous and serverless,
every one with a role and stored weights of its own as the catalog's have. Containers are not counted.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import psutil
from botocore.config import Config

ROOT = Path(__file__).parents[2]
TINY = ROOT / "tests" / "localaws"
_ACCOUNT = "000000000000"
_WEIGHTS_BYTES = 1_000_000
_MB = 2**20


class EmbeddedAws:
    """One running embedded AWS, its clients, and what its two processes have used."""

    def __init__(self, endpoint_url: str, pid: int) -> None:
        self._endpoint_url = endpoint_url
        self.server = psutil.Process(pid)
        self.guard = next(one for one in self.server.children() if "localaws.orphan_guard" in one.cmdline())

    def client(self, service: str) -> Any:
        return boto3.client(
            service,
            endpoint_url=self._endpoint_url,
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(retries={"total_max_attempts": 1}, max_pool_connections=16),
        )

    @property
    def memory_mb(self) -> float:
        return float(self.server.memory_info().rss + self.guard.memory_info().rss) / _MB


@contextmanager
def started(folder: Path, *, clock_factor: float) -> Iterator[EmbeddedAws]:
    """An embedded AWS whose endpoints are the tests' tiny containers."""
    ready = folder / "ready"
    process = subprocess.Popen(
        [sys.executable, "-m", "localaws", "--port", "0", "--state-dir", str(folder / "state")]
        + ["--ready-file", str(ready), "--images", str(TINY / "tiny_images.yaml")]
        + ["--clock-factor", str(clock_factor), "--known-keys"],
        cwd=ROOT,
    )
    try:
        while not ready.exists():
            if process.poll() is not None:
                raise SystemExit("embedded AWS did not start")
            time.sleep(0.05)
        yield EmbeddedAws(json.loads(ready.read_text())["endpoint_url"], process.pid)
    finally:
        process.terminate()
        process.wait()


def create_endpoints(aws: EmbeddedAws, number: int) -> list[str]:
    """The names of the real-time ones; returns when all are in service."""
    s3, sagemaker = aws.client("s3"), aws.client("sagemaker")
    s3.create_bucket(Bucket="weights")
    names = [f"tiny-{position}" for position in range(number)]
    for position, name in enumerate(names):
        s3.put_object(Bucket="weights", Key=f"{name}/weights.bin", Body=name.encode() * (_WEIGHTS_BYTES // len(name)))
        data = {"S3Uri": f"s3://weights/{name}/", "S3DataType": "S3Prefix", "CompressionType": "None"}
        with_data = {} if position % 3 == 2 else {"ModelDataSource": {"S3DataSource": data}}
        image = f"{_ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/tiny:1"
        sagemaker.create_model(
            ModelName=name, ExecutionRoleArn=_role(aws, name), PrimaryContainer={"Image": image, **with_data}
        )
        sagemaker.create_endpoint_config(EndpointConfigName=name, **_configuration(name, kind=position % 3))
        sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
    for name in names:
        sagemaker.get_waiter("endpoint_in_service").wait(EndpointName=name, WaiterConfig={"Delay": 1})
    return [name for position, name in enumerate(names) if position % 3 == 0]


def _role(aws: EmbeddedAws, name: str) -> str:
    iam = aws.client("iam")
    trust = {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
    role = iam.create_role(
        RoleName=name, AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    )
    allowed = {"Effect": "Allow", "Action": ["s3:*", "ecr:*", "logs:*"], "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    iam.put_role_policy(RoleName=name, PolicyName="only", PolicyDocument=document)
    return str(role["Role"]["Arn"])


def _configuration(name: str, *, kind: int) -> dict[str, Any]:
    variant: dict[str, Any] = {"VariantName": "main", "ModelName": name}
    if kind == 2:
        serverless = {"MemorySizeInMB": 1024, "MaxConcurrency": 1}
        return {"ProductionVariants": [{**variant, "ServerlessConfig": serverless}]}
    configuration: dict[str, Any] = {
        "ProductionVariants": [{**variant, "InitialInstanceCount": 1, "InstanceType": "ml.m5.large"}]
    }
    if kind == 1:
        configuration["AsyncInferenceConfig"] = {"OutputConfig": {"S3OutputPath": "s3://weights/output/"}}
    return configuration


def idle_percent(aws: EmbeddedAws, seconds: float) -> tuple[float, float]:
    """How much of one core the server and its guard take while nobody asks anything."""
    before = [_cpu_seconds(process) for process in (aws.server, aws.guard)]
    began = time.monotonic()
    time.sleep(seconds)
    took = time.monotonic() - began
    server, guard = (
        100 * (_cpu_seconds(process) - start) / took
        for process, start in zip((aws.server, aws.guard), before, strict=True)
    )
    return server, guard


def _cpu_seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def ask(aws: EmbeddedAws, names: list[str], *, requests: int) -> None:
    """Send requests of a kilobyte each to the real-time endpoints in turn, from four threads."""
    runtime = aws.client("sagemaker-runtime")
    body = json.dumps({"inputs": "x" * 1000}).encode()

    def send(number: int) -> None:
        answer = runtime.invoke_endpoint(
            EndpointName=names[number % len(names)], ContentType="application/json", Body=body
        )
        answer["Body"].read()

    with ThreadPoolExecutor(4) as senders:
        list(senders.map(send, range(requests)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--endpoints", type=int, nargs="+", default=[7, 100])
    parser.add_argument("--idle-seconds", type=float, default=60.0)
    parser.add_argument("--settle-seconds", type=float, default=5.0, help="idle time before anything is measured")
    parser.add_argument("--requests", type=int, default=20_000)
    parser.add_argument("--clock-factor", type=float, default=1.0)
    options = parser.parse_args()
    print("endpoints  server % of a core  guard %  memory MB  after requests  MB before  MB after  bytes kept of each")
    for number in options.endpoints:
        with (
            tempfile.TemporaryDirectory(prefix="bench-localaws-") as folder,
            started(Path(folder), clock_factor=options.clock_factor) as aws,
        ):
            names = create_endpoints(aws, number)
            time.sleep(options.settle_seconds)
            server, guard = idle_percent(aws, options.idle_seconds)
            memory = aws.memory_mb
            # The first requests warm up what is made once; only what comes after them could grow for ever.
            ask(aws, names, requests=options.requests // 2)
            before = aws.memory_mb
            ask(aws, names, requests=options.requests)
            after = aws.memory_mb
            kept = (after - before) * _MB / max(options.requests, 1)
            print(
                f"{number:9} {server:19.2f} {guard:8.2f} {memory:10.0f} {options.requests:15} {before:10.0f} "
                f"{after:9.0f} {kept:19.0f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
