"""What a role needs so that SageMaker can put containers into a company's VPC."""

from __future__ import annotations

from modelyard_constructs.policy_document import Statement, allow


def network_grants() -> list[Statement]:
    """The network-interface actions of CreateModel with a VPC, on everything, as AWS writes them.

    https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html names the nine actions without resources or
    conditions, and warns for the same actions of Processing that SageMaker's check of the role fails where it finds
    some; subnets that another account shares would match no ARN of this one. Which subnets a model may use is decided
    where models are made: by the condition sagemaker:VpcSubnets (docs/operating.md).
    """
    actions = [
        "ec2:CreateNetworkInterface",
        "ec2:CreateNetworkInterfacePermission",
        "ec2:DeleteNetworkInterface",
        "ec2:DeleteNetworkInterfacePermission",
        "ec2:DescribeDhcpOptions",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeSecurityGroups",
        "ec2:DescribeSubnets",
        "ec2:DescribeVpcs",
    ]
    return [allow(actions, ["*"])]
