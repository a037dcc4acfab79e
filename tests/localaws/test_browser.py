"""A web page fails to touch embedded AWS, even one that knows the administrator's keys.

Every machine replays what Chromium sent for each attempt of the page (`browser/recorded`, made by `browser/record.py`);
where Chromium is on PATH, the page itself tries.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
import socket
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from botocore.auth import S3SigV4QueryAuth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from tests.localaws.browser import browser

RECORDED = sorted((Path(__file__).parent / "browser" / "recorded").glob("*.http"))
ORIGIN = "http://127.0.0.1:41234"
TRUST = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
# Which lines of a request say that a page sent it.
MARKS = re.compile(rb"\r\n(origin|referer|sec-fetch-[a-z]+): [^\r]*", re.IGNORECASE)
SIGNED = ("create-role", "create-function", "invoke", "image")


class _Presigned(SigV4QueryAuth):
    """A signed address for a request with a body, which botocore itself would move into the address."""

    def __init__(self, credentials: Credentials, service: str, *, body: bytes) -> None:
        super().__init__(credentials, service, "us-east-1", expires=600)
        self._body = body

    def payload(self, request: AWSRequest) -> str:
        return hashlib.sha256(self._body).hexdigest()


def signed_addresses(embedded_aws: Any) -> dict[str, dict[str, str]]:
    """Addresses and bodies with which a program could do what the page tries; they hold for ten minutes."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as code:
        code.writestr("index.py", "import os\ndef handler(event, context):\n    return dict(os.environ)\n")
    function = {
        "FunctionName": "from-a-page",
        "Runtime": "python3.11",
        "Handler": "index.handler",
        "Role": "arn:aws:iam::000000000000:role/from-a-page",
        "Code": {"ZipFile": base64.b64encode(archive.getvalue()).decode()},
    }
    role = {
        "Action": "CreateRole",
        "Version": "2010-05-08",
        "RoleName": "from-a-page",
        "AssumeRolePolicyDocument": json.dumps({"Version": "2012-10-17", "Statement": [TRUST]}),
    }
    wanted = {
        "create-role": ("iam", "/", urlencode(role)),
        "create-function": ("lambda", "/2015-03-31/functions", json.dumps(function)),
        "invoke": ("lambda", "/2015-03-31/functions/from-a-page/invocations", "{}"),
    }
    credentials = Credentials(embedded_aws.keys["AccessKeyId"], embedded_aws.keys["SecretAccessKey"])
    made = {}
    for name, (service, path, body) in wanted.items():
        request = AWSRequest("POST", embedded_aws.endpoint_url + path)
        _Presigned(credentials, service, body=body.encode()).add_auth(request)
        made[name] = {"url": request.url, "body": body}
    request = AWSRequest("GET", f"{embedded_aws.endpoint_url}/from-a-page/key")
    S3SigV4QueryAuth(credentials, "s3", "us-east-1", expires=600).add_auth(request)
    return made | {"get-object": {"url": request.url, "body": ""}}


@pytest.fixture
def visited(start_embedded_aws: Any) -> Iterator[Any]:
    """Embedded AWS with an object in it; when the page has tried, all is as it was."""
    running = start_embedded_aws()
    running.client("s3").create_bucket(Bucket="from-a-page")
    running.client("s3").put_object(Bucket="from-a-page", Key="key", Body=b"a secret")
    yield running
    assert_untouched(running)


def assert_untouched(running: Any) -> None:
    with pytest.raises(ClientError, match="NoSuchEntity"):
        running.client("iam").get_role(RoleName="from-a-page")
    assert running.client("lambda").list_functions()["Functions"] == []
    assert running.client("s3").get_object(Bucket="from-a-page", Key="key")["Body"].read() == b"a secret"


def rendered(recorded: Path, running: Any, signed: dict[str, dict[str, str]]) -> bytes:
    """The recorded request as Chromium would send it to this embedded AWS, now."""
    name = re.sub(r"-\d$", "", recorded.stem)
    host = running.endpoint_url.removeprefix("http://")
    use = signed.get("get-object" if name in ("image", "frame") else name, {"url": "", "body": ""})
    head, _, body = recorded.read_bytes().partition(b"\r\n\r\n")
    body = body.replace(b"{body}", use["body"].encode())
    head = re.sub(rb"(?i)(\r\ncontent-length: )\d+", rb"\g<1>%d" % len(body), head)
    for placeholder, value in (
        ("{host}", host),
        ("{port}", host.split(":")[1]),
        ("{origin}", ORIGIN),
        ("{query}", urlsplit(use["url"]).query),
    ):
        head = head.replace(placeholder.encode(), value.encode())
    return head + b"\r\n\r\n" + body


def answer_to(running: Any, raw: bytes) -> bytes:
    """All that embedded AWS says to bytes on a connection."""
    host, port = running.endpoint_url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        connection.sendall(raw.replace(b"Connection: keep-alive", b"Connection: close"))
        answer = b""
        while part := connection.recv(65536):
            answer += part
            if b"Upgrade: websocket" in raw and b"\r\n\r\n" in answer:
                break
        return answer


def test_what_chromium_sends_for_each_attempt_is_refused(visited: Any) -> None:
    assert len(RECORDED) >= 19
    signed = signed_addresses(visited)
    for recorded in RECORDED:
        answer = answer_to(visited, rendered(recorded, visited, signed))
        assert answer.startswith(b"HTTP/1.1 403 "), (recorded.name, answer)
        assert b"access-control-allow" not in answer.lower()
        assert b"a secret" not in answer
        # A socket is closed before it is opened, without words.
        if recorded.stem != "socket":
            assert b"a web page sent this request" in answer or b"is not this machine" in answer, answer


def test_the_same_requests_are_answered_when_no_page_sends_them(start_embedded_aws: Any) -> None:
    running = start_embedded_aws()
    running.client("s3").create_bucket(Bucket="from-a-page")
    running.client("s3").put_object(Bucket="from-a-page", Key="key", Body=b"a secret")
    signed = signed_addresses(running)
    for name in SIGNED:
        (recorded,) = [path for path in RECORDED if path.stem == name]
        answer = answer_to(running, MARKS.sub(b"", rendered(recorded, running, signed)))
        assert answer.startswith((b"HTTP/1.1 200 ", b"HTTP/1.1 201 ")), (name, answer)
    assert running.client("iam").get_role(RoleName="from-a-page")
    assert [one["FunctionName"] for one in running.client("lambda").list_functions()["Functions"]] == ["from-a-page"]
    assert b"a secret" in answer


@pytest.mark.skipif(browser.found() is None, reason="no Chromium on PATH: what one sent is replayed instead")
def test_a_page_in_a_real_browser_fails(visited: Any, tmp_path: Path) -> None:
    page = browser.PageServer()
    given = {
        "target": visited.endpoint_url,
        "report": page.address,
        "signed": signed_addresses(visited),
        "rebound": False,
    }
    program = browser.found()
    assert program is not None
    try:
        with browser.visiting(program, f"{page.address}/", given, profile=tmp_path / "profile"):
            assert page.done.wait(browser.PATIENCE_SECONDS), "the page did not come to its end"
    finally:
        page.close()
    assert set(page.results) == {re.sub(r"-\d$", "", path.stem) for path in RECORDED if "rebound" not in path.stem}
    # Nothing was read: an opaque answer shows a page neither its status nor its text.
    beyond_reading = ("opaque 0 0", "TypeError", "failed", "late")
    unreadable = {name: seen for name, seen in page.results.items() if name not in ("beacon", "form", "frame")}
    assert {name: seen for name, seen in unreadable.items() if seen not in beyond_reading} == {}
    assert page.results["socket"] == page.results["image"] == page.results["script"] == "failed"


@pytest.mark.skipif(browser.found() is None, reason="no Chromium on PATH: what one sent is replayed instead")
def test_a_name_that_was_made_to_lead_here_leads_nowhere_in_a_real_browser(visited: Any, tmp_path: Path) -> None:
    port = visited.endpoint_url.rpartition(":")[2]
    program = browser.found()
    assert program is not None
    shown = subprocess.run(
        [program, *browser.OPTIONS, f"--user-data-dir={tmp_path / 'profile'}", "--dump-dom"]
        + [f"http://{browser.REBOUND_HOST}:{port}/_ministack/health"],
        capture_output=True,
        text=True,
        timeout=browser.PATIENCE_SECONDS,
    )
    assert "is not this machine" in shown.stdout
