"""Our stacks after a company's own code went over them: written for a deployment, or only to be looked at."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from aws_cdk import App
from aws_cdk.cx_api import CloudAssembly

from modelyard.blueprint.blueprint import Blueprint
from modelyard.cdk.references import require_references
from modelyard.renderers.cdk import add_stacks
from modelyard.shell.extension import Extension, ExtensionFailed

Templates = dict[str, dict[str, Any]]


def synthesise(app: App, blueprint: Blueprint, extension: Extension, *, writes_assets: bool = True) -> Templates:
    """Add the stacks to an app, let the extension go over them, and write all; the templates by the stacks' ids.

    Stacks that the extension adds have the path of their construct for an id. Without `writes_assets` nobody makes
    our functions' archives.

    Raises:
        ExtensionFailed: where it raises, or leaves something of which there is no template.
    """
    stacks = add_stacks(app, blueprint, extended=True, writes_assets=writes_assets)
    with extension.running():
        extension.extend(app, stacks)
        assembly = _written(app, extension)
    ids = {stack.artifact_id: stack_id for stack_id, stack in stacks.items()}
    templates: Templates = {}
    for artifact in assembly.stacks_recursively:
        text = Path(artifact.template_full_path).read_text("utf-8")
        templates[ids.get(artifact.id, artifact.hierarchical_id)] = json.loads(text)
    for stack_id in stacks:
        require_references(stack_id, templates[stack_id], extension)
    return templates


def _written(app: App, extension: Extension) -> CloudAssembly:
    try:
        return app.synth()
    except RuntimeError as error:
        # What an Aspect or a lazy value raises comes back through Node, which forgets where: it is done once more.
        with extension.last_raised() as places, suppress(RuntimeError):
            app.synth(force=True)
        said = next(iter(str(error).strip().splitlines()), type(error).__name__)
        place = places[-1] if places else str(extension.path)
        raise ExtensionFailed(f"{place}: the CDK cannot write the extended stacks: {said.strip()}") from error


def extended_templates(blueprint: Blueprint, extension: Extension, context: Mapping[str, Any]) -> Templates:
    """What a deployment would write, without archives: for a plan."""
    with TemporaryDirectory(prefix="modelyard-extended-") as folder:
        app = App(
            outdir=os.path.join(folder, "cdk.out"),
            context=dict(context),
            analytics_reporting=False,
            builtin_cloud_formation_validation=False,
            tree_metadata=False,
        )
        return synthesise(app, blueprint, extension, writes_assets=False)
