"""What an alarm says to the person whom it wakes: what is wrong, what to do first, where to read on."""

from __future__ import annotations

import re

from modelyard.catalog.objectives import Objective
from modelyard_constructs.endpoint_plan import EndpointPlan
from modelyard_constructs.target import Target

RUNBOOK = "endpoint-alarms.md"
# Where the runbooks lie in this repository, for an environment that names no address of them.
_IN_THE_REPOSITORY = "docs/runbooks"

# What is wrong, and the first thing to do; {} is the threshold in the unit of the entry's key.
_WORDS = {
    "ServerErrors": (
        "answers more than {} % of its requests with 5XX, in 10 of 15 minutes",
        "read the newest errors in its log group; if a deployment came just before, deploy the entry as it was",
    ),
    "ClientErrors": (
        "refuses more than {} % of its requests with 4XX, for 15 minutes",
        "ask the caller that changed last; the log group names what the model did not understand",
    ),
    "ModelErrors": (
        "leaves more than {} % of its requests without an answer or with 5XX, in 10 of 15 minutes",
        "look in the log group whether the engine hangs or restarts; raise the number of instances if it is overloaded",
    ),
    "LostRequests": (
        "loses more than {} requests in 5 minutes, in 10 of 15 minutes: expired, input not read, or answer not written",
        "look at the failures below its failure prefix, then at what its execution role may do with buckets and key",
    ),
    "UntoldAnswers": (
        "cannot tell its topics of more than {} answers or failures in 5 minutes, in 10 of 15 minutes",
        "look whether SuccessTopic and ErrorTopic stand and the execution role may publish to them and use their key",
    ),
    "Latency": (
        "takes longer than {} s for one request in a hundred, for 15 minutes",
        "compare with the number of requests: if it grew, raise scaling.instances.max; if not, look for longer prompts",
    ),
    "MedianLatency": (
        "takes longer than {} s for every second request, for 15 minutes",
        "compare with the number of requests: if it grew, raise scaling.instances; if not, see the last deployment",
    ),
    "TimeToFirstToken": (
        "lets one request in ten wait longer than {} s for its first token, for 15 minutes",
        "compare with its records: if requests queue, raise scaling.instances; if not, prompts got longer",
    ),
    "RecordsDropped": (
        "drops more than {} records of its requests in 5 minutes, in 10 of 15 minutes: figures of it are too low",
        "look in the log group for the container's own words; more requests than its buffer takes need more instances",
    ),
    "Concurrency": (
        "uses {} % or more of its concurrency, for 5 minutes: callers are about to be throttled",
        "raise serving.max_concurrency, within the account's quota",
    ),
    "Disk": (
        "has filled more than {} % of an instance's disk, for 15 minutes; above 75 % AWS stops recording requests",
        "raise serving.volume_gib, or look in the log group for an engine that writes caches",
    ),
    "GpuMemory": (
        "has filled more than {} % of an instance's GPU memory, for 15 minutes",
        "lower serving.max_context_tokens or serving.max_concurrency; `modelyard fit` shows what takes the memory",
    ),
    "BacklogAge": (
        "lets its oldest request wait longer than {} s, for 5 minutes",
        "look whether an instance runs; if all do, raise scaling.instances.max",
    ),
    "BacklogSize": (
        "has more than {} requests waiting, for 5 minutes",
        "look whether an instance runs; if all do, raise scaling.instances.max, or slow the sender down",
    ),
    "NoCapacity": (
        "has had requests and no instance for {} minutes",
        "read its scaling activities: the instance type may be short, or its quota used up; add a fallback type",
    ),
    "CaptureSilence": (
        "answered {} whole requests or more in each of 2 hours, and none of them was captured",
        "look whether the capture processor fails; if not, at an instance's disk and at the execution role's grants",
    ),
    "Drift": (
        "is asked or answers differently than its baseline, by a PSI above {} in 2 hours of a day",
        "look in modelyard/Capture which of length, language and refusals moved, and read some of the copies",
    ),
}
_COUNTED = {
    "ServerErrors": "answers more than {} requests in 5 minutes with 5XX, in 10 of 15 minutes",
    "ModelErrors": "fails more than {} requests in 5 minutes, in 10 of 15 minutes",
}


def description(objective: Objective, plan: EndpointPlan) -> str:
    """The AlarmDescription, which stands in every mail: AWS allows 1,024 characters."""
    what, first = _WORDS[objective.name]
    if plan.endpoint.kind == "async":
        what = _COUNTED.get(objective.name, what)
    said = what.format(f"{objective.threshold:g}")
    return f"{plan.endpoint_name} {said}. First: {first}. Runbook: {runbook(objective.name, plan)}"


def runbook(name: str, plan: EndpointPlan) -> str:
    """Where the section of an alarm can be read."""
    return f"{runbook_folder(plan)}/{RUNBOOK}#{anchor(name)}"


def runbook_folder(plan: EndpointPlan) -> str:
    """Where the environment's runbooks can be read, without a slash at the end."""
    return folder_of_runbooks(plan.target)


def folder_of_runbooks(target: Target) -> str:
    """The same for what belongs to no entry."""
    return (target.environment.runbooks or _IN_THE_REPOSITORY).rstrip("/")


def anchor(name: str) -> str:
    """The anchor of a section: `server-errors` of ServerErrors."""
    return re.sub(r"(?<!^)(?=[A-Z])", "-", name).lower()
