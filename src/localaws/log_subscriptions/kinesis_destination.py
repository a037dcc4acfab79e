"""A Kinesis data stream as the destination of a log group's subscription filter.

CloudWatch Logs assumes the filter's role and puts records as that role, so a role without kinesis:PutRecord, or without
kms:GenerateDataKey on the stream's key, gets no filter: PutSubscriptionFilter sends a message on trial. The wordings
are those that users report (alertlogic/cloudwatch-logs-s3-export#9, awsdocs/amazon-cloudwatch-logs-user-guide#47).
"""

import contextvars
import hashlib
import uuid

from ministack.core.iam_evaluator import enforce
from ministack.core.responses import request_scope
from ministack.services import kinesis, kms

from localaws.errors import AwsError
from localaws.log_subscriptions.envelope import LogEvents, control_message, data_messages
from localaws.role_session import RoleSessions

_STREAM = (
    "Could not deliver test message to specified Kinesis stream. Check if the given Kinesis stream is in ACTIVE state."
)
_INVALID = "Could not deliver test message to specified destination. Check if the destination is valid."


class KinesisDestination:
    """Delivers to one stream of this account as one role."""

    def __init__(self, *, stream_arn: str, role_arn: str, distribution: str, roles: RoleSessions) -> None:
        self._stream_arn = stream_arn
        self._role_arn = role_arn
        self._distribution = distribution
        self._roles = roles
        parts = stream_arn.split(":")
        self._region, self._account = parts[3], parts[4]

    def check(self) -> None:
        """Send the control message; raises `AwsError` as PutSubscriptionFilter does where it does not arrive."""
        try:
            self._put("control", control_message())
        except AwsError as refusal:
            raise AwsError("InvalidParameterException", _STREAM if "kinesis" in refusal.code else _INVALID) from refusal

    def deliver(self, *, group: str, stream: str, filter_name: str, events: LogEvents) -> None:
        """Put the events into the stream; raises `AwsError` where the role may not any more."""
        for message in data_messages(self._account, group, stream, filter_name, events):
            self._put(self._partition_key(stream), message)

    def _partition_key(self, stream: str) -> str:
        """API reference, PutSubscriptionFilter, distribution: by log stream unless asked for a random one."""
        if self._distribution == "Random":
            return uuid.uuid4().hex
        return hashlib.md5(stream.encode(), usedforsecurity=False).hexdigest()

    def _put(self, partition_key: str, message: bytes) -> None:
        # A context of its own: the one at hand holds the request of whoever wrote the log.
        contextvars.Context().run(self._put_as_role, partition_key, message)

    def _put_as_role(self, partition_key: str, message: bytes) -> None:
        with request_scope(self._account, self._region):
            self._require("kinesis:PutRecord", "kinesis", self._stream_arn)
            stream = kinesis._resolve_stream_by_arn(self._stream_arn)
            key = kms._resolve_key(stream["KeyId"]) if stream and stream.get("EncryptionType") == "KMS" else None
            if key is not None:
                # https://docs.aws.amazon.com/streams/latest/dev/permissions-user-key-KMS.html (encryption context)
                context = {
                    "kms:viaservice": f"kinesis.{self._region}.amazonaws.com",
                    "kms:encryptioncontext:aws:kinesis:arn": self._stream_arn,
                }
                self._require("kms:GenerateDataKey", "kms", key["Arn"], context)
            if not kinesis.put_record_internal(self._stream_arn, partition_key, message):
                raise AwsError("kinesis:ResourceNotFoundException", f"there is no active stream {self._stream_arn}")

    def _require(self, action: str, service: str, resource_arn: str, context: dict[str, str] | None = None) -> None:
        clients = self._roles.clients(self._role_arn, region=self._region)
        credentials = clients.session.get_credentials()
        refused = enforce(
            credentials.access_key, action, service, self._region, resource_arn=resource_arn, service_context=context
        )
        if refused is not None:
            raise AwsError(f"{service}:AccessDenied", f"{self._role_arn} may not {action} on {resource_arn}")
