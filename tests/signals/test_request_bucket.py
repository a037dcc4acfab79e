"""The table in S3: found by its environment or named, read by hours, with the caller's own permissions."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from modelyard.shell.failure import Failure
from modelyard.signals.request_bucket import Partitions, download, partitions
from modelyard.signals.span import asked_span

Record = dict[str, Any]
Recorded = Callable[..., Record]
Table = Callable[[Iterable[Record]], Path]
Signals = Callable[..., Any]
Clients = Callable[[str], Any]
# Three hours of two days: the first record of the begin at 07:00, then so many seconds later.
HOURS = (0, 3600, 24 * 3600)

_numbers = count(1)


@pytest.fixture
def bucket(aws: Clients, table: Table, record: Recorded) -> str:
    """A bucket with three hours of requests, one of them with a copy, and with other things beside the table."""
    folder = table([record(second + number) for second in HOURS for number in range(5)] + [record(0)])
    name = f"signals-{next(_numbers)}"
    s3 = aws("s3")
    s3.create_bucket(Bucket=name)
    for path in folder.rglob("*.parquet"):
        s3.upload_file(str(path), name, f"requests/{path.relative_to(folder)}")
    s3.put_object(Bucket=name, Key="requests/date=2026-11-21/hour=07/_started", Body=b"no Parquet")
    s3.put_object(Bucket=name, Key="poison/date=2026-11-21/a.jsonl", Body=b"{}")
    return name


def test_a_table_is_read_from_s3(signals: Signals, bucket: str) -> None:
    said = signals(f"s3://{bucket}/requests/")
    assert said.code == 0
    assert "15 requests from 2026-11-21 07:00 to 2026-11-22 07:30 UTC" in " ".join(said.out.split())
    assert "1 copy of a record dropped" in said.out
    assert f"s3://{bucket}/requests/" in said.page


def test_the_environment_knows_where_its_table_is(signals: Signals, aws: Clients, bucket: str, catalog: Any) -> None:
    catalog.write(
        f"environments/{catalog.environment}.yaml",
        {"account": "000000000000", "region": "us-east-1", "signals": {"stream": "on-demand"}},
    )
    aws("ssm").put_parameter(Name=f"/modelyard/{catalog.environment}/signals-bucket", Value=bucket, Type="String")
    said = signals("--environment", catalog.environment, "--catalog", catalog.folder)
    assert said.code == 0, said.err
    assert "15 requests" in said.out
    assert "No entry of the catalog: support-chat" in said.page


def test_only_the_hours_of_the_span_are_fetched(aws: Clients, bucket: str) -> None:
    asked: list[str] = []
    s3 = aws("s3")
    s3.meta.events.register("before-parameter-build.s3", lambda params, **_: asked.append(params.get("Prefix", "")))
    found = partitions(s3, f"s3://{bucket}/requests", asked_span("2026-11-21T08:00", "2026-11-22"))
    assert list(found.sizes) == ["requests/date=2026-11-21/hour=08/2026/11/21/11/5.parquet"]
    assert asked == ["requests/date=", "requests/date=2026-11-21/"]


def refused(said: Any) -> str:
    """The sentence; nothing was written."""
    assert (said.code, said.out, said.page) == (1, "", "")
    assert said.err.count("\n") == 1
    return str(said.err.removeprefix("modelyard: ").rstrip())


def test_a_bucket_that_is_not_there(signals: Signals, aws: Clients) -> None:
    assert refused(signals("s3://nobody-made-this/requests/")) == (
        "there is no bucket nobody-made-this: check the address s3://nobody-made-this/requests/"
    )


def test_an_address_without_a_bucket(signals: Signals, aws: Clients) -> None:
    assert refused(signals("s3://")) == "s3:// names no bucket: write s3://bucket/requests/"


def test_a_place_in_a_bucket_without_the_table(signals: Signals, bucket: str) -> None:
    assert refused(signals(f"s3://{bucket}/")) == (
        f"s3://{bucket}/ holds no records of requests (date=YYYY-MM-DD/hour=HH/*.parquet): "
        "the table's address ends in /requests/"
    )


def test_a_span_without_records_in_s3(signals: Signals, bucket: str) -> None:
    assert refused(signals(f"s3://{bucket}/requests/", "--to", "2026-11-21")) == (
        f"s3://{bucket}/requests/ has no records to 2026-11-21 00:00 UTC: its days go from 2026-11-21 to "
        "2026-11-22 UTC; name another span with --from and --to"
    )


def test_a_broken_object_is_named_by_its_address(signals: Signals, aws: Clients, bucket: str) -> None:
    key = "requests/date=2026-11-21/hour=09/broken.parquet"
    aws("s3").put_object(Bucket=bucket, Key=key, Body=b"broken")
    assert refused(signals(f"s3://{bucket}/requests/")).startswith(f"s3://{bucket}/{key} is no whole Parquet file (")


@pytest.mark.parametrize(("allowed", "call"), [([], "ListObjectsV2"), (["s3:ListBucket"], "HeadObject")])
def test_without_permission_nothing_is_read(
    signals: Signals, aws: Clients, bucket: str, monkeypatch: pytest.MonkeyPatch, allowed: list[str], call: str
) -> None:
    iam, user = aws("iam"), f"reader-{bucket}"
    iam.create_user(UserName=user)
    statements = [{"Effect": "Allow", "Action": ["sts:GetCallerIdentity", *allowed], "Resource": "*"}]
    iam.put_user_policy(
        UserName=user,
        PolicyName="only",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": statements}),
    )
    key = iam.create_access_key(UserName=user)["AccessKey"]
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", key["AccessKeyId"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", key["SecretAccessKey"])
    sentence = refused(signals(f"s3://{bucket}/requests/"))
    assert sentence.startswith(f"s3://{bucket}/requests/ cannot be read: AWS denied {call}: ")


def test_without_credentials_nothing_is_asked(signals: Signals, aws: Clients, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    assert refused(signals("s3://signals/requests/")) == (
        "no AWS credentials found: sign in (`aws sso login`), or set AWS_PROFILE or AWS_ACCESS_KEY_ID"
    )


@pytest.mark.parametrize(
    "key",
    [
        "requests/date=2026-11-21/hour=07/../../../../../tmp/escaped.parquet",
        "requests/date=2026-11-21/hour=07//tmp/escaped.parquet",
        "requests//date=2026-11-21/hour=07/a.parquet",
        "requests/date=2026-11-21/hour=07/a\\b.parquet",
        "requests/date=2026-11-21/hour=07/a\x1b[2J.parquet",
    ],
)
def test_a_key_that_is_no_path_below_the_table_is_refused_before_anything_is_fetched(tmp_path: Path, key: str) -> None:
    found = Partitions(
        bucket="signals", prefix="requests/", sizes={"requests/date=2026-11-21/hour=07/a.parquet": 1, key: 1}
    )
    with pytest.raises(Failure) as refused:
        download(None, found, tmp_path, on_bytes=lambda portion: None)
    assert "is no file of the table" in refused.value.sentence and refused.value.sentence.isprintable()
    assert list(tmp_path.iterdir()) == []
