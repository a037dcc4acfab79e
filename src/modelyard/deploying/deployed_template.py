"""The template of a deployed stack, as it was sent to CloudFormation."""

from __future__ import annotations

import json
from typing import Any


def deployed_template(cloudformation: Any, stack_name: str) -> dict[str, Any]:
    """A stack's template in JSON's own types; boto3 has read it where it is JSON, and has it as text elsewhere.

    Raises:
        ClientError: where there is no such stack, or nobody may look.
    """
    body = cloudformation.get_template(StackName=stack_name, TemplateStage="Original")["TemplateBody"]
    template: dict[str, Any] = json.loads(body if isinstance(body, str) else json.dumps(body))
    return template
