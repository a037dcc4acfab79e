"""Models of SageMaker JumpStart: their files lie in buckets of AWS's, one in each region, beside a list of them.

The list (`models_manifest.json`) and the specifications that it points to are those that the SageMaker SDK reads
(https://github.com/aws/sagemaker-python-sdk, sagemaker/jumpstart/cache.py and types.py).
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from modelyard.catalog.schema import Licence
from modelyard.onboarding.adding.licence import StatedLicence
from modelyard.onboarding.adding.place import Bucket
from modelyard.shell.failure import Failure

_MANIFEST = "models_manifest.json"
_KINDS = re.compile(
    r"-(llm|vlm|textgeneration|textgeneration1|textgenerationneuron|text2text|reasoning|textembedding|tcembedding|"
    r"sentencesimilarity)-"
)
# What stands before a model's own name.
_PREFIX = re.compile(r"^[a-z0-9]+" + _KINDS.pattern)


@dataclass(frozen=True, kw_only=True)
class JumpStartModel:
    """Where a model's files lie, and its licence where it has one to accept."""

    bucket: Bucket
    licence: StatedLicence | None


def looks_like_jumpstart(source: str) -> bool:
    """Whether a name is spelt like a JumpStart model's id."""
    return bool(_PREFIX.match(source))


def own_name(model_id: str) -> str:
    """`llama-2-7b-chat` of `meta-textgeneration-llama-2-7b-f`."""
    name = _PREFIX.sub("", model_id)
    return f"{name.removesuffix('-f')}-chat" if name.endswith("-f") else name


def jumpstart_model(client: Any, model_id: str, *, region: str) -> JumpStartModel:
    """The files of a model, in its newest version.

    Raises:
        Failure: when the list does not know it, or its files are packed.
    """
    name = f"jumpstart-cache-prod-{region}"
    specification = _json(client, name, _newest(_json(client, name, _MANIFEST), model_id))
    if not isinstance(specification, dict):
        raise Failure(f"JumpStart's specification of {model_id} is none")
    prefix = specification.get("hosting_prepacked_artifact_key") or specification.get("hosting_artifact_key") or ""
    if not isinstance(prefix, str) or not prefix.endswith("/"):
        raise Failure(
            f"the files of {model_id} are packed ({prefix or 'nobody says where'}): unpack them and give the folder"
        )
    bucket = f"jumpstart-private-cache-prod-{region}" if specification.get("gated_bucket") else name
    terms = specification.get("hosting_eula_key")
    licence = None
    if isinstance(terms, str) and terms:
        url = f"https://{name}.s3.{region}.amazonaws.com/{terms}"
        version = str(specification.get("version", model_id))
        licence = StatedLicence(
            licence=Licence(name=f"{model_id} EULA", url=url, acceptance="explicit", version=version),
            said_by="JumpStart",
        )
    return JumpStartModel(bucket=Bucket(client=client, bucket=bucket, prefix=prefix), licence=licence)


def _newest(manifest: object, model_id: str) -> str:
    rows = [row for row in manifest if isinstance(row, dict)] if isinstance(manifest, list) else []
    versions = [row for row in rows if row.get("model_id") == model_id and isinstance(row.get("spec_key"), str)]
    if not versions:
        raise Failure(f"JumpStart's list has no model {model_id}: check its id, or give a folder with its config.json")
    return str(max(versions, key=lambda row: _numbers(str(row.get("version", ""))))["spec_key"])


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version))


def _json(client: Any, bucket: str, key: str) -> object:
    content = Bucket(client=client, bucket=bucket, prefix="").read(key)
    if content is None:
        raise Failure(f"s3://{bucket}/{key} is gone: give a folder with the model's config.json instead")
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as error:
        raise Failure(f"s3://{bucket}/{key} is no JSON: give a folder with the model's config.json instead") from error
