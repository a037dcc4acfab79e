"""A plan is answered from files and git's objects: no AWS SDK, no CDK, no network, no process but git."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import sys
seen = set()
def watch(event, arguments):
    if event.startswith(("socket.", "os.exec", "os.posix_spawn", "os.fork", "urllib.")):
        seen.add(event)
    if event == "subprocess.Popen":
        seen.add(str(arguments[0]))
sys.addaudithook(watch)
from modelyard.cli.main import run
code = run(sys.argv[1:])
heavy = {"aws_cdk", "jsii", "boto3", "botocore", "constructs", "hypothesis", "ministack", "moto"}
print(sorted(heavy & set(sys.modules)), sorted(seen), code, file=sys.stderr)
"""


def test_a_plan_touches_neither_network_nor_sdk_nor_cdk(repository):
    repository.edit("endpoints/chat.yaml", "max: 3", "max: 4")
    for form in ([], ["--json"], ["--markdown"]):
        said = subprocess.run(
            [sys.executable, "-c", PROGRAM, "plan", *form],
            cwd=repository.folder, capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        assert said.stderr.strip() == "[] ['git'] 0"
