"""Acme's own CDK app: an endpoint of the catalog in one stack with the role that asks it."""

from aws_cdk import App, CfnOutput, Environment, Stack
from aws_cdk import aws_iam as iam

from modelyard.cdk import ModelEndpoint, read_entry

app = App()
# cdk deploy -c catalog=PATH -c environment=NAME: the whole catalog is read and held against every rule.
catalog, environment = app.node.get_context("catalog"), app.node.get_context("environment")
entry = read_entry(catalog, environment=environment, name="support-chat")

place = Environment(account=entry.target.account, region=entry.target.region)
stack = Stack(app, "acme-support", env=place)
chat = ModelEndpoint(stack, "Chat", entry=entry)

frontend = iam.Role(stack, "Frontend", assumed_by=iam.AccountRootPrincipal())
chat.grant_invoke(frontend)

chat.metric_model_latency(statistic="p99").create_alarm(stack, "Slow", threshold=30_000_000, evaluation_periods=3)

CfnOutput(stack, "ChatName", value=chat.endpoint_name)
CfnOutput(stack, "ChatArn", value=chat.endpoint_arn)
CfnOutput(stack, "FrontendArn", value=frontend.role_arn)
app.synth()
