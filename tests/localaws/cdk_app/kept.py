"""A throw-away CDK app: a bucket that is kept, and a log group of the name that the context says."""

import aws_cdk as cdk
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3

app = cdk.App()
stack = cdk.Stack(app, "cdk-kept", env=cdk.Environment(account="000000000000", region="us-east-1"))
s3.Bucket(stack, "Kept", bucket_name="cdk-kept", removal_policy=cdk.RemovalPolicy.RETAIN)
group = app.node.try_get_context("group")
if group:
    logs.LogGroup(stack, "Group", log_group_name=group, removal_policy=cdk.RemovalPolicy.DESTROY)
app.synth()
