"""A company's key before anything is encrypted with it: S3 takes any ARN for a bucket, and then refuses every write."""

from __future__ import annotations

import json
from typing import Any

from botocore.exceptions import ClientError

from modelyard.deploying.key_policy import lets_iam_decide, lets_logs_encrypt
from modelyard.shell.aws_failure import error_code
from modelyard.shell.failure import Failure

_DENIED = {"AccessDenied", "AccessDeniedException"}


def require_usable(kms: Any, key_arn: str, *, account: str, region: str) -> str | None:
    """Refuse a key that nothing can be encrypted with; what could not be made sure of is said in a sentence."""
    try:
        key = kms.describe_key(KeyId=key_arn)["KeyMetadata"]
    except ClientError as error:
        if error_code(error) in _DENIED:
            return f"kms_key_arn {key_arn} could not be looked at (kms:DescribeKey is denied): is it enabled?"
        raise Failure(
            f"kms_key_arn {key_arn} is no key that AWS knows ({error_code(error)}), and every write would fail: "
            "correct the ARN, or remove the line to go back to the foundation's own key"
        ) from error
    if key["KeyState"] != "Enabled":
        raise Failure(
            f"kms_key_arn {key_arn} is {_words(key['KeyState'])}, and every write would fail: enable it "
            "(`aws kms enable-key`, after `aws kms cancel-key-deletion` where it was to be deleted), or name another"
        )
    if key.get("KeyUsage") != "ENCRYPT_DECRYPT" or key.get("KeySpec") != "SYMMETRIC_DEFAULT":
        raise Failure(
            f"kms_key_arn {key_arn} is a key of kind {key.get('KeySpec')} for {key.get('KeyUsage')}; S3 encrypts with "
            "symmetric keys for ENCRYPT_DECRYPT alone: name such a key"
        )
    return _policy_sentence(kms, key_arn, account=account, region=region)


def _policy_sentence(kms: Any, key_arn: str, *, account: str, region: str) -> str | None:
    try:
        policy = json.loads(kms.get_key_policy(KeyId=key_arn, PolicyName="default")["Policy"])
    except ClientError:
        # Nobody reads the policy of another account's key.
        return None
    if not lets_iam_decide(policy, account):
        raise Failure(
            f"the policy of kms_key_arn {key_arn} does not let IAM of account {account} decide, so that no role could "
            f'read or write anything: allow {{"AWS": "arn:aws:iam::{account}:root"}} kms:Decrypt, kms:GenerateDataKey, '
            "kms:DescribeKey and kms:CreateGrant at least, as default policies do (docs/operating.md, A key and a "
            "network of your own)"
        )
    if lets_logs_encrypt(policy):
        return None
    return (
        f"the policy of kms_key_arn {key_arn} does not name CloudWatch Logs, which then encrypts no log group with it: "
        f"allow logs.{region}.amazonaws.com what docs/operating.md says (A key and a network of your own)"
    )


def _words(state: str) -> str:
    return {"PendingDeletion": "waiting for its deletion"}.get(state, state.lower())
