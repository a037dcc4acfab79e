"""Small files of S3: asked for once or twice, soon, and what goes wrong said with the way around AWS."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from modelyard.shell.failure import Failure

_CONNECT_SECONDS, _READ_SECONDS, _ATTEMPTS = 5, 20, 2


def s3_client(region: str, *, public: bool = False) -> Any:
    """A client of S3; what is public is asked for without a signature where the shell has no credentials."""
    import boto3
    from botocore import UNSIGNED
    from botocore.config import Config

    session = boto3.Session()
    unsigned = public and session.get_credentials() is None
    config = Config(
        connect_timeout=_CONNECT_SECONDS,
        read_timeout=_READ_SECONDS,
        retries={"mode": "standard", "total_max_attempts": _ATTEMPTS},
        signature_version=UNSIGNED if unsigned else None,
    )
    return session.client("s3", region_name=region, config=config)


@contextmanager
def reading_from_aws(source: str) -> Iterator[None]:
    """Turns what boto3 raises into a sentence that also names the way without AWS."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except (BotoCoreError, ClientError) as error:
        from modelyard.shell.aws_failure import aws_failure

        raise Failure(
            f"{source} cannot be read ({aws_failure(error).sentence}); or download its config.json and give the folder"
        ) from error
