"""No variable sends a container's requests elsewhere, or has it trust others, without a reason."""

from __future__ import annotations

import re
from collections.abc import Iterator

from modelyard.catalog.entry import Catalog, Entry
from modelyard.rules.rule import Rule, Violation

REDIRECTS = re.compile(
    r"AWS_ENDPOINT_URL\w*|AWS_CA_BUNDLE|(?:HTTPS?|ALL|FTP|NO|WSS?)_PROXY|HF_(?:INFERENCE_)?ENDPOINT|HF_HUB_ENDPOINT"
    r"|SSL_CERT_(?:FILE|DIR)|SSLKEYLOGFILE|(?:REQUESTS|CURL)_CA_BUNDLE|NODE_EXTRA_CA_CERTS|PYTHONHTTPSVERIFY"
    r"|GIT_SSL_\w+|OTEL_EXPORTER_\w*(?:ENDPOINT|HEADERS)|RESOLV_\w+|HOSTALIASES|RES_OPTIONS|LOCALDOMAIN"
)

RULE = Rule(
    id="MY084",
    severity="error",
    title="no environment variable sends the container's requests elsewhere",
    reason="weights, prompts and the role's signatures go where such a variable says, to whoever it says to trust.",
    source="https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html and "
    "https://huggingface.co/docs/huggingface_hub/package_reference/environment_variables",
    fix="give the network a VPC endpoint and stage weights to S3; where only a proxy leads out, waive it with a reason",
    waivable=True,
    fails="""\
# catalog/endpoints/chat.yaml
kind: real-time
serving: {environment: {AWS_ENDPOINT_URL_S3: "https://s3.example.com"}}
""",
    passes="""\
# catalog/endpoints/chat.yaml
kind: real-time
waivers: [{rule: MY084, reason: the proxy of our VPC, until: "2099-12-31"}]
serving: {environment: {HTTPS_PROXY: "http://proxy.example.com:3128"}}
""",
)


def check(entry: Entry, catalog: Catalog) -> Iterator[Violation]:
    for name in entry.endpoint.serving.environment:
        if REDIRECTS.fullmatch(name.upper()):
            yield Violation(
                ("serving", "environment", name),
                f"{name} sends the container's requests elsewhere, or has it trust others than its image does: remove "
                "it, or waive the rule with the reason",
                at_key=True,
            )
