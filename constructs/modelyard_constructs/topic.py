"""What every topic's policy says."""

from __future__ import annotations

from modelyard_constructs.resource import Reference, Statement


def tls_only(topic_arn: Reference) -> Statement:
    """Refuses messages that come over an unencrypted connection."""
    return {
        "Effect": "Deny",
        "Principal": {"AWS": "*"},
        "Action": ["sns:Publish"],
        "Resource": [topic_arn],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
