"""What every topic's policy says."""

from __future__ import annotations

from modelyard.blueprint.resource import Reference
from modelyard_constructs.policy_document import Statement


def tls_only(topic_arn: Reference) -> Statement:
    """Refuses messages that come over an unencrypted connection."""
    return {
        "Effect": "Deny",
        "Principal": {"AWS": "*"},
        "Action": ["sns:Publish"],
        "Resource": [topic_arn],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
