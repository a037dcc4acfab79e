"""`modelyard quotas`: what the account may host, pulled from Service Quotas into the catalog."""

from __future__ import annotations

from pathlib import Path

import typer

from modelyard.cli.options import CatalogOption, EnvironmentOption

quotas = typer.Typer(help="What the account may host: pull it from Service Quotas into the catalog.")


@quotas.command(name="pull", short_help="write the account's quotas into the catalog")
def pull(environment: EnvironmentOption = None, catalog: CatalogOption = Path("catalog")) -> None:
    """Write the hosting quotas of an environment's account and region to quotas/<account>-<region>.json.

    Commit the file: from then on `modelyard check` holds the catalog against it. It needs the permissions
    servicequotas:ListServiceQuotas and servicequotas:ListAWSDefaultServiceQuotas.
    """
    from modelyard.capacity.quota_need import quotas_needed
    from modelyard.catalog.account_quotas import quotas_path, quotas_text
    from modelyard.refreshing import quota_report
    from modelyard.refreshing.quota_pull import pulled_quotas
    from modelyard.shell.account import Account
    from modelyard.shell.catalog_files import read_sound
    from modelyard.shell.terminal import results
    from modelyard.shell.whole_file import refuse_to_leave, write_whole

    # Not `read`: a broken quota file must not be in the way of writing it anew.
    before = read_sound(catalog, environment)
    account = Account(before)
    account.check()
    place = before.environment
    found = pulled_quotas(account.client("service-quotas"), account=place.account, region=place.region)
    path = quotas_path(catalog, account=place.account, region=place.region)
    refuse_to_leave(path.parent)
    write_whole(path, quotas_text(found))

    console = results()
    console.print(f"wrote {path}: {len(found.quotas)} quotas of {found.pulled_on}", highlight=False)
    for line in quota_report.changes(before.quotas, found):
        console.print(line, highlight=False, markup=False)
    # Read again: only now does the catalog know what other environments share the account with this one.
    after = read_sound(catalog, before.environment_name)
    needs = quotas_needed([*after.entries.values(), *after.account_entries])
    console.print(quota_report.table(needs, found))
    asked = list(quota_report.requests(needs, found))
    if asked:
        console.print("\nto ask for what is lacking (AWS may take a day):\n")
    for command in asked:
        console.print(command, highlight=False, markup=False, soft_wrap=True)
