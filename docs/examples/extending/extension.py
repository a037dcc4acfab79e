"""What the platform team of Acme wants of every stack that modelyard deploys."""

import jsii
from aws_cdk import Aspects, CfnResource, IAspect, Tags
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns


@jsii.implements(IAspect)
class LongLogs:
    """The auditors want a year of every log."""

    def visit(self, node):
        if isinstance(node, CfnResource) and node.cfn_resource_type == "AWS::Logs::LogGroup":
            node.add_property_override("RetentionInDays", 365)


def extend(app, stacks):
    foundation = stacks["foundation"]
    # A tag on every resource, a boundary on every role, an Aspect on everything.
    Tags.of(app).add("acme:data-class", "internal")
    boundary = iam.ManagedPolicy.from_managed_policy_name(foundation, "Boundary", "AcmeBoundary")
    iam.PermissionsBoundary.of(app).apply(boundary)
    Aspects.of(app).add(LongLogs())

    for stack in stacks.values():
        if stack is foundation:
            continue
        # One of our resources, found by the logical id that its template has.
        stack.node.find_child("ExecutionRole").add_property_override("MaxSessionDuration", 7200)
        # Resources of Acme's own beside ours.
        on_call = sns.Topic(stack, "OnCall", enforce_ssl=True)
        busy = cloudwatch.Metric(
            namespace="AWS/SageMaker",
            metric_name="ModelLatency",
            dimensions_map={"EndpointName": endpoint_name(stack), "VariantName": "AllTraffic"},
            statistic="p99",
        )
        alarm = busy.create_alarm(stack, "Slow", threshold=30_000_000, evaluation_periods=3)
        alarm.add_alarm_action(actions.SnsAction(on_call))


def endpoint_name(stack):
    return stack.node.find_child("Endpoint").get_att("EndpointName").to_string()
