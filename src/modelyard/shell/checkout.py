"""Where the project's files lie: some commands need its checkout, not just the installed package."""

from __future__ import annotations

from pathlib import Path

from modelyard.shell.failure import Failure

ROOT = Path(__file__).resolve().parents[3]


def require_checkout(command: str) -> Path:
    """The root of the checkout that this code runs from."""
    if not (ROOT / "cdk.json").is_file():
        raise Failure(f"{command} needs the project's checkout, and {ROOT} has no cdk.json: run it from a clone")
    return ROOT
