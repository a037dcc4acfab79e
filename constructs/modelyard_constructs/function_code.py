"""A function's archive as an asset of its stack: the CDK CLI uploads it before it deploys."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aws_cdk import FileAssetPackaging, Stack, Stage

from modelyard_constructs.function_archive import archive, copy_to


def function_code(scope: Stack, function: str, *, rooms: Sequence[str] = ()) -> dict[str, Any]:
    """The `Code` of an AWS::Lambda::Function that runs `lambdas/<function>/`; `rooms` are those it imports."""
    made = archive(function, rooms=rooms)
    stage = Stage.of(scope)
    assert stage is not None, "a stack lies in an app"
    location = scope.synthesizer.add_file_asset(
        source_hash=made.digest,
        file_name=copy_to(made, stage.outdir),
        packaging=FileAssetPackaging.FILE,
        display_name=f"lambdas/{function}",
    )
    return {"S3Bucket": location.bucket_name, "S3Key": location.object_key}
