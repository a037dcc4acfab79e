"""What a Lambda function's process finds in its environment: what AWS puts there and what the function states.

MiniStack starts a function with the whole of its own environment, the administrator's keys among it, and lays the
function's variables and its role's keys over that.
https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html lists what AWS defines.
"""

import os
from collections.abc import Iterator, Mapping
from types import ModuleType
from typing import Any

from ministack.core import lambda_runtime
from ministack.services import lambda_svc

from localaws.process_environment import runtime_variables

# How a function's SDK finds embedded AWS in place of AWS, and no other credentials than its role's.
_OF_AWS = (
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "AWS_ENDPOINT_URL",
    "AWS_EC2_METADATA_DISABLED",
    "AWS_CONFIG_FILE",
    "AWS_SHARED_CREDENTIALS_FILE",
)


class _HandedDown(Mapping[str, str]):
    """`os.environ` as those see it who copy it for a function; a single variable can still be asked for."""

    def __getitem__(self, name: str) -> str:
        return os.environ[name]

    def __iter__(self) -> Iterator[str]:
        named = (name for name in _OF_AWS if name in os.environ)
        return iter(dict.fromkeys([*runtime_variables(), *named]))

    def __len__(self) -> int:
        return len(list(iter(self)))

    def __contains__(self, name: object) -> bool:
        return name in os.environ


class _OsOfFunctions(ModuleType):
    """The module `os`, but for `environ`."""

    environ = _HandedDown()

    def __getattr__(self, name: str) -> Any:
        return getattr(os, name)


def start_functions_clean() -> None:
    """Let MiniStack's ways of starting a function copy next to nothing of this process's environment."""
    for module in (lambda_runtime, lambda_svc):
        module.os = _OsOfFunctions("os")
