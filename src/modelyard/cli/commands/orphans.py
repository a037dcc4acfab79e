"""`modelyard orphans`: what is still deployed although its catalog entry is gone."""

from __future__ import annotations

from pathlib import Path

from modelyard.cli.options import CatalogOption, EnvironmentOption

FOUND = 3


def orphans(environment: EnvironmentOption = None, catalog: CatalogOption = Path("catalog")) -> int:
    """List deployed endpoints whose catalog entry is gone, with the command that deletes each.

    Endpoints that somebody deleted by hand, so that only their stacks are left, are listed as well.

    Exit code 0 when there are none, 3 when there are some, 1 when it could not be found out.
    """
    from rich.table import Table

    from modelyard.deploying.missing_endpoints import missing_endpoints
    from modelyard.deploying.orphaned_stacks import orphaned_stacks
    from modelyard.shell.account import Account
    from modelyard.shell.catalog_files import read
    from modelyard.shell.terminal import results

    loaded = read(catalog, environment)
    account = Account(loaded)
    account.check()
    cloudformation = account.client("cloudformation")
    found = orphaned_stacks(cloudformation, loaded)
    missing = missing_endpoints(cloudformation, account.client("sagemaker"), loaded)
    console = results()
    for one in missing:
        again = f"-c environment={loaded.environment_name} {one.entry}"
        console.print(
            f"endpoint {one.endpoint} is gone, and its stack {one.stack} still stands: the next change of it fails. "
            f"To have it back: `modelyard cdk destroy {again}`, then `modelyard cdk deploy {again}`\n",
            highlight=False,
            markup=False,
            soft_wrap=True,
        )
    where = f"environment {loaded.environment_name} ({loaded.environment.account}, {account.region})"
    if not found:
        console.print(f"no orphans: every endpoint deployed to {where} has its catalog entry", highlight=False)
        return FOUND if missing else 0
    table = Table("stack", "endpoint", "team", "status", box=None, pad_edge=False)
    for stack in found:
        table.add_row(stack.name, stack.endpoint, stack.team, stack.status)
    console.print(table)
    console.print(f"\nThese run in {where} and no file of {catalog / 'endpoints'} describes them. To delete them:\n")
    unnamed = [stack.name for stack in found if stack.catalog is None]
    if loaded.organisation.catalog is not None and unnamed:
        console.print(
            f"Whose they are is not said by {', '.join(unnamed)}: look whether another catalog deployed them, before "
            "you delete anything.\n",
            highlight=False,
        )
    for stack in found:
        for command in stack.commands:
            console.print(command, highlight=False, soft_wrap=True)
    console.print(
        "\nWhat they captured stays: captured data and answers lie in the foundation's buckets, "
        "which no endpoint's stack owns."
    )
    return FOUND
