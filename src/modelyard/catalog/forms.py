"""The forms that single values take: what is a name, a region, a tag's value, a day; each with the words for it.

Lengths and patterns are those of the botocore 1.44.5 service models unless a line names another source.
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, StringConstraints

# EndpointName, ModelName and variant names share one pattern; 63 is the API's length, prefix included.
NAME_PATTERN = r"^[a-z0-9](-?[a-z0-9])*$"
# Families carry versions with a point (llama-3.1); a model's name never becomes a name on AWS.
MODEL_NAME_PATTERN = r"^[a-z0-9]([-.]?[a-z0-9])*$"
_INSTANCE_PATTERN = r"^ml\.[a-z0-9-]+\.[a-z0-9]+$"
_INSTANCES_PATTERN = r"^ml\.[a-z0-9-]+\.(\*|[a-z0-9]+)$"
_SHA_PATTERN = r"^[0-9a-f]{7,64}$"
_ACCOUNT_PATTERN = r"^[0-9]{12}$"
_REGION_PATTERN = r"^[a-z]{2,4}(-[a-z]+)+-[0-9]$"
_ENVIRONMENT_KEY_PATTERN = r"^[a-zA-Z_][a-zA-Z0-9_]*$"
# Of white space the one that everybody sees: a line break in a tag breaks the sentences and tables that show it.
_TAG_VALUE_PATTERN = r"^[\w .:/=+\-@]*$"
# The tags on every taggable resource; an environment may give each of them the company's own key.
_OUR_TAG_PATTERN = r"^llm:(endpoint|model|team|cost-center|environment|owner|component|kind|managed-by)$"
_TAG_KEY_PATTERN = r"^[\w .:/=+\-@]{1,128}$"
_PURPOSE_PATTERN = r"^(access-logs|artifacts|async|capture|signals)$"
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html, without points, which break TLS.
_BUCKET_PATTERN = r"^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$"
_S3_PATTERN = r"^s3://[a-z0-9.\-]{3,63}/[^\x00-\x1f\x7f]*$"
_KMS_PATTERN = r"^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[a-zA-Z0-9-]+$"
# AlarmName of PutMetricAlarm takes 1 to 255 characters. Control characters, and what means more than itself in patterns
# of names and in templates (* ? $ { }), name no alarm here.
_ALARM_PATTERN = r"^[^\x00-\x1f\x7f*?${}]{1,255}$"
_ROLE_PATTERN = r"^[\w+=,.@-]{1,64}$"
_SUBNET_PATTERN = r"^subnet-[0-9a-zA-Z]+$"
_SECURITY_GROUP_PATTERN = r"^sg-[0-9a-zA-Z]+$"
# SNS sends to these addresses whatever stands in them: no braces, quotes or brackets that something could fill in.
_EMAIL_PATTERN = r"""^[^@\s{}<>"\\\x00-\x1f\x7f]+@[^@\s{}<>"\\\x00-\x1f\x7f]+\.[^@\s{}<>"\\\x00-\x1f\x7f]+$"""
# The characters of an address (RFC 3986, section 2), and a host.
_HTTPS_PATTERN = r"^https://[A-Za-z0-9\[][A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]*$"
# A name of points alone would lead elsewhere.
_HUB_PATTERN = r"^\w[\w.-]*/\w[\w.-]*$"
_RULE_PATTERN = r"^MY[0-9]{3}$"
_SENTENCE_PATTERN = r"\S"
# https://docs.docker.com/reference/cli/docker/image/tag/
_IMAGE_TAG_PATTERN = r"^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$"
_AMOUNT_PATTERN = r"^[0-9]{1,9}(\.[0-9]{1,10})?$"

# What each pattern asks for, in the words of an error message.
PATTERNS = {
    NAME_PATTERN: "lower-case letters, digits and single hyphens between them",
    MODEL_NAME_PATTERN: "lower-case letters, digits and single hyphens or points between them",
    _INSTANCE_PATTERN: "a hosting instance type such as ml.g6e.2xlarge",
    _INSTANCES_PATTERN: "a hosting instance type such as ml.g6e.2xlarge, or a family such as ml.g6e.*",
    _SHA_PATTERN: "a commit id of 7 to 64 hexadecimal digits",
    _ACCOUNT_PATTERN: "an account id of 12 digits, in quotes",
    _REGION_PATTERN: "a region such as us-east-1",
    _ENVIRONMENT_KEY_PATTERN: "letters, digits and underscores, not starting with a digit",
    _TAG_VALUE_PATTERN: "letters, digits, spaces and . : / = + - @ (it becomes a tag's value)",
    _OUR_TAG_PATTERN: "llm: with endpoint, model, team, cost-center, environment, owner, component, kind or managed-by",
    _TAG_KEY_PATTERN: "up to 128 letters, digits, spaces and . : / = + - @ (it becomes a tag's key)",
    _PURPOSE_PATTERN: "access-logs, artifacts, async, capture or signals",
    _BUCKET_PATTERN: "the name of a bucket: 3 to 63 lower-case letters, digits and hyphens, without points",
    _S3_PATTERN: "s3://bucket/prefix/",
    _KMS_PATTERN: "the ARN of a KMS key, arn:aws:kms:<region>:<account>:key/<id>",
    _ALARM_PATTERN: "the name of a CloudWatch alarm, up to 255 characters, none of them * ? $ { }",
    _ROLE_PATTERN: "the name of an IAM role, without arn: and path",
    _SUBNET_PATTERN: "a subnet's id, subnet-...",
    _SECURITY_GROUP_PATTERN: "a security group's id, sg-...",
    _EMAIL_PATTERN: "an e-mail address, without braces, quotes and brackets",
    _HTTPS_PATTERN: "an https:// address, other characters than those of addresses written as %XX",
    _HUB_PATTERN: "owner/model as the hub names it",
    _AMOUNT_PATTERN: "up to 9 digits, and up to 10 after a point, in quotes",
    _IMAGE_TAG_PATTERN: "the tag of an image, up to 128 letters, digits and _ . -",
    _RULE_PATTERN: "the id of a rule such as MY033",
    _SENTENCE_PATTERN: "a sentence that others understand later",
}

Name = Annotated[str, StringConstraints(pattern=NAME_PATTERN, max_length=63)]
ModelName = Annotated[str, StringConstraints(pattern=MODEL_NAME_PATTERN, max_length=63)]
InstanceType = Annotated[str, StringConstraints(pattern=_INSTANCE_PATTERN)]
InstanceTypes = Annotated[str, StringConstraints(pattern=_INSTANCES_PATTERN)]
Sha = Annotated[str, StringConstraints(pattern=_SHA_PATTERN)]
AccountId = Annotated[str, StringConstraints(pattern=_ACCOUNT_PATTERN)]
Region = Annotated[str, StringConstraints(pattern=_REGION_PATTERN)]
EnvironmentKey = Annotated[str, StringConstraints(pattern=_ENVIRONMENT_KEY_PATTERN, max_length=1024)]
EnvironmentValue = Annotated[str, StringConstraints(max_length=1024)]
TagValue = Annotated[str, StringConstraints(min_length=1, max_length=256, pattern=_TAG_VALUE_PATTERN)]
OurTag = Annotated[str, StringConstraints(pattern=_OUR_TAG_PATTERN)]
TagKey = Annotated[str, StringConstraints(pattern=_TAG_KEY_PATTERN)]
BucketPurpose = Annotated[str, StringConstraints(pattern=_PURPOSE_PATTERN)]
BucketName = Annotated[str, StringConstraints(pattern=_BUCKET_PATTERN)]
S3Prefix = Annotated[str, StringConstraints(pattern=_S3_PATTERN)]
KmsKeyArn = Annotated[str, StringConstraints(pattern=_KMS_PATTERN)]
AlarmName = Annotated[str, StringConstraints(pattern=_ALARM_PATTERN)]
RoleName = Annotated[str, StringConstraints(pattern=_ROLE_PATTERN)]
SubnetId = Annotated[str, StringConstraints(pattern=_SUBNET_PATTERN)]
SecurityGroupId = Annotated[str, StringConstraints(pattern=_SECURITY_GROUP_PATTERN)]
Sentence = Annotated[str, StringConstraints(pattern=_SENTENCE_PATTERN)]
RuleId = Annotated[str, StringConstraints(pattern=_RULE_PATTERN)]
ImageTag = Annotated[str, StringConstraints(pattern=_IMAGE_TAG_PATTERN)]
Email = Annotated[str, StringConstraints(pattern=_EMAIL_PATTERN)]
HttpsUrl = Annotated[str, StringConstraints(pattern=_HTTPS_PATTERN)]
HubId = Annotated[str, StringConstraints(pattern=_HUB_PATTERN)]
Positive = Annotated[int, Field(ge=1)]

Engine = Literal["vllm", "lmi", "sglang", "tgi", "tei", "neuron", "llama-cpp", "custom"]
# How a checkpoint holds its weights.
Dtype = Literal["float32", "float16", "bfloat16", "fp8", "int8", "int4", "mxfp4"]
# Captured data expires by the lifecycle rule of its prefix, one prefix for each of these.
KeepDays = Literal[1, 7, 30, 90, 180, 365]
# RetentionInDays of a log group takes these (and longer ones).
LogKeepDays = Literal[1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827]


def _day(value: object) -> object:
    """A day as YAML, JSON and people read it the same way; anything else is left for the type to refuse."""
    if isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise ValueError(f"{value[:40]!r} is no day: write YYYY-MM-DD, for example 2026-11-02") from None
    return value


_DayText = Annotated[str, Field(json_schema_extra={"format": "date"})]
Day = Annotated[date, BeforeValidator(_day, json_schema_input_type=_DayText)]


def _amount(value: object) -> object:
    """An exact number: whole, or a text of decimal digits; a fraction without quotes is one of base 2 by now."""
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value)
    if isinstance(value, float):
        raise ValueError(f'{value} is a number with a point: write it in quotes, "{value}", so that it stays exact')
    if isinstance(value, str):
        if not re.fullmatch(_AMOUNT_PATTERN, value):
            raise ValueError(f'{value[:40]!r} is no amount: write {PATTERNS[_AMOUNT_PATTERN]}, such as "12.5"')
        return Decimal(value)
    return value


_AmountInput = int | Annotated[str, StringConstraints(pattern=_AMOUNT_PATTERN)]
_AMOUNT = BeforeValidator(_amount, json_schema_input_type=_AmountInput)
Usd = Annotated[Decimal, Field(gt=0), _AMOUNT]
DiscountPercent = Annotated[Decimal, Field(gt=0, le=100), _AMOUNT]
