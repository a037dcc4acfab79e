"""The foundation's protection against its deletion: from the first deployment on after the one that made it.

A stack whose creation failed has to be deleted before it can be created, which a protected one cannot be.
"""

from __future__ import annotations

# The app's context value; `cdk.out` is the same with it, but for what the CDK CLI sets on the stack.
PROTECTED = "protect-foundation"


def protecting_options() -> list[str]:
    """Tell the app to protect it."""
    return ["--context", f"{PROTECTED}=true"]
