"""Memory does not grow with requests: counted in Python's blocks, of which an object takes one or two."""

import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

WARM_UP = 500
REQUESTS = 1500
# Where every value of a metric is kept it is about twenty.
MOST_BLOCKS_EACH = 10


def test_requests_leave_next_to_nothing(start_embedded_aws: Any, tmp_path: Path) -> None:
    counts = tmp_path / "blocks"
    aws = start_embedded_aws(program=(str(Path(__file__).with_name("counted.py")), str(counts)))
    aws.create_endpoint("kept", role=aws.create_execution_role("kept"))
    aws.wait_for("endpoint_in_service", endpoint="kept")
    runtime = aws.client("sagemaker-runtime")

    def ask(_: int) -> None:
        runtime.invoke_endpoint(EndpointName="kept", ContentType="application/json", Body=b'{"a": 1}')["Body"].read()

    def blocks() -> int:
        known = len(counts.read_text().splitlines()) if counts.exists() else 0
        aws.process.send_signal(signal.SIGUSR1)
        deadline = time.monotonic() + 60
        while not counts.exists() or len(counts.read_text().splitlines()) == known:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        return int(counts.read_text().splitlines()[-1])

    with ThreadPoolExecutor(4) as senders:
        list(senders.map(ask, range(WARM_UP)))
        before = blocks()
        list(senders.map(ask, range(REQUESTS)))
        after = blocks()
    each = (after - before) / REQUESTS
    print(f"{before} blocks, {each:.2f} more for each request")
    assert each < MOST_BLOCKS_EACH, f"{each:.1f} blocks of each request are kept"
