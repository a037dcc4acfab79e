"""A check is answered from files alone: no AWS SDK, no CDK, no other process, no network."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PROGRAM = """
import sys
seen = set()
def watch(event, arguments):
    if event.startswith(("socket.", "subprocess.", "os.exec", "os.posix_spawn", "os.fork", "urllib.")):
        seen.add(event)
sys.addaudithook(watch)
from modelyard.cli.main import run
code = run(sys.argv[1:])
heavy = {"aws_cdk", "jsii", "boto3", "botocore", "constructs", "rich", "hypothesis", "ministack", "moto"}
print(sorted(heavy & set(sys.modules)), sorted(seen), code, file=sys.stderr)
"""


def touched(*arguments):
    said = subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    return said.stderr.strip()


def test_a_check_touches_neither_network_nor_sdk_nor_cdk():
    assert touched("check", "--all-environments") == "[] [] 0"


def test_nor_does_any_of_its_formats():
    for form in ("--json", "--sarif", "--github"):
        assert touched("check", "tests/catalogs/four-kinds", form) == "[] [] 0"


def test_nor_does_an_explanation():
    assert touched("explain", "MY016") == "[] [] 0"
