"""The front answers programs that hold a key, and nobody else: above all no web page."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import boto3
import httpx
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

MINISTACKS_OWN = [
    ("POST", "/_ministack/reset"),
    ("POST", "/_ministack/reset?init=1"),
    ("POST", "/_ministack/config"),
    ("GET", "/_ministack/ready"),
    ("GET", "/_ministack/sqs/messages"),
    ("GET", "/_ministack/ses/messages"),
    ("GET", "/_ministack/lambda-code/secret"),
    ("POST", "/_ministack/health"),
    ("PUT", "/_ministack/cfn-response/00000000-0000-0000-0000-000000000000"),
    ("PUT", "/_ministack/cfn-signal/00000000-0000-0000-0000-000000000000"),
    ("POST", "/_ministack/rds/iam-auth"),
    ("GET", "/_localstack/health"),
    ("GET", "/health"),
    ("GET", "/_aws/execute-api/abcdef01/prod/x"),
    ("GET", "/oauth2/authorize"),
    ("POST", "/oauth2/token"),
    ("GET", "/v2/_catalog"),
    ("GET", "/iceberg/v1/config"),
    ("GET", "/latest/meta-data/iam/security-credentials/"),
    ("GET", "/bucket/key"),
    ("GET", "/"),
]


def signed(
    embedded_aws: Any,
    method: str,
    path: str,
    *,
    keys: dict[str, str] | None = None,
    service: str = "iam",
    body: str = "",
) -> httpx.Response:
    keys = keys or embedded_aws.keys
    request = AWSRequest(method, embedded_aws.endpoint_url + path, data=body)
    SigV4Auth(Credentials(keys["AccessKeyId"], keys["SecretAccessKey"]), service, "us-east-1").add_auth(request)
    return httpx.request(method, embedded_aws.endpoint_url + path, headers=dict(request.headers), content=body)


@pytest.fixture(scope="module")
def user(embedded_aws: Any) -> dict[str, str]:
    """A user who may do everything, and is not the administrator."""
    iam = embedded_aws.client("iam")
    iam.create_user(UserName="front-user")
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    iam.put_user_policy(UserName="front-user", PolicyName="all", PolicyDocument=json.dumps(document))
    key: dict[str, str] = iam.create_access_key(UserName="front-user")["AccessKey"]
    return key


@pytest.fixture(autouse=True)
def untouched(embedded_aws: Any) -> Iterator[None]:
    """Nothing here resets embedded AWS or hurts it."""
    embedded_aws.client("ssm").put_parameter(Name="/front/still", Value="here", Type="String", Overwrite=True)
    yield
    assert embedded_aws.client("ssm").get_parameter(Name="/front/still")["Parameter"]["Value"] == "here"


def refused(answer: httpx.Response, *, status: int = 403) -> str:
    """The text of a refusal, which must have AWS's form and invite no page to read it."""
    assert answer.status_code == status, answer.text
    assert not [name for name in answer.headers if name.startswith("access-control-")]
    kind = answer.headers["content-type"]
    assert "json" in kind or "xml" in kind
    assert "<Code>" in answer.text or "__type" in answer.json()
    return answer.text


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("Origin", "https://example.com"),
        ("Origin", "http://127.0.0.1:4566"),
        ("Origin", "null"),
        ("Sec-Fetch-Site", "cross-site"),
        ("Sec-Fetch-Site", "same-origin"),
        ("Sec-Fetch-Mode", "no-cors"),
        ("Sec-Fetch-Dest", "image"),
        ("Access-Control-Request-Method", "POST"),
        ("Access-Control-Request-Private-Network", "true"),
    ],
)
@pytest.mark.parametrize("path", ["/_ministack/health", "/localaws/container-credentials", "/"])
def test_a_web_page_is_refused_whatever_it_asks_for(embedded_aws: Any, header: str, value: str, path: str) -> None:
    assert "a web page sent this request" in refused(
        httpx.get(embedded_aws.endpoint_url + path, headers={header: value})
    )


def test_a_web_page_that_knows_the_keys_is_refused_as_well(embedded_aws: Any) -> None:
    iam = embedded_aws.client("iam")

    def as_a_page(request: Any, **_: Any) -> None:
        request.headers["Origin"] = "https://example.com"

    iam.meta.events.register("before-send.iam.ListRoles", as_a_page)
    with pytest.raises(ClientError, match="a web page sent this request"):
        iam.list_roles()


@pytest.mark.parametrize("method", ["OPTIONS", "TRACE", "CONNECT", "BREW"])
def test_other_methods_than_those_of_aws_are_refused(embedded_aws: Any, method: str) -> None:
    refused(httpx.request(method, f"{embedded_aws.endpoint_url}/bucket/key"))


@pytest.mark.parametrize(
    "host",
    [
        "rebound.example.com:{port}",
        "rebound.example.com",
        "127.0.0.1",
        "127.0.0.1:1",
        "127.0.0.1:{port}@example.com",
        "localhost.example.com:{port}",
        "example.com#localhost:{port}",
        "abcdef01.execute-api.localhost:{port}",
        "a.lambda-url.us-east-1.localhost:{port}",
        "169.254.169.254:{port}",
        "0.0.0.0:{port}",
        "",
    ],
)
def test_a_name_that_is_not_this_machines_is_refused(embedded_aws: Any, host: str) -> None:
    port = embedded_aws.endpoint_url.rpartition(":")[2]
    answer = httpx.get(f"{embedded_aws.endpoint_url}/_ministack/health", headers={"Host": host.format(port=port)})
    refused(answer)


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "LOCALHOST", "[::1]"])
def test_the_loopback_interface_has_its_names(embedded_aws: Any, name: str) -> None:
    port = embedded_aws.endpoint_url.rpartition(":")[2]
    answer = httpx.get(f"{embedded_aws.endpoint_url}/_ministack/health", headers={"Host": f"{name}:{port}"})
    assert answer.status_code == 200


@pytest.mark.parametrize(("method", "path"), MINISTACKS_OWN)
def test_nothing_but_health_is_answered_without_a_signature(embedded_aws: Any, method: str, path: str) -> None:
    refused(httpx.request(method, embedded_aws.endpoint_url + path))


@pytest.mark.parametrize("action", ["AssumeRoleWithWebIdentity", "AssumeRoleWithSAML", "ConfirmSubscription"])
def test_what_sdks_send_unsigned_is_refused(embedded_aws: Any, action: str) -> None:
    form = {"Action": action, "Version": "2011-06-15", "RoleArn": "arn:aws:iam::000000000000:role/r"}
    assert "MissingAuthenticationToken" in refused(httpx.post(embedded_aws.endpoint_url, data=form))


def test_health_says_so_without_inviting_pages(embedded_aws: Any) -> None:
    answer = httpx.get(f"{embedded_aws.endpoint_url}/_ministack/health")
    assert answer.json()["auth"] == "enabled"
    assert not [name for name in answer.headers if name.startswith("access-control-")]


@pytest.mark.parametrize("service", ["iam", "sqs", "lambda", "logs", "ssm"])
def test_no_answer_of_a_service_invites_pages(embedded_aws: Any, service: str) -> None:
    client = embedded_aws.client(service)
    operation = {
        "iam": "list_roles",
        "sqs": "list_queues",
        "lambda": "list_functions",
        "logs": "describe_log_groups",
        "ssm": "describe_parameters",
    }[service]
    headers = getattr(client, operation)()["ResponseMetadata"]["HTTPHeaders"]
    assert not [name for name in headers if name.startswith("access-control-")]


@pytest.mark.parametrize(
    "keys",
    [
        {"AccessKeyId": "test", "SecretAccessKey": "test"},
        {"AccessKeyId": "000000000000", "SecretAccessKey": "test"},
        {"AccessKeyId": "123456789012", "SecretAccessKey": "x"},
    ],
)
@pytest.mark.parametrize("service", ["iam", "s3", "lambda", "sagemaker", "sts"])
def test_keys_that_everybody_knows_open_nothing(embedded_aws: Any, keys: dict[str, str], service: str) -> None:
    operation = {
        "iam": "list_roles",
        "s3": "list_buckets",
        "lambda": "list_functions",
        "sagemaker": "list_models",
        "sts": "get_caller_identity",
    }[service]
    with pytest.raises(ClientError) as failure:
        getattr(embedded_aws.client(service, credentials=keys), operation)()
    assert failure.value.response["ResponseMetadata"]["HTTPStatusCode"] in (400, 403)


def test_the_administrators_secret_counts(embedded_aws: Any) -> None:
    forged = {**embedded_aws.keys, "SecretAccessKey": "guessed"}
    for service, operation in (("iam", "list_roles"), ("s3", "list_buckets"), ("sagemaker", "list_models")):
        with pytest.raises(ClientError, match="signature"):
            getattr(embedded_aws.client(service, credentials=forged), operation)()


@pytest.mark.parametrize(("method", "path"), [one for one in MINISTACKS_OWN if one[1].startswith("/_")][:-1])
def test_only_the_administrator_asks_for_what_is_ministacks_own(
    embedded_aws: Any, user: dict[str, str], method: str, path: str
) -> None:
    assert "only the administrator" in refused(signed(embedded_aws, method, path, keys=user))


def test_a_service_that_nobody_plays_is_refused_before_it_is_looked_for(embedded_aws: Any) -> None:
    refused = signed(embedded_aws, "GET", "/", service="nowhere")
    assert refused.status_code == 400 and "plays no service nowhere" in refused.text


def test_known_keys_are_there_on_request(start_embedded_aws: Any) -> None:
    running = start_embedded_aws("--known-keys")
    assert running.keys == {"AccessKeyId": "test", "SecretAccessKey": "test"}
    assert running.client("sts").get_caller_identity()["Arn"] == "arn:aws:iam::000000000000:root"


def test_a_bucket_before_localhost_is_that_bucket(embedded_aws: Any) -> None:
    embedded_aws.client("s3").create_bucket(Bucket="front-bucket")
    port = embedded_aws.endpoint_url.rpartition(":")[2]
    s3 = boto3.client(
        "s3",
        endpoint_url=f"http://localhost:{port}",
        region_name="us-east-1",
        aws_access_key_id=embedded_aws.keys["AccessKeyId"],
        aws_secret_access_key=embedded_aws.keys["SecretAccessKey"],
        config=Config(s3={"addressing_style": "virtual"}, retries={"total_max_attempts": 1}),
    )

    def to_loopback(request: Any, **_: Any) -> None:
        request.headers["Host"] = f"front-bucket.localhost:{port}"
        request.url = request.url.replace("front-bucket.localhost", "127.0.0.1")

    s3.meta.events.register("before-send.s3", to_loopback)
    s3.put_object(Bucket="front-bucket", Key="_a/b", Body=b"body")
    assert embedded_aws.client("s3").get_object(Bucket="front-bucket", Key="_a/b")["Body"].read() == b"body"


@pytest.mark.parametrize("version", ["s3v4", "s3"])
def test_a_presigned_address_is_good_for_what_it_says(embedded_aws: Any, version: str) -> None:
    s3 = embedded_aws.client("s3")
    s3.create_bucket(Bucket=f"front-presigned-{version}")
    s3.put_object(Bucket=f"front-presigned-{version}", Key="key", Body=b"body")
    signer = boto3.client(
        "s3",
        endpoint_url=embedded_aws.endpoint_url,
        region_name="us-east-1",
        aws_access_key_id=embedded_aws.keys["AccessKeyId"],
        aws_secret_access_key=embedded_aws.keys["SecretAccessKey"],
        config=Config(signature_version=version),
    )
    where = {"Bucket": f"front-presigned-{version}", "Key": "key"}
    address = signer.generate_presigned_url("get_object", Params=where)
    if version == "s3":
        assert "Please use AWS4-HMAC-SHA256" in refused(httpx.get(address), status=400)
        return
    assert httpx.get(address).content == b"body"
    refused(httpx.get(address.replace("/key?", "/other?")))
    refused(httpx.put(address, content=b"other"))
    refused(httpx.get(address, headers={"Origin": "https://example.com"}))


@pytest.mark.parametrize("path", ["/", "/prod", "/_aws/execute-api/abcdef01/prod"])
def test_no_websocket_is_opened(embedded_aws: Any, path: str) -> None:
    async def ask() -> bytes:
        host, port = embedded_aws.endpoint_url.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(
            f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        line = await reader.readline()
        writer.close()
        return line

    assert asyncio.run(ask()).startswith(b"HTTP/1.1 403")
