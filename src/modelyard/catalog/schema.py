"""The types of everything a person writes in `catalog/`: strict, so that a typo is an error and never a silent default.

A key enters this file in the commit that makes it deploy something. Which *combinations* AWS refuses is the business of
`rules/`; this file says what one value may be. Limits carry their source: the botocore 1.44.5 `sagemaker` service model
unless a line names another.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    StringConstraints,
    Tag,
    field_validator,
    model_validator,
)

from modelyard.catalog.forms import (
    AccountId,
    AlarmName,
    BucketName,
    BucketPurpose,
    Day,
    DiscountPercent,
    Dtype,
    Email,
    Engine,
    EnvironmentKey,
    EnvironmentValue,
    HttpsUrl,
    HubId,
    ImageTag,
    InstanceType,
    InstanceTypes,
    KeepDays,
    KmsKeyArn,
    LogKeepDays,
    ModelName,
    Name,
    OurTag,
    Positive,
    Region,
    RoleName,
    RuleId,
    S3Prefix,
    SecurityGroupId,
    Sentence,
    Sha,
    SubnetId,
    TagKey,
    TagValue,
    Usd,
)

# Tags of the choices between types. They appear in the path of a finding, so they look like nothing a file may hold.
_ONE, _LIST, _AUTO, _HUB, _S3, _FOLDER = "<one>", "<list>", "<auto>", "<hub>", "<s3>", "<folder>"
_SHARDS = "<shards>"
CHOICE_TAGS = frozenset({_ONE, _LIST, _AUTO, _HUB, _S3, _FOLDER, _SHARDS})
_WEIGHTS_TAGS = {"hub": _HUB, "s3": _S3, "folder": _FOLDER}


AUTO = "auto"


def _how_many(value: object) -> str:
    if value == AUTO:
        return _AUTO
    return _LIST if isinstance(value, tuple | list) else _ONE


def _stream_kind(value: object) -> str:
    return _SHARDS if isinstance(value, dict | Shards) else _ONE


def _weights_kind(value: object) -> str | None:
    named = value if isinstance(value, dict) else {type(value).__name__.removesuffix("Source").lower(): None}
    return next((tag for key, tag in _WEIGHTS_TAGS.items() if key in named), None)


class Table(BaseModel):
    """One YAML table: unknown keys are errors, values never change type, objects never change."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, defer_build=True)


class LicenceAcceptance(Table):
    """Who accepted which version of a model's licence, and when."""

    by: Annotated[str, StringConstraints(min_length=1)] = Field(description="who accepted it")
    on: Day = Field(description="the day on which it was accepted")
    version: Annotated[str, StringConstraints(min_length=1)] = Field(
        description="the version that was accepted, as the model's file names it"
    )


class Waiver(Table):
    """One rule that this entry may break for a while, and why; `modelyard check` says when the while is over."""

    rule: RuleId = Field(description="a warning, or an error that `modelyard explain` calls waivable")
    reason: Sentence = Field(description="why the entry may break it")
    until: Day = Field(description="the last day on which the waiver holds")


class HubSource(Table):
    """Weights on the Hugging Face hub."""

    hub: HubId = Field(description="owner/model on the hub")
    revision: Sha | None = Field(default=None, description="the commit whose files are taken; the newest one if unset")


class S3Source(Table):
    """Weights in a bucket of the company's."""

    s3: S3Prefix = Field(description="where they lie; they are copied to the environment's bucket from there")


class FolderSource(Table):
    """Weights in a folder (or one file) of the machine that runs `modelyard stage`, relative to the catalog."""

    folder: str = Field(description="its path, relative to the catalog")


WeightsSource = Annotated[
    Annotated[HubSource, Tag(_HUB)] | Annotated[S3Source, Tag(_S3)] | Annotated[FolderSource, Tag(_FOLDER)],
    Discriminator(_weights_kind),
]


class CompiledGraph(Table):
    """A model compiled for Neuron: graphs of one fixed shape, and where they lie."""

    sequence_length: Positive = Field(description="tokens of prompt and answer together that the graph holds")
    batch_size: Positive = Field(description="sequences that the graph holds at once")
    tensor_parallel_degree: Positive = Field(description="Neuron cores that the graph is split over")
    artefacts: WeightsSource = Field(description="what `modelyard stage` copies instead of the model's own weights")


class _Serving(Table):
    """What answers the requests: the engine, its image and its settings."""

    engine: Engine = Field(description="what serves the model; custom is an image of your own")
    image: str | None = Field(
        default=None,
        max_length=255,
        description="a full image URI, or repository:tag in the environment's own account and region; "
        "unset takes the image that the engine's vendor publishes for SageMaker",
    )
    image_tag: ImageTag | None = Field(default=None, description="another tag of the engine's own repository")
    max_context_tokens: Positive | None = Field(
        default=None, description="tokens of prompt and answer together; the engine decides if unset"
    )
    environment: dict[EnvironmentKey, EnvironmentValue] = Field(
        default_factory=dict, description="more variables of the container; they win over what the entry's keys become"
    )


class InstanceServing(_Serving):
    """An engine on instances of its own."""

    instance: Annotated[
        Annotated[InstanceType, Tag(_ONE)]
        | Annotated[tuple[InstanceType, ...], Field(min_length=1), Tag(_LIST)]
        | Annotated[Literal["auto"], Tag(_AUTO)],
        Discriminator(_how_many),
    ] = Field(
        description="one hosting instance type, or an ordered list of up to five to fall back on when capacity is "
        "short, or auto: what `modelyard lock` has chosen"
    )
    max_concurrency: Positive | None = Field(default=None, description="sequences the engine runs at the same time")
    tensor_parallel_degree: Positive | None = Field(
        default=None, description="devices that each copy of the model is split over; the engine decides if unset"
    )
    compiled: CompiledGraph | None = Field(
        default=None, description="for engine neuron: compiled beforehand, so that nothing is compiled at start-up"
    )
    volume_gib: Annotated[int, Field(ge=1, le=512)] | None = Field(
        default=None, description="disk of an instance without NVMe of its own; 30 if unset"
    )
    startup_timeout_seconds: Annotated[int, Field(ge=60, le=3600)] | None = Field(
        default=None, description="until the container answers /ping; unset derives it from image, weights and disk"
    )
    download_timeout_seconds: Annotated[int, Field(ge=60, le=3600)] | None = Field(
        default=None, description="until the weights are on the instance; unset derives it from their size"
    )

    @property
    def instances(self) -> tuple[str, ...]:
        """The instance types in order of preference; one unless the entry lists fallbacks, none while undecided."""
        if self.instance == AUTO:
            return ()
        return (self.instance,) if isinstance(self.instance, str) else self.instance


class MultiModelServing(InstanceServing):
    """One container that loads and unloads several models."""

    keep_models_in_memory: bool = Field(default=True, description="ModelCacheSetting: false unloads after each request")


class ServerlessServing(_Serving):
    """An engine that AWS starts per request."""

    memory_mb: Positive = Field(description="1024 to 6144 in steps of 1024; vCPU follow in proportion")
    max_concurrency: Annotated[int, Field(ge=1, le=200)] = Field(
        default=5, description="requests that are answered at the same time; AWS throttles more"
    )
    provisioned_concurrency: Annotated[int, Field(ge=1, le=200)] | None = Field(
        default=None, description="how many of them AWS keeps started, billed whether used or not"
    )


class InstanceRange(Table):
    """How few and how many instances an endpoint may run."""

    min: Annotated[int, Field(ge=0)] = Field(
        description="instances that run whatever is asked; 0 where the kind can start from none"
    )
    max: Positive = Field(description="instances that run at most")

    @model_validator(mode="after")
    def _ordered(self) -> InstanceRange:
        if self.max < self.min:
            raise ValueError(f"max is {self.max}, below min {self.min}: raise max or lower min")
        return self


class _Scaling(Table):
    instances: InstanceRange
    scale_out_cooldown_seconds: Annotated[int, Field(ge=0, le=3600)] = Field(
        default=60, description="until the next instances may be added"
    )
    scale_in_cooldown_seconds: Annotated[int, Field(ge=0, le=3600)] = Field(
        default=300, description="until the next instances may be taken away"
    )


class RealTimeScaling(_Scaling):
    """Target tracking for endpoints that answer at once: on concurrency (10 s metric) or on invocations per minute."""

    target_concurrency_per_instance: Annotated[float, Field(gt=0)] | None = Field(
        default=None, description="requests in flight that an instance is meant to have"
    )
    target_invocations_per_minute_per_instance: Annotated[float, Field(gt=0)] | None = Field(
        default=None, description="requests a minute that an instance is meant to have"
    )


class AsyncScaling(_Scaling):
    """Scaling on the queue; `min: 0` releases every instance when the queue is empty."""

    target_backlog_per_instance: Annotated[float, Field(gt=0)] = Field(
        default=5.0, description="waiting requests that an instance is meant to have"
    )


class MultiModelScaling(_Scaling):
    """Target tracking on invocations: the concurrency metric counts per model, which says little about an instance."""

    target_invocations_per_minute_per_instance: Annotated[float, Field(gt=0)] | None = Field(
        default=None, description="requests a minute that an instance is meant to have"
    )


class Capture(Table):
    """Requests and responses recorded to S3."""

    sample_percent: Annotated[int, Field(ge=1, le=100)] = Field(description="share of the requests that is recorded")
    keep_days: KeepDays = Field(default=30, description="days until S3 deletes what was recorded")
    redact: bool = Field(
        default=False,
        description="replaces e-mail addresses, phone, card, bank account, social security and IP numbers in what is "
        "kept; needs signals in the environment",
    )
    drift_psi: Annotated[float, Field(gt=0)] | None = Field(
        default=None,
        description="how far lengths, language or refusals may move from their baseline, as population stability "
        "index: by custom 0.1 is quiet and 0.25 a change; needs signals in the environment; no alarm if unset",
    )


class Queue(Table):
    """How an asynchronous endpoint works off its requests."""

    max_concurrent_per_instance: Annotated[int, Field(ge=1, le=1000)] = Field(
        default=4, description="requests that an instance works on at the same time"
    )
    notify: bool = Field(default=False, description="two SNS topics that receive each success and each failure")


class _Slo(Table):
    """What callers may rely on; each figure is the threshold of one alarm (docs/runbooks/endpoint-alarms.md)."""

    latency_p99_seconds: Annotated[float, Field(gt=0)] = Field(
        default=30.0, description="the model answers 99 of 100 requests within this time"
    )
    latency_p50_seconds: Annotated[float, Field(gt=0)] | None = Field(
        default=None, description="the model answers every second request within this time; no alarm if unset"
    )
    time_to_first_token_p90_seconds: Annotated[float, Field(gt=0)] | None = Field(
        default=None,
        description="nine of ten requests see their first token within this time, as their records say: needs signals "
        "in the environment and a container that writes records; no alarm if unset",
    )
    dropped_records: Annotated[int, Field(ge=0)] | None = Field(
        default=None,
        description="records that containers may drop in five minutes; needs signals as above, and is 0 there if unset",
    )


class _AnsweringSlo(_Slo):
    """Of endpoints that count their requests, so that errors are a share of them."""

    server_error_percent: Annotated[float, Field(gt=0, le=100)] = Field(
        default=1.0, description="share of requests answered with 5XX"
    )
    client_error_percent: Annotated[float, Field(gt=0, le=100)] = Field(
        default=10.0, description="share of requests answered with 4XX"
    )


class _InstanceSlo(_Slo):
    """Of endpoints with instances, whose disk and GPU memory can fill up."""

    disk_percent: Annotated[float, Field(gt=0, le=100)] = Field(
        default=75.0, description="of the fullest instance's disk; AWS stops recording requests above 75"
    )
    gpu_memory_percent: Annotated[float, Field(gt=0, le=100)] | None = Field(
        default=None,
        description="of the memory of all GPUs of the fullest instance; no alarm if unset, because engines such as "
        "vLLM take 90 percent when they start, on purpose",
    )


class RequestSlo(_AnsweringSlo, _InstanceSlo):
    """When the alarms of an endpoint on instances that answers at once fire."""

    model_error_percent: Annotated[float, Field(gt=0, le=100)] = Field(
        default=5.0, description="share of requests that the model did not answer or answered with 5XX"
    )


class ServerlessSlo(_AnsweringSlo):
    """When the alarms of a serverless endpoint fire."""

    concurrency_percent: Annotated[float, Field(gt=0, le=100)] | None = Field(
        default=None,
        description="of serving.max_concurrency, above which callers are about to be throttled; 90 if unset, and no "
        "alarm where max_concurrency is 1: one request is all of it",
    )


class QueueSlo(_InstanceSlo):
    """When the alarms of an endpoint with a queue fire; it publishes no count of requests to set its errors against."""

    failed_requests: Annotated[int, Field(ge=0)] = Field(
        default=0, description="requests that may fail in five minutes, for each of the ways to fail"
    )
    backlog_age_seconds: Annotated[int, Field(ge=60)] = Field(
        default=900, description="how long the oldest request may wait"
    )
    backlog_requests: Positive | None = Field(default=None, description="how many requests may wait; no alarm if unset")
    no_capacity_minutes: Annotated[int, Field(ge=5, le=240)] = Field(
        default=20, description="how long requests may wait while no instance runs"
    )


class Rollout(Table):
    """How a new version takes over from the old one, and what turns it back.

    https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails.html; ranges from API_TrafficRoutingConfig,
    API_BlueGreenUpdatePolicy and API_RollingUpdatePolicy.
    """

    strategy: Literal["all-at-once", "canary", "linear", "rolling"] = Field(
        description="canary sends a part of the requests to the new instances, then the rest; linear sends equal "
        "parts; rolling replaces batches of instances and needs no second fleet"
    )
    step_percent: Annotated[int, Field(ge=1, le=50)] | None = Field(
        default=None, description="a canary's size, a linear step or a rolling batch, in percent of the instances"
    )
    step_instances: Positive | None = Field(default=None, description="the same as a number of instances")
    wait_seconds: Annotated[int, Field(ge=0, le=3600)] = Field(
        default=300, description="how long the alarms are watched after each step"
    )
    keep_old_seconds: Annotated[int, Field(ge=0, le=3600)] = Field(
        default=0, description="how long the old instances stay, and the alarms are watched, after the last step"
    )
    time_limit_seconds: Annotated[int, Field(ge=600, le=28_800)] | None = Field(
        default=None, description="a roll-out that takes longer is turned back; AWS's own limit if unset"
    )
    turn_back_on_errors: bool = Field(
        default=True, description="two alarms on the new instances, for 5XX and slow answers, turn the roll-out back"
    )
    alarms: Annotated[tuple[AlarmName, ...], Field(max_length=8)] = Field(
        default=(), description="names of more alarms of this account and region that turn it back"
    )

    @model_validator(mode="after")
    def _keys_of_the_strategy(self) -> Rollout:
        steps = [name for name in ("step_percent", "step_instances") if getattr(self, name) is not None]
        if self.strategy == "all-at-once" and steps:
            raise ValueError(f"{steps[0]} has no meaning with strategy all-at-once: remove it, or choose canary")
        if self.strategy == "all-at-once" and "wait_seconds" in self.model_fields_set:
            raise ValueError("strategy all-at-once has one step, the last: write keep_old_seconds, not wait_seconds")
        if self.strategy != "all-at-once" and len(steps) != 1:
            raise ValueError(
                f"strategy {self.strategy} takes one of step_percent and step_instances: write one of them"
            )
        if self.strategy == "rolling" and self.keep_old_seconds:
            raise ValueError("a rolling roll-out keeps no old instances: remove keep_old_seconds")
        return self


class _Endpoint(Table):
    team: Name = Field(description="a team of organisation.yaml; it pays and is woken by the alarms")
    owner: TagValue | None = Field(default=None, description="who answers for this endpoint; the team's owner if unset")
    licence_accepted: LicenceAcceptance | None = None
    waivers: tuple[Waiver, ...] = Field(
        default=(), description="rules that this entry breaks knowingly, each with a reason and a last day"
    )
    callers: tuple[RoleName, ...] = Field(default=(), description="names of IAM roles that may invoke the endpoint")
    log_keep_days: LogKeepDays = Field(default=30, description="days until CloudWatch deletes the endpoint's logs")
    detailed_observability: bool = Field(
        default=False, description="SageMaker's own OpenTelemetry metrics; AWS turns them on unless told, at a cost"
    )
    dashboard: bool = Field(
        default=False, description="a CloudWatch dashboard; AWS bills each beyond three of an account, 3 USD a month"
    )


class RealTimeEndpoint(_Endpoint):
    """An endpoint that answers while the caller waits."""

    kind: Literal["real-time"] = Field(description="real-time: callers wait for the answer")
    slo: RequestSlo = Field(default_factory=RequestSlo)
    model: ModelName = Field(description="a model of catalog/models/, without .yaml")
    serving: InstanceServing
    routing: Literal["random", "least-outstanding-requests"] = Field(
        default="least-outstanding-requests",
        description="which instance gets a request: the one with the fewest that are not answered yet, or any",
    )
    scaling: RealTimeScaling
    capture: Capture | None = None
    rollout: Rollout | None = None


class AsyncEndpoint(_Endpoint):
    """An endpoint that takes requests from S3 and writes its answers there."""

    kind: Literal["async"] = Field(description="async: requests wait in a queue, and answers are written to S3")
    slo: QueueSlo = Field(default_factory=QueueSlo)
    model: ModelName = Field(description="a model of catalog/models/, without .yaml")
    serving: InstanceServing
    scaling: AsyncScaling
    queue: Queue = Field(default_factory=Queue)
    capture: Capture | None = None
    rollout: Rollout | None = None


class ServerlessEndpoint(_Endpoint):
    """An endpoint billed by the millisecond of use; cold starts included."""

    kind: Literal["serverless"] = Field(
        description="serverless: AWS starts the engine for each request and bills its use"
    )
    slo: ServerlessSlo = Field(default_factory=ServerlessSlo)
    model: ModelName = Field(description="a model of catalog/models/, without .yaml")
    serving: ServerlessServing


class MultiModelEndpoint(_Endpoint):
    """Several models behind one endpoint, loaded when first asked for."""

    kind: Literal["multi-model"] = Field(description="multi-model: several models share instances")
    slo: RequestSlo = Field(default_factory=RequestSlo)
    models: Annotated[tuple[ModelName, ...], Field(min_length=1)] = Field(
        description="models of catalog/models/, without .yaml; a request names one of them"
    )
    serving: MultiModelServing
    scaling: MultiModelScaling
    capture: Capture | None = None
    rollout: Rollout | None = None


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


class Licence(Table):
    """Under which terms a model may be used."""

    name: str = Field(description="the licence's name, such as apache-2.0")
    url: str = Field(description="where its text stands")
    acceptance: Literal["none", "explicit"] = Field(
        default="none", description="explicit: an entry must say who accepted it (licence_accepted)"
    )
    version: str | None = Field(default=None, description="the version that an entry must have accepted")


class Architecture(Table):
    """The numbers that decide how much memory a model takes."""

    layers: Positive = Field(description="transformer blocks")
    hidden_size: Positive = Field(description="width of a token between the blocks")
    attention_heads: Positive = Field(description="query heads of a block")
    kv_heads: Positive = Field(
        description="heads whose keys and values are cached; fewer than attention_heads where heads share them"
    )
    head_dim: Positive = Field(description="width of a head")
    vocabulary_size: Positive = Field(description="tokens that the model knows")
    max_context_tokens: Positive = Field(description="tokens that the model was made for")
    intermediate_size: Positive | None = Field(
        default=None, description="width of one feed-forward block, or of one expert"
    )
    experts: Positive | None = Field(
        default=None, description="experts of each layer, shared ones included; all of them are held in memory"
    )
    tied_embeddings: bool = Field(default=False, description="input and output embeddings are one tensor")
    sliding_window: Positive | None = Field(default=None, description="tokens that a layer with a window looks back")
    sliding_window_layers: Positive | None = Field(
        default=None, description="how many layers have the window; every layer if unset"
    )
    kv_lora_rank: Positive | None = Field(default=None, description="multi-head latent attention: the cached latent")
    qk_rope_head_dim: Positive | None = Field(
        default=None, description="multi-head latent attention: the cached rotary key"
    )
    encoder_layers: Positive | None = Field(
        default=None, description="layers of the encoder of an encoder-decoder; `layers` are the decoder's"
    )

    @model_validator(mode="after")
    def _whole(self) -> Architecture:
        if (self.kv_lora_rank is None) != (self.qk_rope_head_dim is None):
            raise ValueError("kv_lora_rank and qk_rope_head_dim describe one cache: write both or neither")
        if self.sliding_window_layers is not None:
            if self.sliding_window is None:
                raise ValueError("sliding_window_layers says how many layers have a window: add sliding_window")
            if self.sliding_window_layers > self.layers:
                raise ValueError(
                    f"sliding_window_layers is {self.sliding_window_layers}, but there are {self.layers} layers"
                )
        return self


class Facts(Table):
    """Where a model's numbers come from."""

    sources: Annotated[tuple[str, ...], Field(min_length=1)] = Field(description="where the numbers stand")
    checked_on: Day = Field(description="the day on which somebody looked")
    status: Literal["verified", "stated"] = Field(description="verified: two independent sources agree")

    @model_validator(mode="after")
    def _verified_by_two(self) -> Facts:
        if self.status == "verified" and len(set(self.sources)) < 2:
            raise ValueError("status is verified with one source: name a second, independent one, or write stated")
        return self


class Model(Table):
    """Facts about one model; the file's name is the model's name."""

    family: str = Field(description="models of one make, such as llama-3.1")
    task: Literal["chat", "text-generation", "embedding"] = Field(
        description="what it answers with: a chat turn, a continuation or a vector"
    )
    parameters: Positive = Field(description="weights in all, experts included")
    dtype: Dtype = Field(description="of the weights; mxfp4 holds the experts in 4 bits and the rest in 16")
    quantisation_group_size: Positive | None = Field(
        default=None, description="weights that share one scale; 128 if unset for int4, one row for int8"
    )
    checkpoint_bytes: Positive | None = Field(
        default=None,
        description="what the weights take in `dtype` where it is known, such as total_size in "
        "model.safetensors.index.json; unset derives it from parameters and dtype",
    )
    architecture: Architecture
    licence: Licence
    weights: WeightsSource
    facts: Facts


class Network(Table):
    """The VPC that the models' containers run in."""

    subnets: Annotated[tuple[SubnetId, ...], Field(min_length=1, max_length=16)] = Field(
        description="where the containers' network interfaces lie"
    )
    security_groups: Annotated[tuple[SecurityGroupId, ...], Field(min_length=1, max_length=5)] = Field(
        description="what the interfaces may reach, and who may reach them"
    )
    isolate: bool = Field(default=True, description="containers get no network of their own where the kind allows it")


class Shards(Table):
    """A record stream of a stated size."""

    # One shard takes 1,000 records or 1 MB a second. 20,000 is the highest default quota of a region.
    # https://docs.aws.amazon.com/streams/latest/dev/service-sizes-and-limits.html
    shards: Annotated[int, Field(ge=1, le=20_000)] = Field(
        description="how many; each takes 1,000 records or 1 MB a second"
    )


class AlarmTargets(Table):
    """Where alarms go."""

    email: tuple[Email, ...] = Field(default=(), description="addresses that confirm a mail from SNS once")
    https: tuple[HttpsUrl, ...] = Field(default=(), description="addresses that SNS posts to")


class Signals(Table):
    """One record for each request, from the containers into a Kinesis data stream."""

    alarms: AlarmTargets = Field(
        default_factory=AlarmTargets, description="who hears that the stream lags or its processor fails"
    )
    stream: Annotated[
        Annotated[Literal["on-demand"], Tag(_ONE)] | Annotated[Shards, Tag(_SHARDS)], Discriminator(_stream_kind)
    ] = Field(description="on-demand grows with the load and is billed by it; {shards: 4} is billed by the hour")
    delivery: Literal["logs", "put-records"] = Field(
        default="logs",
        description="how records leave our containers: as lines of their logs, which needs neither network nor "
        "credentials, or straight into the stream, which saves what CloudWatch Logs bills for the lines",
    )
    aggregation: Literal["lambda", "flink"] = Field(
        default="lambda",
        description="what makes metrics of the records: the function that also fills the table, or a job on Managed "
        "Service for Apache Flink, where there are more than its calls to CloudWatch can take",
    )
    # RetentionPeriodHours of IncreaseStreamRetentionPeriod.
    stream_retention_hours: Annotated[int, Field(ge=24, le=8760)] = Field(
        default=24, description="how long a consumer that stood still can catch up; AWS bills what is above 24"
    )
    raw_capture_keep_days: Annotated[int, Field(ge=1, le=30)] = Field(
        default=1, description="how long captured requests are kept as SageMaker wrote them, where nobody reads them"
    )


class Environment(Table):
    """One account and region that endpoints are deployed to, and what is different there."""

    account: AccountId = Field(description="the account that everything is deployed to, in quotes")
    region: Region = Field(description="the region that everything is deployed to")
    name_prefix: Name | None = Field(default=None, description="set where two environments share account and region")
    bucket_names: dict[BucketPurpose, BucketName] = Field(
        default_factory=dict,
        description="artifacts: acme-models is a bucket's whole name, where a company has rules of its own for these; "
        "decided before the first deployment",
    )
    network: Network | None = None
    isolate: bool | None = Field(
        default=None,
        description="containers get no network of their own where the kind allows it, in a network of the company's or "
        "without one; unset leaves it to network.isolate, and isolates nothing where there is no network",
    )
    kms_key_arn: KmsKeyArn | None = Field(
        default=None, description="the company's key that encrypts what is deployed; the foundation's own if unset"
    )
    foundation_key: bool = Field(
        default=True,
        description="the foundation's own key, there beside kms_key_arn as well so that it is found again; false where "
        "the company lets nobody make keys",
    )
    signals: Signals | None = Field(default=None, description="records of what every endpoint did; none if unset")
    runbooks: HttpsUrl | None = Field(
        default=None, description="where docs/runbooks can be opened in a browser; alarms link to its pages"
    )
    termination_protection: bool = Field(
        default=True,
        description="AWS refuses to delete the foundation's stack until this is false and deployed",
    )
    fleet_dashboard: bool = Field(
        default=False, description="a CloudWatch dashboard of all endpoints of the account and region; 3 USD a month"
    )
    tag_keys: dict[OurTag, TagKey] = Field(
        default_factory=dict, description="llm:team: CostTeam writes the company's own key"
    )

    @property
    def isolates(self) -> bool:
        """Whether containers get no network of their own; serverless ones always have theirs.

        https://docs.aws.amazon.com/sagemaker/latest/dg/mkt-algo-model-internet-free.html: it asks for no VPC, and
        SageMaker itself goes on fetching image and weights.
        """
        return self.isolate if self.isolate is not None else self.network is not None and self.network.isolate

    @model_validator(mode="after")
    def _isolation_is_said_once(self) -> Environment:
        if self.isolate is not None and self.network is not None and "isolate" in self.network.model_fields_set:
            raise ValueError("isolate and network.isolate say the same thing: write one of them")
        return self

    @model_validator(mode="after")
    def _records_have_a_way(self) -> Environment:
        puts_records = self.signals is not None and self.signals.delivery == "put-records"
        if puts_records and self.isolates:
            key = "isolate" if self.isolate is not None else "network.isolate"
            raise ValueError(
                f"signals.delivery is put-records, but {key} leaves containers no way to Kinesis, not even "
                "through a VPC endpoint: write delivery: logs, or isolate: false with a way to Kinesis in the subnets"
            )
        return self

    @model_validator(mode="after")
    def _some_key_encrypts(self) -> Environment:
        if not self.foundation_key and self.kms_key_arn is None:
            raise ValueError("foundation_key is false, and nothing else encrypts: name a key in kms_key_arn")
        return self

    @field_validator("bucket_names")
    @classmethod
    def _buckets_are_apart(cls, bucket_names: dict[str, str]) -> dict[str, str]:
        if len(set(bucket_names.values())) < len(bucket_names):
            raise ValueError("two buckets get the same name: each is one bucket, give them different names")
        return bucket_names

    @field_validator("tag_keys")
    @classmethod
    def _keys_are_free(cls, tag_keys: dict[str, str]) -> dict[str, str]:
        for key in tag_keys.values():
            if key.lower().startswith("aws:"):
                raise ValueError(f"AWS keeps keys that start with aws: for itself, such as {key}: rename it")
        if len(set(tag_keys.values())) < len(tag_keys):
            raise ValueError("two tags get the same key, but a resource carries each key once: rename one")
        return tag_keys


PartialTable = dict[str, Any]


class Defaults(Table):
    """What entries of this environment share: for every kind, then for one kind; an entry's own keys win."""

    every: PartialTable = Field(default_factory=dict, description="keys of entries of every kind")
    real_time: PartialTable = Field(default_factory=dict, alias="real-time", description="keys of real-time entries")
    async_: PartialTable = Field(default_factory=dict, alias="async", description="keys of async entries")
    serverless: PartialTable = Field(default_factory=dict, description="keys of serverless entries")
    multi_model: PartialTable = Field(
        default_factory=dict, alias="multi-model", description="keys of multi-model entries"
    )


class EnvironmentFile(Environment):
    """An environment as its file has it: with what its entries share and where one of them differs."""

    defaults: Defaults = Field(default_factory=Defaults)
    overrides: dict[Name, PartialTable] = Field(
        default_factory=dict, description="keys that one entry has here, by its name; they win over the entry's own"
    )


class Team(Table):
    """Who pays and who is woken."""

    cost_center: TagValue = Field(description="who pays; it becomes the tag llm:cost-center")
    owner: TagValue = Field(description="who answers for the team's endpoints; it becomes the tag llm:owner")
    alarms: AlarmTargets = Field(default_factory=AlarmTargets)


class NegotiatedPrice(Table):
    """What AWS charges the company where the list's price does not hold; the first one that covers a usage decides.

    It changes every amount that modelyard shows, and nothing that is deployed.
    """

    usage: Literal["instances", "serverless", "everything"] = Field(description="what it is the price of")
    instances: tuple[InstanceTypes, ...] = Field(
        default=(), description="types such as ml.g6e.2xlarge or families such as ml.g6e.*; every instance if unset"
    )
    regions: tuple[Region, ...] = Field(default=(), description="every region if unset")
    discount_percent: DiscountPercent | None = Field(default=None, description="off the list's price")
    usd_per_hour: Usd | None = Field(default=None, description="instead of the list's price; of types that are named")
    reason: Sentence = Field(description="the agreement that says so")
    since: Day = Field(description="the first day on which it holds")
    until: Day = Field(description="the last day on which it holds")

    @model_validator(mode="after")
    def _one_price(self) -> NegotiatedPrice:
        if (self.discount_percent is None) == (self.usd_per_hour is None):
            raise ValueError("a negotiated price is a discount_percent or a usd_per_hour: write one of them")
        if self.instances and self.usage != "instances":
            raise ValueError(f"usage {self.usage} is not narrowed to instances: write usage: instances, or remove them")
        if self.usd_per_hour is not None and (not self.instances or any(one.endswith("*") for one in self.instances)):
            raise ValueError("usd_per_hour is the price of one type: name the types in instances, no family")
        if self.until < self.since:
            raise ValueError(f"until is {self.until}, before since {self.since}: correct one of them")
        return self


Level = Literal["warn", "approve", "block"]
_Limit = Annotated[int, Field(ge=0)] | None


class Threshold(Table):
    """From above which amount on a plan warns, needs an approval, or is blocked."""

    warn: _Limit = Field(default=None, description="above it, a plan warns")
    approve: _Limit = Field(default=None, description="above it, a plan asks for an approval")
    block: _Limit = Field(default=None, description="above it, a plan forbids the change")

    @model_validator(mode="after")
    def _rising(self) -> Threshold:
        limits = [limit for limit in (self.warn, self.approve, self.block) if limit is not None]
        if not limits:
            raise ValueError("a threshold without a limit: write warn, approve or block with an amount")
        if limits != sorted(limits):
            raise ValueError("limits must not fall from warn to approve to block: correct them")
        return self


class PlanPolicy(Table):
    """What `modelyard plan` lets a change cost in each environment; its exit code says what a change needs.

    It judges a catalog's changes and deploys nothing.
    """

    figure: Literal["low", "expected", "high"] = Field(default="expected", description="which month is judged")
    monthly_increase_usd: Threshold | None = None
    monthly_increase_percent: Threshold | None = None
    monthly_endpoint_usd: Threshold | None = Field(default=None, description="one endpoint that is new or gets dearer")
    not_priced: Level = Field(default="warn", description="a new or changed part of an endpoint that has no price")
    refused_update: Level = Field(default="approve", description="a change that AWS refuses to make in place")


class Organisation(Table):
    """The teams of the company, what it has agreed with AWS, and what a change may cost."""

    catalog: Name | None = Field(
        default=None,
        description="this catalog's name; its stacks carry it, so that another catalog with an environment of the same "
        "name does not deploy over them, and `modelyard orphans` does not take its stacks for ours",
    )
    teams: dict[Name, Team] = Field(description="the teams that entries name, each by its name")
    prices: tuple[NegotiatedPrice, ...] = Field(
        default=(), description="discounts and prices of the company's own, tried in this order"
    )
    plan_policy: PlanPolicy = Field(default_factory=PlanPolicy)
