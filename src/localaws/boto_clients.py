"""boto3 clients of embedded AWS's own, all from one session.

A session of its own for each role would keep the service models once more for each: some 13 MB that are never given
back.
"""

import threading
from typing import Any

import boto3
from botocore.config import Config
from botocore.credentials import Credentials

_session = boto3.Session()
# A session may make one client at a time; the clients themselves may be shared between threads.
_lock = threading.Lock()


def make_client(service_name: str, *, endpoint_url: str, region: str, credentials: Credentials) -> Any:
    """A client of a service that acts with these credentials."""
    # One attempt: a refusal must reach the caller as it is, and there is no network that could flicker.
    config = Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"})
    with _lock:
        return _session.client(
            service_name,
            endpoint_url=endpoint_url,
            region_name=region,
            aws_access_key_id=credentials.access_key,
            aws_secret_access_key=credentials.secret_key,
            aws_session_token=credentials.token,
            config=config,
        )
