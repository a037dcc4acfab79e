"""The types of everything a person writes in `catalog/`: strict, so that a typo is an error and never a silent default.

A key enters this file in the commit that makes it deploy something. Which *combinations* AWS refuses is the business of
`rules/`; this file says what one value may be. Limits carry their source: the botocore 1.44.5 `sagemaker` service model
unless a line names another.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    StringConstraints,
    Tag,
    model_validator,
)

# EndpointName, ModelName and variant names share one pattern; 63 is the API's length, prefix included.
NAME_PATTERN = r"^[a-z0-9](-?[a-z0-9])*$"
# Families carry versions with a point (llama-3.1); a model's name never becomes a name on AWS.
MODEL_NAME_PATTERN = r"^[a-z0-9]([-.]?[a-z0-9])*$"
_INSTANCE_PATTERN = r"^ml\.[a-z0-9-]+\.[a-z0-9]+$"
_SHA_PATTERN = r"^[0-9a-f]{7,64}$"
_ACCOUNT_PATTERN = r"^[0-9]{12}$"
_REGION_PATTERN = r"^[a-z]{2}(-[a-z]+)+-[0-9]$"
_ENVIRONMENT_KEY_PATTERN = r"^[a-zA-Z_][a-zA-Z0-9_]*$"
_TAG_PATTERN = r"^[\w\s.:/=+\-@]*$"
_S3_PATTERN = r"^s3://[a-z0-9.\-]{3,63}/.*$"
_KMS_PATTERN = r"^arn:aws[a-z-]*:kms:"

# What each pattern asks for, in the words of an error message.
PATTERNS = {
    NAME_PATTERN: "lower-case letters, digits and single hyphens between them",
    MODEL_NAME_PATTERN: "lower-case letters, digits and single hyphens or points between them",
    _INSTANCE_PATTERN: "a hosting instance type such as ml.g6e.2xlarge",
    _SHA_PATTERN: "a commit id of 7 to 64 hexadecimal digits",
    _ACCOUNT_PATTERN: "an account id of 12 digits, in quotes",
    _REGION_PATTERN: "a region such as us-east-1",
    _ENVIRONMENT_KEY_PATTERN: "letters, digits and underscores, not starting with a digit",
    _TAG_PATTERN: "letters, digits, spaces and . : / = + - @ (it becomes a tag's value)",
    _S3_PATTERN: "s3://bucket/prefix/",
    _KMS_PATTERN: "the ARN of a KMS key, arn:aws:kms:...",
}

Name = Annotated[str, StringConstraints(pattern=NAME_PATTERN, max_length=63)]
ModelName = Annotated[str, StringConstraints(pattern=MODEL_NAME_PATTERN, max_length=63)]
InstanceType = Annotated[str, StringConstraints(pattern=_INSTANCE_PATTERN)]
Sha = Annotated[str, StringConstraints(pattern=_SHA_PATTERN)]
AccountId = Annotated[str, StringConstraints(pattern=_ACCOUNT_PATTERN)]
Region = Annotated[str, StringConstraints(pattern=_REGION_PATTERN)]
EnvironmentKey = Annotated[str, StringConstraints(pattern=_ENVIRONMENT_KEY_PATTERN, max_length=1024)]
EnvironmentValue = Annotated[str, StringConstraints(max_length=1024)]
TagValue = Annotated[str, StringConstraints(min_length=1, max_length=256, pattern=_TAG_PATTERN)]
Positive = Annotated[int, Field(ge=1)]


def _day(value: object) -> object:
    """A day in words that YAML, JSON and people read the same way; anything else is left for the type to refuse."""
    if isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise ValueError(f"{value[:40]!r} is no day: write YYYY-MM-DD, for example 2026-11-02") from None
    return value


_DayText = Annotated[str, Field(json_schema_extra={"format": "date"})]
Day = Annotated[date, BeforeValidator(_day, json_schema_input_type=_DayText)]


# Tags of the choices between types. They appear in the path of a finding, so they look like nothing a file may hold.
_ONE, _LIST, _HUB, _S3, _FOLDER = "<one>", "<list>", "<hub>", "<s3>", "<folder>"
CHOICE_TAGS = frozenset({_ONE, _LIST, _HUB, _S3, _FOLDER})
_WEIGHTS_TAGS = {"hub": _HUB, "s3": _S3, "folder": _FOLDER}


def _one_or_list(value: object) -> str:
    return _LIST if isinstance(value, tuple | list) else _ONE


def _weights_kind(value: object) -> str | None:
    named = value if isinstance(value, dict) else {type(value).__name__.removesuffix("Source").lower(): None}
    return next((tag for key, tag in _WEIGHTS_TAGS.items() if key in named), None)


Engine = Literal["vllm", "lmi", "sglang", "tgi", "tei", "neuron", "llama-cpp", "custom"]
KeepDays = Literal[1, 7, 30, 90, 180, 365]
LogKeepDays = Literal[1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827]


class Table(BaseModel):
    """One YAML table: unknown keys are errors, values never change type, objects never change."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, populate_by_name=True)


class LicenceAcceptance(Table):
    """Who accepted which version of a model's licence, and when."""

    by: Annotated[str, StringConstraints(min_length=1)]
    on: Day
    version: Annotated[str, StringConstraints(min_length=1)]


class _Serving(Table):
    """What answers the requests: the engine, its image and its settings."""

    engine: Engine
    image: str | None = Field(
        default=None,
        max_length=255,
        description="a full image URI, or repository:tag in the environment's own account and region; "
        "unset takes the image that the engine's vendor publishes for SageMaker",
    )
    image_tag: str | None = Field(default=None, description="another tag of the engine's own repository")
    max_context_tokens: Positive | None = None
    environment: dict[EnvironmentKey, EnvironmentValue] = Field(default_factory=dict)


class InstanceServing(_Serving):
    """An engine on instances of its own."""

    instance: Annotated[
        Annotated[InstanceType, Tag(_ONE)] | Annotated[tuple[InstanceType, ...], Field(min_length=1), Tag(_LIST)],
        Discriminator(_one_or_list),
    ] = Field(
        description="one hosting instance type, or an ordered list of up to five to fall back on when capacity is short"
    )
    max_concurrency: Positive | None = Field(default=None, description="sequences the engine runs at the same time")
    tensor_parallel_degree: Positive | None = None
    volume_gib: Annotated[int, Field(ge=1, le=512)] | None = None
    startup_timeout_seconds: Annotated[int, Field(ge=60, le=3600)] = 900
    download_timeout_seconds: Annotated[int, Field(ge=60, le=3600)] = 1800

    @property
    def instances(self) -> tuple[str, ...]:
        """The instance types in order of preference; one unless the entry lists fallbacks."""
        return (self.instance,) if isinstance(self.instance, str) else self.instance


class MultiModelServing(InstanceServing):
    """One container that loads and unloads several models."""

    keep_models_in_memory: bool = Field(default=True, description="ModelCacheSetting: false unloads after each request")


class ServerlessServing(_Serving):
    """An engine that AWS starts per request."""

    memory_mb: Positive = Field(description="1024 to 6144 in steps of 1024; vCPU follow in proportion")
    max_concurrency: Annotated[int, Field(ge=1, le=200)] = 5
    provisioned_concurrency: Annotated[int, Field(ge=1, le=200)] | None = None


class InstanceRange(Table):
    """How few and how many instances an endpoint may run."""

    min: Annotated[int, Field(ge=0)]
    max: Positive

    @model_validator(mode="after")
    def _ordered(self) -> InstanceRange:
        if self.max < self.min:
            raise ValueError(f"max is {self.max}, below min {self.min}: raise max or lower min")
        return self


class _Scaling(Table):
    instances: InstanceRange
    scale_out_cooldown_seconds: Annotated[int, Field(ge=0, le=3600)] = 60
    scale_in_cooldown_seconds: Annotated[int, Field(ge=0, le=3600)] = 300


class RealTimeScaling(_Scaling):
    """Target tracking for endpoints that answer at once: on concurrency (10 s metric) or on invocations per minute."""

    target_concurrency_per_instance: Annotated[float, Field(gt=0)] | None = None
    target_invocations_per_minute_per_instance: Annotated[float, Field(gt=0)] | None = None


class AsyncScaling(_Scaling):
    """Scaling on the queue; `min: 0` releases every instance when the queue is empty."""

    target_backlog_per_instance: Annotated[float, Field(gt=0)] = 5.0


class MultiModelScaling(_Scaling):
    """Target tracking on invocations: the concurrency metric counts per model, which says little about an instance."""

    target_invocations_per_minute_per_instance: Annotated[float, Field(gt=0)] | None = None


class Capture(Table):
    """Requests and responses recorded to S3."""

    sample_percent: Annotated[int, Field(ge=1, le=100)]
    keep_days: KeepDays = 30


class Queue(Table):
    """How an asynchronous endpoint works off its requests."""

    max_concurrent_per_instance: Annotated[int, Field(ge=1, le=1000)] = 4
    notify: bool = Field(default=False, description="two SNS topics that receive each success and each failure")


class AlarmThresholds(Table):
    """When the endpoint's alarms fire."""

    latency_p99_seconds: Annotated[float, Field(gt=0)] = 30.0
    client_error_percent: Annotated[float, Field(gt=0, le=100)] = 10.0
    backlog_age_seconds: Annotated[int, Field(ge=60)] = 900


class _Endpoint(Table):
    team: Name = Field(description="a team of organisation.yaml; it pays and is woken by the alarms")
    owner: TagValue | None = Field(default=None, description="who answers for this endpoint; the team's owner if unset")
    licence_accepted: LicenceAcceptance | None = None
    callers: tuple[str, ...] = Field(default=(), description="names of IAM roles that may invoke the endpoint")
    alarms: AlarmThresholds = Field(default_factory=AlarmThresholds)
    log_keep_days: LogKeepDays = 30
    detailed_observability: bool = Field(
        default=False, description="SageMaker's own OpenTelemetry metrics; AWS turns them on unless told, at a cost"
    )


class RealTimeEndpoint(_Endpoint):
    """An endpoint that answers while the caller waits."""

    kind: Literal["real-time"]
    model: ModelName
    serving: InstanceServing
    scaling: RealTimeScaling
    capture: Capture | None = None


class AsyncEndpoint(_Endpoint):
    """An endpoint that takes requests from S3 and writes its answers there."""

    kind: Literal["async"]
    model: ModelName
    serving: InstanceServing
    scaling: AsyncScaling
    queue: Queue = Field(default_factory=Queue)
    capture: Capture | None = None


class ServerlessEndpoint(_Endpoint):
    """An endpoint billed by the millisecond of use; cold starts included."""

    kind: Literal["serverless"]
    model: ModelName
    serving: ServerlessServing


class MultiModelEndpoint(_Endpoint):
    """Several models behind one endpoint, loaded when first asked for."""

    kind: Literal["multi-model"]
    models: Annotated[tuple[ModelName, ...], Field(min_length=1)]
    serving: MultiModelServing
    scaling: MultiModelScaling
    capture: Capture | None = None


Endpoint = Annotated[
    RealTimeEndpoint | AsyncEndpoint | ServerlessEndpoint | MultiModelEndpoint, Field(discriminator="kind")
]


# The same four by the value of `kind`, for whoever has to choose one before anything is validated.
KINDS: dict[str, type[RealTimeEndpoint | AsyncEndpoint | ServerlessEndpoint | MultiModelEndpoint]] = {
    "real-time": RealTimeEndpoint,
    "async": AsyncEndpoint,
    "serverless": ServerlessEndpoint,
    "multi-model": MultiModelEndpoint,
}


class HubSource(Table):
    """Weights on the Hugging Face hub."""

    hub: str
    revision: Sha | None = None


class S3Source(Table):
    """Weights in a bucket of the company's."""

    s3: Annotated[str, StringConstraints(pattern=_S3_PATTERN)]


class FolderSource(Table):
    """Weights in a folder of the machine that runs `modelyard stage`, relative to the catalog."""

    folder: str


class Licence(Table):
    """Under which terms a model may be used."""

    name: str
    url: str
    acceptance: Literal["none", "explicit"] = "none"
    version: str | None = None


class Architecture(Table):
    """The numbers that decide how much memory a model takes."""

    layers: Positive
    hidden_size: Positive
    attention_heads: Positive
    kv_heads: Positive
    head_dim: Positive
    vocabulary_size: Positive
    max_context_tokens: Positive


class Facts(Table):
    """Where a model's numbers come from."""

    source: str
    checked_on: Day
    status: Literal["verified", "stated"]


class Model(Table):
    """Facts about one model; the file's name is the model's name."""

    family: str
    task: Literal["chat", "text-generation", "embedding"]
    parameters: Positive
    dtype: Literal["float32", "float16", "bfloat16", "fp8", "int8", "int4"]
    architecture: Architecture
    licence: Licence
    weights: Annotated[
        Annotated[HubSource, Tag(_HUB)] | Annotated[S3Source, Tag(_S3)] | Annotated[FolderSource, Tag(_FOLDER)],
        Discriminator(_weights_kind),
    ]
    jumpstart_id: str | None = None
    facts: Facts


class Network(Table):
    """The VPC that the models' containers run in."""

    subnets: Annotated[tuple[str, ...], Field(min_length=1, max_length=16)]
    security_groups: Annotated[tuple[str, ...], Field(min_length=1, max_length=5)]
    isolate: bool = Field(default=True, description="containers get no network of their own where the kind allows it")


class Environment(Table):
    """One account and region that endpoints are deployed to, and what is different there."""

    account: AccountId
    region: Region
    name_prefix: Name | None = Field(default=None, description="set where two environments share account and region")
    network: Network | None = None
    kms_key_arn: Annotated[str, StringConstraints(pattern=_KMS_PATTERN)] | None = None
    tag_keys: dict[str, str] = Field(
        default_factory=dict, description="llm:team: CostTeam writes the company's own key"
    )


PartialTable = dict[str, Any]


class Defaults(Table):
    """What entries of this environment share: for every kind, then for one kind; an entry's own keys win."""

    every: PartialTable = Field(default_factory=dict)
    real_time: PartialTable = Field(default_factory=dict, alias="real-time")
    async_: PartialTable = Field(default_factory=dict, alias="async")
    serverless: PartialTable = Field(default_factory=dict)
    multi_model: PartialTable = Field(default_factory=dict, alias="multi-model")


class EnvironmentFile(Environment):
    """An environment as its file has it: with what its entries share and where one of them differs."""

    defaults: Defaults = Field(default_factory=Defaults)
    overrides: dict[Name, PartialTable] = Field(default_factory=dict)


class AlarmTargets(Table):
    """Where a team's alarms go."""

    email: tuple[str, ...] = ()
    https: tuple[str, ...] = ()


class Team(Table):
    """Who pays and who is woken."""

    cost_center: TagValue
    owner: TagValue
    alarms: AlarmTargets = Field(default_factory=AlarmTargets)


class Organisation(Table):
    """The teams of the company."""

    teams: dict[Name, Team]
