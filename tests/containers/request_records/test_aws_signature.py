"""Our signature is botocore's, for whatever is signed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotocoreCredentials
from hypothesis import given
from hypothesis import strategies as st

from containers.request_records.aws_credentials import Credentials
from containers.request_records.aws_signature import signed_headers

keys = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/+", min_size=16, max_size=40)
moments = st.datetimes(min_value=datetime(2024, 1, 1), max_value=datetime(2040, 1, 1), timezones=st.just(UTC))


@given(
    body=st.binary(max_size=200),
    keys=st.tuples(keys, keys, st.none() | keys),
    region=st.sampled_from(["us-east-1", "eu-central-1", "cn-north-1"]),
    now=moments,
)
def test_a_request_is_signed_as_botocore_signs_it(body: bytes, keys: Any, region: str, now: datetime) -> None:
    headers = {
        "Host": f"kinesis.{region}.amazonaws.com",
        "Content-Type": "application/x-amz-json-1.1",
        "X-Amz-Target": "Kinesis_20131202.PutRecords",
    }
    ours = signed_headers(headers, body, service="kinesis", region=region, credentials=Credentials(*keys), now=now)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("botocore.auth.get_current_datetime", lambda *_, **__: now.replace(tzinfo=None))
        theirs = AWSRequest("POST", f"https://{headers['Host']}/", headers=dict(headers), data=body)
        SigV4Auth(BotocoreCredentials(*keys), "kinesis", region).add_auth(theirs)
    assert ours == dict(theirs.headers.items())
