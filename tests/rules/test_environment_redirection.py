from __future__ import annotations

import pytest


def found(house, name, rule, value="/x"):
    return house.entry("real-time", serving={"environment": {name: value}}).found(rule)


@pytest.mark.parametrize(
    "name",
    [
        "AWS_ENDPOINT_URL",
        "AWS_ENDPOINT_URL_S3",
        "AWS_CA_BUNDLE",
        "HTTP_PROXY",
        "https_proxy",
        "ALL_PROXY",
        "HF_ENDPOINT",
        "REQUESTS_CA_BUNDLE",
        "SSL_CERT_FILE",
        "OTEL_EXPORTER_OTLP_ENDPOINT",
    ],
)
def test_what_sends_requests_elsewhere_takes_a_reason(house, name):
    [said] = found(house, name, "MY084")
    assert said.startswith(f"{name} sends the container's requests elsewhere")
    waiver = {"rule": "MY084", "reason": "the proxy of our VPC", "until": "2099-12-31"}
    house.entry("real-time", serving={"environment": {name: "/x"}}, waivers=[waiver])
    assert not {"MY084", "MY045"} & house.breaks()
