"""How whoever started embedded AWS learns that it answers, where, and with which keys."""

import json
import os
import shlex
from pathlib import Path

from localaws.private_files import write_private
from localaws.settings import Settings

# In the state folder: `. FILE` in a shell is all that AWS's tools need.
SHELL_FILE = "exports"


def write_ready_file(path: Path, settings: Settings, endpoint_url: str) -> None:
    """The ready file, JSON for programs."""
    facts = {
        "endpoint_url": endpoint_url,
        "account": settings.account,
        "region": settings.region,
        "pid": os.getpid(),
        "access_key_id": settings.keys.access_key_id,
        "secret_access_key": settings.keys.secret_access_key,
    }
    write_private(path, json.dumps(facts))


def write_exports(settings: Settings, endpoint_url: str) -> Path:
    """The variables as a shell takes them: the CDK reads AWS_REGION, boto3 AWS_DEFAULT_REGION."""
    variables = {
        "AWS_ENDPOINT_URL": endpoint_url,
        "AWS_ACCESS_KEY_ID": settings.keys.access_key_id,
        "AWS_SECRET_ACCESS_KEY": settings.keys.secret_access_key,
        "AWS_REGION": settings.region,
        "AWS_DEFAULT_REGION": settings.region,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    lines = [f"export {name}={shlex.quote(value)}\n" for name, value in variables.items()]
    path = settings.state_dir / SHELL_FILE
    write_private(path, "".join(["unset AWS_PROFILE AWS_SESSION_TOKEN\n", *lines]))
    return path
