"""What a role needs so that SageMaker can put containers into a company's VPC."""

from __future__ import annotations

from catalog.schema import Network
from modelyard_constructs.resource import Statement, allow
from modelyard_constructs.target import Target


def network_grants(target: Target, network: Network) -> list[Statement]:
    """Network interfaces in these subnets with these security groups, and no others.

    https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html (CreateModel with a VPC)
    """
    interfaces = target.arn("ec2", "network-interface/*")
    subnets = [target.arn("ec2", f"subnet/{subnet}") for subnet in network.subnets]
    groups = [target.arn("ec2", f"security-group/{group}") for group in network.security_groups]
    return [
        allow(["ec2:CreateNetworkInterface"], [interfaces, *subnets, *groups]),
        # The subnet is the only handle on an interface that somebody else's service makes and removes.
        allow(
            [
                "ec2:CreateNetworkInterfacePermission",
                "ec2:DeleteNetworkInterface",
                "ec2:DeleteNetworkInterfacePermission",
            ],
            [interfaces],
            ArnEquals={"ec2:Subnet": subnets},
        ),
        allow(
            [
                "ec2:DescribeDhcpOptions",
                "ec2:DescribeNetworkInterfaces",
                "ec2:DescribeSecurityGroups",
                "ec2:DescribeSubnets",
                "ec2:DescribeVpcs",
            ],
            ["*"],
        ),
    ]
