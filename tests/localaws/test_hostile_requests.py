"""Whatever bytes come in: an answer or a closed connection, never a traceback, and everybody else is still answered.

`make test` tries 200 requests over the four kinds, `make test-long` 10,000.
"""

from __future__ import annotations

import asyncio
import gzip
import os
import re
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

# ruff: noqa: E501 (lists of inputs are read in columns)
from localaws import nesting, request_body
from localaws.nesting import DEEPEST, SeveralFiles, excess, excess_of_tags, has_half_characters, inflated
from localaws.request_body import RequestRefused, receive_body

EXAMPLES = int(os.environ.get("MODELYARD_FUZZ_EXAMPLES", "50"))
# Embedded AWS at rest holds some 150 MB.
MOST_MEMORY_BYTES = 512 * 1024**2
often = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.data_too_large],
)

NAMES = st.sampled_from(
    ["Authorization", "Host", "Content-Length", "Transfer-Encoding", "X-Amz-Target", "X-Amz-Date", "Expect", "Upgrade",
     "Connection", "Content-Encoding", "X-Amz-Content-Sha256", "X-Amz-Security-Token", "Cookie", "Range", "", " ", ":"]
)  # fmt: skip
VALUES = st.one_of(
    st.sampled_from(
        ["", "0", "-1", "1e9", "99999999999999999999", "chunked", "chunked, gzip", "100-continue", "websocket", "h2c",
         "gzip", "\x00", "\r\n X: y", "AWS4-HMAC-SHA256", "AWS4-HMAC-SHA256 Credential=/////, SignedHeaders=;, Signature=",
         "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=" + "0" * 64,
         "AWS test:x", "Bearer x", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "SageMaker.ListModels", "bytes=0-18446744073709551616"]
    ),
    st.text(max_size=40),
    st.integers(1, 20_000).map("x".__mul__),
)  # fmt: skip
PATHS = st.one_of(
    st.sampled_from(
        ["/", "*", "//", "/..", "/../../etc/passwd", "/%00", "/a%00b", "/%2e%2e/%2e%2e/", "/bucket/..%2f..%2fx", "/%ff%fe",
         "/%", "/%zz", "/\x7f", "/_ministack/reset", "/_ministack/../_ministack/reset", "//_ministack/reset",
         "/%5fministack/reset", "/_ministack/health/", "/_ministack/cfn-response/", "/localaws/container-credentials",
         "/endpoints/../invocations", "/endpoints/e/invocations", "/2015-03-31/functions/..", "http://example.com/",
         "/?X-Amz-Credential=", "/?X-Amz-Signature&X-Amz-Algorithm=AWS4-HMAC-SHA256", "/?AWSAccessKeyId=test&Signature=x"]
    ),
    st.text(max_size=60).map("/".__add__),
    st.integers(1, 3000).map(lambda count: "/?" + "&".join(f"p{number}" for number in range(count))),
    st.integers(1, 12_000).map(lambda count: "/" + "a/" * count),
)  # fmt: skip
METHODS = st.sampled_from(
    ["GET", "PUT", "POST", "DELETE", "HEAD", "PATCH", "OPTIONS", "TRACE", "CONNECT", "PRI", "", "get"]
)
FRAMES = st.sampled_from(
    [b"zz\r\nx\r\n0\r\n\r\n", b"-1\r\n\r\n", b"5\r\nab", b"ffffffffffffffff\r\nx", b"3;a=b\r\nabc\r\n0\r\nX: y\r\n\r\n", b"0\r\n\r\n",
     b"1\r\na", b"", b"\x00" * 200, b"5\nabcde\n0\n\n", b"00000000000000000000005\r\nabcde\r\n0\r\n\r\n"]
)  # fmt: skip
DOCUMENTS = st.one_of(
    st.sampled_from(
        [b"", b"{", b"null", b"[]", b'"x"', b"\xff\xfe", b"NaN", b"1e999", b"-0", b"{}" * 1000, b"[" * 50_000,
         b'{"a":' * 20_000, b'{"Policy": "' + b"[" * 5_000 + b'"}', b'{"EndpointName": "\\u0000"}', b'{"ModelName": {}}',
         b"Action=", b"Action=ListRoles&Version=", b"Action=CreateStack&TemplateBody=" + b"%5B" * 30_000,
         b"Action=" + b"a" * 100_000, b"&" * 50_000, b"%" * 1_000, gzip.compress(b"0" * 40_000_000)]
    ),
    st.binary(max_size=300),
)  # fmt: skip
SERVICES = st.sampled_from(
    ["iam", "s3", "lambda", "sagemaker", "logs", "monitoring", "cloudformation", "sqs", "sns", "ssm", "kinesis", "kms",
     "firehose", "glue", "sts", "application-autoscaling", "servicequotas", "nowhere", "dynamodb", "ecr"]
)  # fmt: skip
TARGETS = st.sampled_from(
    ["", "SageMaker.CreateModel", "SageMaker.", "SageMaker.__init__", "AnyScaleFrontendService.x", "Logs_20140328.PutLogEvents",
     "Kinesis_20131202.PutRecords", "AWSGlue.GetTable", "TrentService.Encrypt", "AmazonSSM.PutParameter", "x", "."]
)  # fmt: skip


@pytest.fixture(scope="module")
def attacked(start_own: Any) -> Iterator[Any]:
    """Embedded AWS with a neighbour's parameter in it; at the end its output holds no traceback, its memory little."""
    running = start_own()
    running.client("ssm").put_parameter(Name="/neighbour", Value="here", Type="String")
    yield running
    still_answers(running)
    said = Path(f"{running.state_dir}.log").read_text()
    assert "Traceback" not in said, said
    assert most_memory_bytes(running) < MOST_MEMORY_BYTES


@pytest.fixture(scope="module")
def user(attacked: Any) -> dict[str, str]:
    """The keys of a user who may do nothing: good signatures, no permissions."""
    attacked.client("iam").create_user(UserName="nobody")
    key: dict[str, str] = attacked.client("iam").create_access_key(UserName="nobody")["AccessKey"]
    return key


def most_memory_bytes(running: Any) -> int:
    """What it has held at its worst moment."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{running.process.pid}/status").read_text())
    assert found is not None
    return int(found[1]) * 1024


def still_answers(running: Any) -> None:
    assert running.client("ssm").get_parameter(Name="/neighbour")["Parameter"]["Value"] == "here"


def answer_to(running: Any, raw: bytes, *, patience_seconds: float = 60) -> bytes:
    """What comes back until embedded AWS closes the connection, or waits for the rest of a request."""
    host, port = running.endpoint_url.removeprefix("http://").split(":")
    answer = b""
    with socket.create_connection((host, int(port)), timeout=patience_seconds) as connection:
        try:
            connection.sendall(raw)
            connection.shutdown(socket.SHUT_WR)
            while part := connection.recv(65536):
                answer += part
        except (ConnectionResetError, BrokenPipeError, TimeoutError):
            pass  # It refused before all was said, or waits for more.
    return answer


def request(method: str, path: str, headers: list[tuple[str, str]], body: bytes) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Connection: close", *(f"{name}: {value}" for name, value in headers), "", ""]
    return "\r\n".join(lines).encode("utf-8", "surrogatepass") + body


def host_of(running: Any) -> str:
    return str(running.endpoint_url.removeprefix("http://"))


def refuses(answer: bytes) -> None:
    """No answer at all, or a refusal: none of these requests may be obeyed."""
    # What begins as HTTP/2 is told off in its frames, the first of which is SETTINGS.
    final = re.sub(rb"\AHTTP/1.1 100 .*?\r\n\r\n", b"", answer, flags=re.DOTALL)
    assert final[3:5] == b"\x04\x00" or final == b"" or re.match(rb"HTTP/1.1 (4\d\d|50[13]|101) ", final), answer[:500]


@often
@given(
    raw=st.binary(max_size=2_000),
    start=st.sampled_from([b"", b"GET / HTTP/1.1\r\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"]),
)
def test_bytes_that_are_no_http(attacked: Any, raw: bytes, start: bytes) -> None:
    refuses(answer_to(attacked, start + raw + b"\r\n\r\n", patience_seconds=0.3))


@often
@given(method=METHODS, path=PATHS, headers=st.lists(st.tuples(NAMES, VALUES), max_size=12), frame=FRAMES)
def test_requests_that_nobody_signed(
    attacked: Any, method: str, path: str, headers: list[tuple[str, str]], frame: bytes
) -> None:
    whole = [("Host", host_of(attacked)), *headers]
    refuses(answer_to(attacked, request(method, path, whole, frame)))


@often
@given(service=SERVICES, method=METHODS, path=PATHS, target=TARGETS, body=DOCUMENTS, is_form=st.booleans())
def test_signed_requests_of_somebody_who_may_do_nothing(
    attacked: Any, user: dict[str, str], service: str, method: str, path: str, target: str, body: bytes, is_form: bool
) -> None:
    encoding = {"Content-Encoding": "gzip"} if body.startswith(b"\x1f\x8b") else {}
    kind = "application/x-www-form-urlencoded" if is_form else "application/x-amz-json-1.1"
    headers = {"Host": host_of(attacked), "Content-Type": kind, **encoding} | (
        {"X-Amz-Target": target} if target else {}
    )
    try:
        made = AWSRequest(method, attacked.endpoint_url + path, headers=headers, data=body)
        SigV4Auth(Credentials(user["AccessKeyId"], user["SecretAccessKey"]), service, "us-east-1").add_auth(made)
    except (ValueError, UnicodeError):
        return  # botocore itself cannot make it
    lines = [*made.headers.items(), ("Content-Length", str(len(body)))]
    answer_to(attacked, request(method, path, lines, body))


@often
@given(
    declared=st.sampled_from(
        ["STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER", "UNSIGNED-PAYLOAD",
         "STREAMING-UNSIGNED-PAYLOAD-TRAILER", "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD", "0" * 64, "x"]
    ),
    body=st.one_of(FRAMES, DOCUMENTS),
    length=st.sampled_from(["", "0", "3", "99999999999", "x"]),
)  # fmt: skip
def test_uploads_that_are_not_what_they_say(
    attacked: Any, user: dict[str, str], declared: str, body: bytes, length: str
) -> None:
    headers = {"Host": host_of(attacked), "X-Amz-Content-Sha256": declared, "X-Amz-Decoded-Content-Length": length}
    made = AWSRequest("PUT", f"{attacked.endpoint_url}/bucket/key", headers=headers, data=body)
    SigV4Auth(Credentials(user["AccessKeyId"], user["SecretAccessKey"]), "s3", "us-east-1").add_auth(made)
    lines = [*made.headers.items(), ("Content-Length", length or str(len(body)))]
    refuses(answer_to(attacked, request("PUT", "/bucket/key", lines, body)))


def test_a_body_that_is_longer_than_its_service_takes_is_refused_unread(attacked: Any) -> None:
    for service, status in (("s3", b"400"), ("iam", b"413"), ("sagemaker", b"413")):
        made = AWSRequest("PUT", attacked.endpoint_url, headers={"X-Amz-Content-Sha256": "UNSIGNED-PAYLOAD"})
        keys = Credentials(attacked.keys["AccessKeyId"], attacked.keys["SecretAccessKey"])
        made.headers["Host"] = host_of(attacked)
        SigV4Auth(keys, service, "us-east-1").add_auth(made)
        lines = [*made.headers.items(), ("Content-Length", str(10**12))]
        answer = answer_to(attacked, request("PUT", "/", lines, b"begins"))
        assert answer.startswith(b"HTTP/1.1 " + status), (service, answer)


@pytest.mark.parametrize("parts", [[], [b"x"] * 3])
def test_a_body_that_does_not_come_is_given_up(parts: list[bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(request_body, "IDLE_SECONDS", 0.05)
    waiting = iter(parts)

    async def receive() -> dict[str, Any]:
        part = next(waiting, None)
        if part is None:
            await asyncio.Event().wait()
        return {"type": "http.request", "body": part, "more_body": True}

    with pytest.raises(RequestRefused, match="not read from or written to"):
        asyncio.run(receive_body(receive, declared="", longest=100))


def test_a_body_that_trickles_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(request_body, "IDLE_SECONDS", 0.2)
    received = 0

    async def receive() -> dict[str, Any]:
        nonlocal received
        received += 1
        await asyncio.sleep(0.01)
        return {"type": "http.request", "body": b"x", "more_body": True}

    with pytest.raises(RequestRefused, match="not read from or written to"):
        asyncio.run(receive_body(receive, declared="", longest=10_000))
    assert received < 10_000


def test_an_undeclared_body_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    received = 0

    async def receive() -> dict[str, Any]:
        nonlocal received
        received += 1
        return {"type": "http.request", "body": b"x" * 10, "more_body": True}

    with pytest.raises(RequestRefused, match="smaller than 100 bytes"):
        asyncio.run(receive_body(receive, declared="", longest=100))
    assert received == 11


@pytest.mark.parametrize(
    ("body", "is_form", "deep"),
    [
        (b"[" * (DEEPEST + 1), False, True),
        (b"[" * DEEPEST + b"]" * DEEPEST, False, False),
        (b'{"a": ' * (DEEPEST + 1), False, True),
        (b"[[]," * 1000, False, True),
        (b"[" + b"[]," * 5000 + b"[]]", False, False),
        (b'{"text": "' + b"[" * 5000 + b'"}', False, True),
        (b'{"text": "so ' + b":[ " * 5000 + b'"}', False, False),
        (b'{"text": "' + b"[]{}" * 5000 + b'"}', False, False),
        (b'"' * 200_000 + b"[" * 200, False, True),
        (b'"' + b'\\"' * 100_000 + b"[" * 200, False, False),
        (b"TemplateBody=" + b"%7B%22a%22%3A" * (DEEPEST + 1), True, True),
        (b"TemplateBody=" + b"%7B%7D" * 5000, True, False),
    ],
)
def test_depth_is_counted_in_documents_and_in_documents_within(body: bytes, is_form: bool, deep: bool) -> None:
    assert ("nested deeper" in excess(body, is_form=is_form)) is deep


@pytest.mark.parametrize(
    ("body", "is_form", "found"),
    [
        (b'{"a":[' + b"[]," * 600 + b"1]}", False, "more than 1000 lists"),
        (b"{}" * 1200, False, "more than 1000 lists"),
        (b'{"a":' + b"1," * 1200 + b"1}", False, "more than 1000 lists"),
        (b'"",' * 600, False, "more than 1000 lists"),
        (b'{"Policy": "[' + b"[]," * 600 + b'1]"}', False, "more than 1000 lists"),
        (b"PolicyDocument=%5B" + b"%5B%5D%2C" * 600, True, "more than 1000 lists"),
        (b"a&" * 200, True, "more than 100 fields"),
        (b"a=1&" * 200, True, "more than 100 fields"),
        (b'{"text": "' + b"a, b, c, " * 1000 + b'"}', False, ""),
        (b"]" * 5000, False, ""),
        (b'{"a": 1}' + b"}" * 5000, False, ""),
    ],
)
def test_what_a_request_holds_is_counted(
    monkeypatch: pytest.MonkeyPatch, body: bytes, is_form: bool, found: str
) -> None:
    monkeypatch.setattr(nesting, "MOST_PARTS", 1000)
    monkeypatch.setattr(nesting, "MOST_FIELDS", 100)
    assert found in excess(body, is_form=is_form) and bool(found) == bool(excess(body, is_form=is_form))


@pytest.mark.parametrize("end", [b"\\", b"", b'"', b'\\"'])
def test_a_string_that_does_not_end_is_looked_at_once(end: bytes) -> None:
    # With a search that goes back, this takes hours.
    assert excess(b"[]" * 200 + b'"' + b'\\"' * 1_000_000 + end, is_form=False) == ""


@pytest.mark.parametrize(
    ("body", "half"),
    [
        (b'{"Name": "\\ud800"}', True),
        (b'{"\\uDFFF": 1}', True),
        (b'{"Name": "\\ud83d\\ude00"}', False),
        (b'{"Name": "\\\\ud800"}', False),
        (b'"\\ud800', False),
    ],
)
def test_half_of_a_character_is_found(body: bytes, half: bool) -> None:
    assert has_half_characters(body) is half


def test_tags_are_counted() -> None:
    assert "more than 200000 tags" in excess_of_tags(b"<a/>" * 200_001)
    assert excess_of_tags(b"<Part><ETag>x</ETag></Part>" * 10_000) == ""


def test_a_bomb_is_not_blown_up() -> None:
    bomb = gzip.compress(b"0" * 1_000_000)
    assert inflated(bomb, longest=10_000) is None
    assert inflated(bomb, longest=1_000_000) == b"0" * 1_000_000
    assert inflated(b"no gzip", longest=10) == b"no gzip"
    assert inflated(gzip.compress(b"padded") + bytes(512), longest=10) == b"padded"


@pytest.mark.parametrize(
    ("target", "body"),
    [
        ("AmazonSSM.GetParameter", b'{"Name": {"a": []}}'),
        ("AmazonSSM.GetParameter", b'{"Name": "\\ud800"}'),
        ("AmazonSSM.PutParameter", b'{"Name": 1e999, "Value": [], "Type": null}'),
        ("Logs_20140328.PutLogEvents", b'{"logEvents": 5, "logGroupName": {}}'),
        ("Kinesis_20131202.PutRecords", b'{"Records": {"a": 1}, "StreamName": []}'),
        ("AWSGlue.CreateTable", b'{"TableInput": "x", "DatabaseName": {}}'),
        ("SageMaker.CreateModel", b'{"ModelName": [], "PrimaryContainer": 1}'),
        ("AnyScaleFrontendService.RegisterScalableTarget", b'{"ServiceNamespace": {}, "MinCapacity": 1e999}'),
    ],
)
def test_what_an_administrator_gets_wrong_is_one_line_at_most(attacked: Any, target: str, body: bytes) -> None:
    """The output is looked through when the module ends."""
    services = {"AmazonSSM": "ssm", "Logs_20140328": "logs", "Kinesis_20131202": "kinesis", "AWSGlue": "glue"}
    service = services.get(target.split(".")[0], "application-autoscaling" if "Any" in target else "sagemaker")
    made = AWSRequest(
        "POST", attacked.endpoint_url, headers={"Host": host_of(attacked), "X-Amz-Target": target}, data=body
    )
    keys = Credentials(attacked.keys["AccessKeyId"], attacked.keys["SecretAccessKey"])
    SigV4Auth(keys, service, "us-east-1").add_auth(made)
    lines = [*made.headers.items(), ("Content-Length", str(len(body)))]
    answer = answer_to(attacked, request("POST", "/", lines, body))
    assert re.match(rb"HTTP/1.1 [2345]\d\d ", answer), answer[:200]


def test_a_body_of_many_gzip_files_is_refused() -> None:
    for first in (b"", b"x"):
        with pytest.raises(SeveralFiles):
            inflated(gzip.compress(first) + gzip.compress(b"") * 100_000, longest=10_000)


RICH = {
    "lists": ("ssm", {"X-Amz-Target": "AmazonSSM.GetParameter"}, b'{"a":[' + b"[]," * 4_000_000 + b"1]}"),
    "a document of lists": ("ecr", {"X-Amz-Target": "x.y"}, b'{"a":"[' + b"[]," * 4_000_000 + b'1]"}'),
    "lists for Lambda": ("lambda", {}, b'{"a":[' + b"[]," * 15_000_000 + b"1]}"),
    "fields": ("iam", {"Content-Type": "application/x-www-form-urlencoded"}, b"Action=ListRoles&" + b"a=1&" * 1_000_000),
    "inflated lists": ("ssm", {"X-Amz-Target": "x.y", "Content-Encoding": "gzip"}, gzip.compress(b"[" + b"[]," * 3_000_000)),
    "gzip files": ("monitoring", {"Content-Encoding": "gzip"}, gzip.compress(bytes(10_000_000)) * 200),
    "tags": ("s3", {}, b"<Delete>" + b"<Object/>" * 800_000),
}  # fmt: skip


@pytest.mark.parametrize("name", RICH)
def test_a_body_that_would_take_a_gigabyte_to_read_is_refused_before(attacked: Any, name: str) -> None:
    service, headers, body = RICH[name]
    path = "/bucket?delete" if service == "s3" else "/"
    made = AWSRequest("POST", attacked.endpoint_url + path, headers={"Host": host_of(attacked), **headers}, data=body)
    keys = Credentials(attacked.keys["AccessKeyId"], attacked.keys["SecretAccessKey"])
    SigV4Auth(keys, service, "us-east-1").add_auth(made)
    lines = [*made.headers.items(), ("Content-Length", str(len(body)))]
    answer = answer_to(attacked, request("POST", path, lines, body))
    assert answer.startswith(b"HTTP/1.1 400 ") and b"more than" in answer, answer[:500]
