"""How to go on with embedded AWS that the demo left running."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from rich.console import Console

from modelyard.catalog.entry import Catalog

_EXPORTED = ("AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION", "AWS_DEFAULT_REGION")


def print_exports(
    console: Console,
    catalog: Catalog,
    *,
    catalog_folder: Path,
    environment: Mapping[str, str],
    folder: Path | None,
) -> None:
    """Print the variables to set, and commands that work with them; everything can be pasted into a shell."""
    # The folder that commands read of themselves needs no word.
    own = [] if catalog_folder == Path("catalog") else [str(catalog_folder)]
    name = next(
        (entry.endpoint_name for entry in catalog.entries.values() if entry.endpoint.kind == "real-time"),
        next(iter(catalog.entries.values())).endpoint_name,
    )
    body = '{"messages": [{"role": "user", "content": "Say hello."}], "max_tokens": 32}'
    lines = [
        "",
        "Embedded AWS keeps running. In a shell:",
        "",
        "unset AWS_PROFILE AWS_SESSION_TOKEN",
        *(f"export {variable}={environment[variable]}" for variable in _EXPORTED),
        "",
        "# the AWS CLI; version 2 also needs --cli-binary-format raw-in-base64-out for this body",
        "aws sagemaker list-endpoints --query 'Endpoints[].[EndpointName,EndpointStatus]' --output text",
        f"aws sagemaker-runtime invoke-endpoint --endpoint-name {name} --content-type application/json \\",
        f"  --body '{body}' answer.json && cat answer.json",
        "# boto3",
        "python -c \"import boto3; print(boto3.client('sagemaker-runtime').invoke_endpoint("
        f"EndpointName='{name}', ContentType='application/json', "
        'Body=b\'{\\"messages\\": [{\\"role\\": \\"user\\", \\"content\\": \\"Say hello.\\"}]}\')'
        "['Body'].read().decode())\"",
        "# this project",
        "export MODELYARD_ENVIRONMENT=local",
        *(f"export MODELYARD_CATALOG={place}" for place in own),
        f'.venv/bin/modelyard invoke {name} "What is photosynthesis?"',
        f".venv/bin/modelyard cdk deploy -c environment=local{''.join(f' -c catalog={place}' for place in own)} "
        f"--require-approval never {name}",
        "",
        "To stop it: .venv/bin/modelyard demo --stop" + (f" --folder {folder}" if folder else ""),
    ]
    for line in lines:
        console.print(line, highlight=False, markup=False, soft_wrap=True)
