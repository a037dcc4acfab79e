"""Data capture of real-time endpoints: JSON lines in S3, written with the execution role.

Layout and record: https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-capture-endpoint.html:
`<DestinationS3Uri>/<endpoint>/<variant>/yyyy/mm/dd/hh/<file>.jsonl` by the UTC hour of the invocation. A payload is
kept as text when its content type is listed under CaptureContentTypeHeader, as BASE64 otherwise. A role that may not
write loses the records without failing a request, as on AWS; the log of embedded AWS says so.
"""

import base64
import json
import logging
import random
import threading
import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from localaws.errors import AwsError
from localaws.sagemaker import s3_uri
from localaws.sagemaker.dependencies import Dependencies
from localaws.sagemaker.scope import Scope

_log = logging.getLogger(__name__)
_FLUSH_SECONDS = 1.0
_MOST_RECORDS_PER_FILE = 500


@dataclass(frozen=True)
class Exchange:
    """One request and its response, as the endpoint saw them."""

    input_type: str
    input_body: bytes
    output_type: str
    output_body: bytes
    inference_id: str | None
    custom_attributes: str | None
    at: datetime


@dataclass(frozen=True)
class _Destination:
    scope: Scope
    role_arn: str
    bucket: str
    prefix: str
    kms_key: str | None


class DataCapture:
    """Takes exchanges from request threads; a thread of its own writes files. `close` loses nothing."""

    def __init__(self, dependencies: Dependencies) -> None:
        self._dependencies = dependencies
        self._records: dict[_Destination, list[tuple[datetime, bytes]]] = {}
        self._lock = threading.Lock()
        self._flush_lock = threading.Lock()
        self._closed = threading.Event()
        self._added = threading.Event()
        self._thread = threading.Thread(target=self._write_until_closed, name="data-capture", daemon=True)
        self._thread.start()

    def add(
        self, config: dict[str, Any], exchange: Exchange, *, scope: Scope, endpoint: str, variant: str, role_arn: str
    ) -> None:
        """Capture an exchange if the configuration and the sampling want it."""
        if not config.get("EnableCapture") or random.random() * 100 >= config["InitialSamplingPercentage"]:
            return
        address = s3_uri.parse(config["DestinationS3Uri"]).joined(
            endpoint, variant, exchange.at.strftime("%Y/%m/%d/%H")
        )
        destination = _Destination(scope, role_arn, address.bucket, address.key, config.get("KmsKeyId"))
        line = json.dumps(record_of(config, exchange), separators=(",", ":")).encode() + b"\n"
        with self._lock:
            self._records.setdefault(destination, []).append((exchange.at, line))
        self._added.set()

    def close(self) -> None:
        """Write what is left."""
        self._closed.set()
        self._added.set()
        self._thread.join(timeout=30)

    def flush(self) -> None:
        """Write everything captured so far."""
        with self._flush_lock:
            with self._lock:
                records, self._records = self._records, {}
            for destination, lines in records.items():
                for start in range(0, len(lines), _MOST_RECORDS_PER_FILE):
                    self._put(destination, lines[start : start + _MOST_RECORDS_PER_FILE])

    def _write_until_closed(self) -> None:
        while not self._closed.is_set():
            self._added.wait()
            self._added.clear()
            self._closed.wait(_FLUSH_SECONDS)  # what comes soon after goes into the same file
            self.flush()

    def _put(self, destination: _Destination, lines: list[tuple[datetime, bytes]]) -> None:
        first = lines[0][0]
        name = f"{first.strftime('%M-%S')}-{first.microsecond // 1000:03d}-{uuid.uuid4()}.jsonl"
        encryption = (
            {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": destination.kms_key} if destination.kms_key else {}
        )
        try:
            clients = self._dependencies.roles.clients(destination.role_arn, region=destination.scope.region)
            clients.client("s3").put_object(
                Bucket=destination.bucket,
                Key=f"{destination.prefix}/{name}",
                Body=b"".join(line for _, line in lines),
                **encryption,
            )
        except (AwsError, ClientError, BotoCoreError) as error:
            _log.warning(
                "%d captured records could not be written to s3://%s/%s: %s",
                len(lines),
                destination.bucket,
                destination.prefix,
                error,
            )


def record_of(config: dict[str, Any], exchange: Exchange) -> dict[str, Any]:
    """One line of a capture file."""
    wanted = {option["CaptureMode"] for option in config["CaptureOptions"]}
    data: dict[str, Any] = {}
    if wanted & {"Input", "InputAndOutput"}:
        data["endpointInput"] = _payload(config, exchange.input_type, exchange.input_body, mode="INPUT")
    if wanted & {"Output", "InputAndOutput"}:
        data["endpointOutput"] = _payload(config, exchange.output_type, exchange.output_body, mode="OUTPUT")
    metadata: dict[str, Any] = {"eventId": str(uuid.uuid4())}
    if exchange.custom_attributes is not None:
        metadata["customAttributes"] = [exchange.custom_attributes]
    if exchange.inference_id is not None:
        metadata["inferenceId"] = exchange.inference_id
    metadata["inferenceTime"] = exchange.at.strftime("%Y-%m-%dT%H:%M:%SZ")
    return {"captureData": data, "eventMetadata": metadata, "eventVersion": "0"}


def _payload(config: dict[str, Any], content_type: str, body: bytes, *, mode: str) -> dict[str, str]:
    encoding = _encoding(config, content_type)
    if encoding != "BASE64":
        try:
            text = body.decode("utf-8")
        except UnicodeDecodeError:
            encoding = "BASE64"
    if encoding == "BASE64":
        text = base64.b64encode(body).decode("ascii")
    return {"observedContentType": content_type, "mode": mode, "data": text, "encoding": encoding}


def _encoding(config: dict[str, Any], content_type: str) -> str:
    listed = config.get("CaptureContentTypeHeader", {})
    media_type = content_type.partition(";")[0].strip().lower()
    if media_type in (item.lower() for item in listed.get("JsonContentTypes", ())):
        return "JSON"
    if media_type in (item.lower() for item in listed.get("CsvContentTypes", ())):
        return "CSV"
    return "BASE64"
