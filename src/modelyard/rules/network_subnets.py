"""A network has subnets in two availability zones."""

from __future__ import annotations

from collections.abc import Iterator

from modelyard.catalog.entry import Catalog
from modelyard.rules.rule import Rule, Violation

RULE = Rule(
    id="MY092",
    severity="warning",
    title="a network names two subnets or more, in different availability zones",
    reason="AWS's page on hosting in a VPC asks for two subnets in different availability zones, even for one "
    "instance. A second zone is also what is left when the first has no instance of the type. Zones cannot be "
    "read from ids, so only the number is held.",
    source="https://docs.aws.amazon.com/sagemaker/latest/dg/host-vpc.html",
    fix="add a subnet of another zone to network.subnets",
    fails="""\
# catalog/environments/prod.yaml
network:
  subnets: [subnet-0a1b2c3d4e5f60001]
  security_groups: [sg-0a1b2c3d4e5f60003]
""",
    passes="""\
# catalog/environments/prod.yaml
network:
  subnets: [subnet-0a1b2c3d4e5f60001, subnet-0a1b2c3d4e5f60002]
  security_groups: [sg-0a1b2c3d4e5f60003]
""",
)


def check_environment(catalog: Catalog) -> Iterator[Violation]:
    network = catalog.environment.network
    if network is None:
        return
    different = set(network.subnets)
    if len(different) < 2:
        yield Violation(
            ("network", "subnets"),
            f"{next(iter(different))} is the only subnet, and AWS asks for two in different availability zones, even "
            "for one instance: add one of another zone",
        )
