"""The same resources as ours, written as most CDK apps start: one loop, one typed L1 class per resource.

    python benchmarks/synth/raw_l1.py ENDPOINTS FOLDER

No catalog, no checks, no constructs: the least that an app in Python pays to say these templates with typed classes.
`run.py` holds its templates against ours before it measures anything.
"""

from __future__ import annotations

import sys

import aws_cdk as cdk
from aws_cdk import aws_applicationautoscaling as autoscaling
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sagemaker as sagemaker
from aws_cdk import aws_sns as sns
from aws_cdk import aws_ssm as ssm

ACCOUNT = "111122223333"
REGION = "us-east-1"
ENV = cdk.Environment(account=ACCOUNT, region=REGION)
ARTIFACTS = f"modelyard-plain-plain-artifacts-{ACCOUNT}-{REGION}"
CAPTURE = f"modelyard-plain-plain-capture-{ACCOUNT}-{REGION}"
KEY = "{{resolve:ssm:/modelyard/plain/key-arn}}"
IMAGE = "763104351884.dkr.ecr.us-east-1.amazonaws.com/vllm:0.27.1-gpu-py312-cu130-ubuntu22.04-sagemaker"
SHARED = {
    "llm:endpoint": "shared",
    "llm:model": "shared",
    "llm:team": "shared",
    "llm:cost-center": "shared",
    "llm:environment": "plain",
    "llm:owner": "shared",
    "llm:component": "shared",
    "llm:kind": "shared",
    "llm:managed-by": "modelyard",
}


def tags_for(name: str) -> dict[str, str]:
    return {
        "llm:endpoint": name,
        "llm:model": "tiny-chat",
        "llm:team": "alpha",
        "llm:cost-center": "CC-1",
        "llm:environment": "plain",
        "llm:owner": "chat-crew",
        "llm:component": "",
        "llm:kind": "real-time",
        "llm:managed-by": "modelyard",
    }


def listed(tags: dict[str, str], component: str) -> list[cdk.CfnTag]:
    return [cdk.CfnTag(key=key, value=value) for key, value in (tags | {"llm:component": component}).items()]


def allow(actions: list[str], resources: list[object], **conditions: object) -> dict[str, object]:
    statement: dict[str, object] = {"Effect": "Allow", "Action": actions, "Resource": resources}
    return statement | ({"Condition": conditions} if conditions else {})


def document(*statements: object) -> dict[str, object]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def endpoint_stack(app: cdk.App, name: str) -> cdk.Stack:
    tags = tags_for(name)
    stack = cdk.Stack(
        app,
        name,
        stack_name=f"modelyard-plain-{name}",
        env=ENV,
        description=f"modelyard: real-time endpoint plain-{name}",
        tags=tags | {"llm:component": "stack"},
    )
    log_group_name = f"/aws/sagemaker/Endpoints/plain-{name}"
    log_group = logs.CfnLogGroup(
        stack,
        "LogGroup",
        log_group_name=log_group_name,
        retention_in_days=30,
        kms_key_id=KEY,
        tags=listed(tags, "logs"),
    )
    policies = {
        "artifacts": [
            allow(["s3:GetObject"], [f"arn:aws:s3:::{ARTIFACTS}/{name}/*"]),
            allow(["s3:ListBucket"], [f"arn:aws:s3:::{ARTIFACTS}"], StringLike={"s3:prefix": [f"{name}/*"]}),
        ],
        "image": [
            allow(
                ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
                ["arn:aws:ecr:us-east-1:763104351884:repository/vllm"],
            ),
            allow(["ecr:GetAuthorizationToken"], ["*"]),
        ],
        "logs-and-metrics": [
            allow(
                ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
                [log_group.attr_arn],
            ),
            allow(
                ["cloudwatch:PutMetricData"],
                ["*"],
                StringLike={"cloudwatch:namespace": ["/aws/sagemaker/*", "AWS/SageMaker"]},
            ),
        ],
        "encryption": [
            through_s3(["kms:Decrypt"], ARTIFACTS),
            through_s3(["kms:Decrypt", "kms:GenerateDataKey"], CAPTURE),
        ],
        "capture": [allow(["s3:PutObject"], [f"arn:aws:s3:::{CAPTURE}/keep-30-days/plain-{name}/*"])],
    }
    trust = {
        "Effect": "Allow",
        "Principal": {"Service": "sagemaker.amazonaws.com"},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"aws:SourceAccount": ACCOUNT}},
    }
    role = iam.CfnRole(
        stack,
        "ExecutionRole",
        assume_role_policy_document=document(trust),
        policies=[
            iam.CfnRole.PolicyProperty(policy_name=key, policy_document=document(*statements))
            for key, statements in policies.items()
        ],
        tags=listed(tags, "permissions"),
    )
    model = sagemaker.CfnModel(
        stack,
        "Model",
        execution_role_arn=role.attr_arn,
        primary_container=sagemaker.CfnModel.ContainerDefinitionProperty(
            image=IMAGE,
            environment={
                "SM_VLLM_MODEL": "/opt/ml/model",
                "SM_VLLM_SERVED_MODEL_NAME": "tiny-chat",
                "SM_VLLM_MAX_MODEL_LEN": "2048",
                "SM_VLLM_MAX_NUM_SEQS": "8",
                "SM_VLLM_DTYPE": "bfloat16",
            },
            model_data_source=sagemaker.CfnModel.ModelDataSourceProperty(
                s3_data_source=sagemaker.CfnModel.S3DataSourceProperty(
                    s3_uri=f"s3://{ARTIFACTS}/{name}/tiny-chat/", s3_data_type="S3Prefix", compression_type="None"
                )
            ),
        ),
        tags=listed(tags, "model"),
    )
    config = sagemaker.CfnEndpointConfig(
        stack,
        "EndpointConfig",
        production_variants=[
            sagemaker.CfnEndpointConfig.ProductionVariantProperty(
                variant_name="AllTraffic",
                model_name=model.attr_model_name,
                initial_variant_weight=1,
                initial_instance_count=1,
                container_startup_health_check_timeout_in_seconds=630,
                model_data_download_timeout_in_seconds=120,
                instance_type="ml.g5.2xlarge",
                routing_config=sagemaker.CfnEndpointConfig.RoutingConfigProperty(
                    routing_strategy="LEAST_OUTSTANDING_REQUESTS"
                ),
                inference_ami_version="al2023-ami-sagemaker-inference-gpu-4-1",
            )
        ],
        metrics_config=sagemaker.CfnEndpointConfig.MetricsConfigProperty(enable_detailed_observability=False),
        data_capture_config=sagemaker.CfnEndpointConfig.DataCaptureConfigProperty(
            enable_capture=True,
            initial_sampling_percentage=50,
            destination_s3_uri=f"s3://{CAPTURE}/keep-30-days",
            kms_key_id=KEY,
            capture_options=[
                sagemaker.CfnEndpointConfig.CaptureOptionProperty(capture_mode="Input"),
                sagemaker.CfnEndpointConfig.CaptureOptionProperty(capture_mode="Output"),
            ],
            capture_content_type_header=sagemaker.CfnEndpointConfig.CaptureContentTypeHeaderProperty(
                json_content_types=["application/json"]
            ),
        ),
        tags=listed(tags, "configuration"),
    )
    policy = iam.CfnManagedPolicy(
        stack,
        "InvokePolicy",
        description=f"invokes endpoint plain-{name} of plain",
        policy_document=document(
            allow(
                ["sagemaker:InvokeEndpoint", "sagemaker:InvokeEndpointWithResponseStream"],
                [f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:endpoint/plain-{name}"],
            )
        ),
        roles=[f"Caller-of-{name}"],
    )
    endpoint = sagemaker.CfnEndpoint(
        stack,
        "Endpoint",
        endpoint_name=f"plain-{name}",
        endpoint_config_name=config.attr_endpoint_config_name,
        tags=listed(tags, "endpoint"),
    )
    endpoint.add_resource_dependency(policy)
    target = autoscaling.CfnScalableTarget(
        stack,
        "ScalableTarget",
        service_namespace="sagemaker",
        scalable_dimension="sagemaker:variant:DesiredInstanceCount",
        resource_id=f"endpoint/{endpoint.attr_endpoint_name}/variant/AllTraffic",
        min_capacity=1,
        max_capacity=3,
        tags=listed(tags, "scaling"),
    )
    tracking = autoscaling.CfnScalingPolicy.TargetTrackingScalingPolicyConfigurationProperty(
        predefined_metric_specification=autoscaling.CfnScalingPolicy.PredefinedMetricSpecificationProperty(
            predefined_metric_type="SageMakerVariantConcurrentRequestsPerModelHighResolution"
        ),
        target_value=4,
        scale_out_cooldown=60,
        scale_in_cooldown=300,
    )
    autoscaling.CfnScalingPolicy(
        stack,
        "ConcurrencyTracking",
        policy_name="ConcurrencyTracking",
        scaling_target_id=target.ref,
        policy_type="TargetTrackingScaling",
        target_tracking_scaling_policy_configuration=tracking,
    )
    topic = sns.CfnTopic(stack, "AlarmTopic", tags=listed(tags, "alarms"))
    alarm_arns = [
        f"arn:aws:cloudwatch:us-east-1:{ACCOUNT}:alarm:modelyard-plain-{name}-{alarm}Alarm-*"
        for alarm in ("ClientErrors", "Disk", "Latency", "ModelErrors", "ServerErrors")
    ]
    publish = allow(
        ["sns:Publish"],
        [topic.ref],
        StringEquals={"aws:SourceAccount": ACCOUNT},
        ArnLike={"aws:SourceArn": alarm_arns},
    ) | {"Principal": {"Service": "cloudwatch.amazonaws.com"}}
    tls_only = {
        "Effect": "Deny",
        "Principal": {"AWS": "*"},
        "Action": ["sns:Publish"],
        "Resource": [topic.ref],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    sns.CfnTopicPolicy(stack, "AlarmTopicPolicy", topics=[topic.ref], policy_document=document(publish, tls_only))
    for number, (protocol, address) in enumerate(
        [("email", "alpha@example.com"), ("https", "https://hooks.example.com/alpha")], start=1
    ):
        sns.CfnSubscription(
            stack,
            f"AlarmTopicSubscription{number}",
            topic_arn=topic.ref,
            protocol=protocol,
            endpoint=address,
        )
    dimensions = [
        cloudwatch.CfnAlarm.DimensionProperty(name="EndpointName", value=f"plain-{name}"),
        cloudwatch.CfnAlarm.DimensionProperty(name="VariantName", value="AllTraffic"),
    ]
    alarms(stack, f"plain-{name}", topic, dimensions, listed(tags, "alarms"))
    bucket = f"modelyard-plain-plain-capture-{ACCOUNT}-{REGION}"
    cdk.CfnOutput(stack, "EndpointName", value=f"plain-{name}")
    cdk.CfnOutput(stack, "InvokePolicyArn", value=policy.ref)
    cdk.CfnOutput(stack, "LogGroupName", value=log_group_name)
    cdk.CfnOutput(stack, "CapturePrefix", value=f"s3://{bucket}/keep-30-days/plain-{name}/AllTraffic/")
    return stack


def alarms(
    stack: cdk.Stack,
    endpoint: str,
    topic: sns.CfnTopic,
    dimensions: list[cloudwatch.CfnAlarm.DimensionProperty],
    tags: list[cdk.CfnTag],
) -> None:
    def alarm(name: str, said: str, anchor: str, *, needed: int = 3, **condition: object) -> cloudwatch.CfnAlarm:
        return cloudwatch.CfnAlarm(
            stack,
            f"{name}Alarm",
            alarm_description=f"{endpoint} {said}. Runbook: docs/runbooks/endpoint-alarms.md#{anchor}",
            evaluation_periods=3,
            datapoints_to_alarm=needed,
            comparison_operator="GreaterThanThreshold",
            alarm_actions=[topic.ref],
            ok_actions=[topic.ref],
            tags=tags,
            **condition,
        )

    def share(label: str, expression: str, **counted: str) -> dict[str, object]:
        metrics = [
            cloudwatch.CfnAlarm.MetricDataQueryProperty(
                id=key,
                return_data=False,
                metric_stat=cloudwatch.CfnAlarm.MetricStatProperty(
                    metric=cloudwatch.CfnAlarm.MetricProperty(
                        namespace="AWS/SageMaker", metric_name=metric, dimensions=dimensions
                    ),
                    stat="Sum",
                    period=300,
                ),
            )
            for key, metric in {**counted, "requests": "Invocations"}.items()
        ]
        result = cloudwatch.CfnAlarm.MetricDataQueryProperty(
            id="share",
            label=f"{label}, percent of requests",
            expression=f"IF(requests > 0, 100 * {expression} / requests, 0)",
            return_data=True,
        )
        return {"metrics": [result, *metrics], "treat_missing_data": "notBreaching"}

    made = [
        alarm(
            "ServerErrors",
            "answers more than 1 % of its requests with 5XX, in 10 of 15 minutes. First: read the newest errors in its "
            "log group; if a deployment came just before, deploy the entry as it was",
            "server-errors",
            needed=2,
            threshold=1,
            **share("5XX answers", "FILL(errors, 0)", errors="Invocation5XXErrors"),
        ),
        alarm(
            "ClientErrors",
            "refuses more than 10 % of its requests with 4XX, for 15 minutes. First: ask the caller that changed last; "
            "the log group names what the model did not understand",
            "client-errors",
            threshold=10,
            **share("4XX answers", "FILL(errors, 0)", errors="Invocation4XXErrors"),
        ),
        alarm(
            "ModelErrors",
            "leaves more than 5 % of its requests without an answer or with 5XX, in 10 of 15 minutes. First: look in "
            "the log group whether the engine hangs or restarts; raise the number of instances if it is overloaded",
            "model-errors",
            needed=2,
            threshold=5,
            **share(
                "requests without an answer, or answered with 5XX",
                "(FILL(failures, 0) - FILL(refused, 0))",
                failures="InvocationModelErrors",
                refused="Invocation4XXErrors",
            ),
        ),
        alarm(
            "Latency",
            "takes longer than 30 s for one request in a hundred, for 15 minutes. First: compare with the number of "
            "requests: if it grew, raise scaling.instances.max; if not, look for longer prompts",
            "latency",
            namespace="AWS/SageMaker",
            metric_name="ModelLatency",
            dimensions=dimensions,
            extended_statistic="p99",
            period=300,
            threshold=30_000_000,
            treat_missing_data="notBreaching",
        ),
        alarm(
            "Disk",
            "has filled more than 75 % of an instance's disk, for 15 minutes; above 75 % AWS stops recording requests. "
            "First: raise serving.volume_gib, or look in the log group for an engine that writes caches",
            "disk",
            namespace="/aws/sagemaker/Endpoints",
            metric_name="DiskUtilization",
            dimensions=dimensions,
            statistic="Maximum",
            period=300,
            threshold=75,
            treat_missing_data="missing",
        ),
    ]
    cloudwatch.CfnCompositeAlarm(
        stack,
        "AnyAlarm",
        alarm_description=f"{endpoint} has at least one alarm on; which, and what to do first: "
        "docs/runbooks/endpoint-alarms.md#any-alarm",
        alarm_rule=" OR ".join(f'ALARM("{one.ref}")' for one in made),
        tags=tags,
    )


def through_s3(actions: list[str], bucket: str) -> dict[str, object]:
    held = {
        "kms:ViaService": "s3.us-east-1.*",
        "kms:EncryptionContext:aws:s3:arn": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"],
    }
    return allow(actions, ["arn:aws:kms:us-east-1:*:key/*"], StringLike=held)


def foundation_stack(app: cdk.App) -> cdk.Stack:
    stack = cdk.Stack(
        app,
        "foundation",
        stack_name="modelyard-plain-foundation",
        env=ENV,
        description="modelyard: what all endpoints of plain share",
        tags=SHARED | {"llm:component": "foundation"},
    )
    for_logs = allow(
        ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"],
        ["*"],
        ArnLike={"kms:EncryptionContext:aws:logs:arn": f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/aws/sagemaker/*"},
    ) | {"Principal": {"Service": "logs.us-east-1.amazonaws.com"}}
    own = allow(["kms:*"], ["*"]) | {"Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}}
    key = kms.CfnKey(
        stack,
        "Key",
        description="encrypts what modelyard stores in environment plain",
        enable_key_rotation=True,
        key_policy=document(own, for_logs),
        tags=listed(SHARED, "encryption"),
    )
    key.apply_removal_policy(cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)
    logs_bucket = foundation_bucket(stack, "AccessLogs", "access-logs", [expiring("access-logs", 90)], None, None)
    for logical_id, purpose, rules in (
        ("Artifacts", "artifacts", [forgetting(30)]),
        (
            "Capture",
            "capture",
            [
                *(expiring(f"keep-{d}-days", d, f"keep-{d}-days/") for d in (1, 7, 30, 90, 180, 365)),
                expiring("raw-capture", 30, "raw/"),
            ],
        ),
        ("Async", "async", [expiring("requests-and-answers", 30)]),
        (
            "Signals",
            "signals",
            [
                expiring("requests", 400, "requests/"),
                expiring("poison", 30, "poison/"),
                expiring("delivery-errors", 30, "errors/"),
                expiring("given-up-batches", 30, "aws/lambda/"),
            ],
        ),
    ):
        bucket = foundation_bucket(stack, logical_id, purpose, rules, key, logs_bucket)
        published(stack, f"{logical_id}BucketName", f"{purpose}-bucket", bucket.ref)
    published(stack, "KeyArn", "key-arn", key.attr_arn)
    return stack


def published(stack: cdk.Stack, logical_id: str, what: str, value: str) -> None:
    ssm.CfnParameter(
        stack,
        logical_id,
        name=f"/modelyard/plain/{what}",
        type="String",
        value=value,
        tags=SHARED | {"llm:component": "configuration"},
    )


def expiring(rule_id: str, days: int, prefix: str | None = None) -> s3.CfnBucket.RuleProperty:
    old = s3.CfnBucket.NoncurrentVersionExpirationProperty(noncurrent_days=1)
    return s3.CfnBucket.RuleProperty(
        id=rule_id, status="Enabled", expiration_in_days=days, noncurrent_version_expiration=old, prefix=prefix
    )


def forgetting(days: int) -> s3.CfnBucket.RuleProperty:
    old = s3.CfnBucket.NoncurrentVersionExpirationProperty(noncurrent_days=days)
    return s3.CfnBucket.RuleProperty(
        id="forget-old-versions",
        status="Enabled",
        noncurrent_version_expiration=old,
        expired_object_delete_marker=True,
    )


def foundation_bucket(
    stack: cdk.Stack,
    logical_id: str,
    purpose: str,
    rules: list[s3.CfnBucket.RuleProperty],
    key: kms.CfnKey | None,
    logs_bucket: s3.CfnBucket | None,
) -> s3.CfnBucket:
    name = f"modelyard-plain-plain-{purpose}-{ACCOUNT}-{REGION}"
    by_default = s3.CfnBucket.ServerSideEncryptionByDefaultProperty(
        sse_algorithm="aws:kms" if key else "AES256", kms_master_key_id=key.attr_arn if key else None
    )
    unfinished = s3.CfnBucket.AbortIncompleteMultipartUploadProperty(days_after_initiation=7)
    abandoned = s3.CfnBucket.RuleProperty(
        id="abandoned-uploads", status="Enabled", abort_incomplete_multipart_upload=unfinished
    )
    bucket = s3.CfnBucket(
        stack,
        logical_id,
        bucket_name=name,
        bucket_encryption=s3.CfnBucket.BucketEncryptionProperty(
            server_side_encryption_configuration=[
                s3.CfnBucket.ServerSideEncryptionRuleProperty(
                    server_side_encryption_by_default=by_default, bucket_key_enabled=True if key else None
                )
            ]
        ),
        lifecycle_configuration=s3.CfnBucket.LifecycleConfigurationProperty(rules=[*rules, abandoned]),
        ownership_controls=s3.CfnBucket.OwnershipControlsProperty(
            rules=[s3.CfnBucket.OwnershipControlsRuleProperty(object_ownership="BucketOwnerEnforced")]
        ),
        public_access_block_configuration=s3.CfnBucket.PublicAccessBlockConfigurationProperty(
            block_public_acls=True, block_public_policy=True, ignore_public_acls=True, restrict_public_buckets=True
        ),
        versioning_configuration=s3.CfnBucket.VersioningConfigurationProperty(status="Enabled")
        if purpose == "artifacts"
        else None,
        logging_configuration=s3.CfnBucket.LoggingConfigurationProperty(
            destination_bucket_name=logs_bucket.ref, log_file_prefix=f"{purpose}/"
        )
        if logs_bucket
        else None,
        tags=listed(SHARED, "storage"),
    )
    bucket.apply_removal_policy(cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)
    tls_only = {
        "Effect": "Deny",
        "Principal": {"AWS": "*"},
        "Action": ["s3:*"],
        "Resource": [f"arn:aws:s3:::{name}", f"arn:aws:s3:::{name}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    statements: list[object] = [tls_only]
    if logs_bucket is None:
        delivery = allow(["s3:PutObject"], [f"arn:aws:s3:::{name}/*"], StringEquals={"aws:SourceAccount": ACCOUNT})
        statements.append(delivery | {"Principal": {"Service": "logging.s3.amazonaws.com"}})
    if purpose == "capture":
        raw = {
            "Effect": "Deny",
            "Principal": {"AWS": "*"},
            "Action": [
                "s3:GetObject",
                "s3:GetObjectTorrent",
                "s3:GetObjectVersion",
                "s3:GetObjectVersionForReplication",
                "s3:GetObjectVersionTorrent",
                "s3:InitiateReplication",
            ],
            "Resource": [f"arn:aws:s3:::{name}/raw/*"],
        }
        statements.append(raw)
    policy = s3.CfnBucketPolicy(stack, f"{logical_id}Policy", bucket=name, policy_document=document(*statements))
    policy.apply_removal_policy(cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)
    policy.add_dependency(bucket)
    return bucket


def main(endpoints: int, folder: str) -> None:
    app = cdk.App(
        outdir=folder, analytics_reporting=False, builtin_cloud_formation_validation=False, tree_metadata=False
    )
    foundation = foundation_stack(app)
    for number in range(endpoints):
        endpoint_stack(app, f"chat-{number:04d}").add_stack_dependency(foundation)
    app.synth()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
