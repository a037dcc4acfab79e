"""`modelyard prices refresh` against a price list that this machine serves over HTTP in AWS's form."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from modelyard.cli.main import run
from modelyard.pricing import meters
from modelyard.pricing.offers import OFFERS
from modelyard.pricing.price_file import PATH, read_price_file

INDEX = "/offers/v1.0/aws/AmazonSageMaker/current/region_index.json"
LISTS = "/offers/v1.0/aws/AmazonSageMaker/20261118192305/{}/index.csv"


class Site(ThreadingHTTPServer):
    """Serves texts by path; `cut` drops the end of an answer after its full length was promised."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.texts: dict[str, str] = {}
        self.cut = 0
        self.asked: list[str] = []

    def address(self, path: str = INDEX) -> str:
        return f"http://127.0.0.1:{self.server_port}{path}"


class _Handler(BaseHTTPRequestHandler):
    server: Site

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        text = self.server.texts.get(self.path)
        if text is None:
            self.send_error(404)
            return
        content = text.encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content[: len(content) - self.server.cut])
        self.close_connection = True

    def log_message(self, format: str, *arguments: Any) -> None:
        pass


@pytest.fixture
def site(offers: Any) -> Iterator[Site]:
    """Two regions with prices of endpoints, among rows that are none of theirs."""
    served = Site()
    served.texts[INDEX] = offers.index("us-east-1", "eu-west-1", "cn-north-1")
    served.texts[LISTS.format("us-east-1")] = offers.text(rows(offers, "USE1", "us-east-1", factor=1))
    served.texts[LISTS.format("eu-west-1")] = offers.text(rows(offers, "EU", "eu-west-1", factor=2))
    china = [offers.row("CNN1-Host:ml.g5.xlarge", "9.1", region="cn-north-1", Currency="CNY")]
    served.texts[LISTS.format("cn-north-1")] = offers.text(china)
    thread = threading.Thread(target=served.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield served
    served.shutdown()
    thread.join()
    served.server_close()


def rows(offers: Any, prefix: str, region: str, *, factor: int) -> list[dict[str, str]]:
    made = []
    for name, usd in (
        ("ml.g5.xlarge", "1.408"),
        ("ml.g5.2xlarge", "1.6"),
        ("ml.g7.2xlarge", "3.15"),
        ("ml.x9.large", "7"),
    ):
        hour = str(float(usd) * factor)
        made += [
            offers.row(f"{prefix}-Train:{name}", "0.5", region=region),
            offers.row(f"{prefix}-Host:{name}", hour, region=region, sku=f"{prefix}{name}"),
            offers.row(f"{prefix}-Host:{name}", "0.4", region=region, TermType="Reserved"),
            offers.row(f"{prefix}-Studio:{name}", "0.6", region=region, Instance_Name=name),
            offers.row(f"{prefix}-Host:{name}", "0.0000000000", region=region),
        ]
    return made


@pytest.fixture
def price_file(tmp_path: Path) -> Path:
    """A copy of the shipped price file."""
    return Path(shutil.copy(PATH, tmp_path / "prices.json"))


Refresh = Callable[..., tuple[int, str, str]]


@pytest.fixture
def refresh(price_file: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> Refresh:
    """Runs the command on the copy, far from any catalog."""

    def command(*arguments: str) -> tuple[int, str, str]:
        code = run(["prices", "refresh", "--file", str(price_file), "--catalog", str(tmp_path), *arguments])
        captured = capfd.readouterr()
        return code, captured.out, captured.err

    return command


def usd(price_file: Path, usage: str, region: str = "us-east-1") -> str:
    return f"{read_price_file(price_file).prices[region, 'AmazonSageMaker', usage].usd:f}"


def test_a_refresh_writes_what_the_list_states_with_number_and_day(
    refresh: Refresh, site: Site, price_file: Path
) -> None:
    code, out, err = refresh("--from", site.address())
    assert (code, err) == (0, "")
    assert usd(price_file, "Host:ml.g5.2xlarge") == "1.6"
    row = json.loads(price_file.read_text())["regions"]["us-east-1"]["AmazonSageMaker"]["Host:ml.g5.2xlarge"]
    assert row == {"usd": "1.6", "unit": "Hrs", "source": "aws-price-list-us-east-1", "sku": "USE1ml.g5.2xlarge"}
    source = read_price_file(price_file).sources["aws-price-list-us-east-1"]
    assert source.dated.isoformat() == "2026-11-18" and "version 20261118192305" in source.text
    assert f"wrote {price_file}" in out


def test_the_difference_is_shown_price_by_price(refresh: Refresh, site: Site) -> None:
    _, out, _ = refresh("--from", site.address())
    lines = [line.split() for line in out.splitlines()]
    assert ["changed", "us-east-1", "Host:ml.g5.2xlarge", "1.515", "1.6", "+5.61", "%"] in lines
    assert ["changed", "us-east-1", "Host:ml.g5.xlarge", "1.4084", "1.408", "-0.03", "%"] in lines
    assert ["added", "us-east-1", "Host:ml.x9.large", "7"] in lines
    assert "1 added, 0 removed, 2 changed; 1 that another source had stated are confirmed" in out
    assert "us-east-1: AWS price list of 2026-11-18, version 20261118192305" in out


def test_what_the_list_lacks_stays_and_derived_stays_derived(refresh: Refresh, site: Site, price_file: Path) -> None:
    refresh("--from", site.address())
    file = read_price_file(price_file)
    kept = file.prices["us-east-1", "AmazonSageMaker", "Host:ml.g7.48xlarge"]
    assert (f"{kept.usd}", file.sources[kept.source].derived) == ("35.6416", True)
    assert ("us-east-1", "AmazonCloudWatch", "CW:AlarmMonitorUsage") in file.prices


def test_a_second_refresh_says_that_nothing_changes_and_a_type_that_goes_is_removed(
    refresh: Refresh, site: Site, price_file: Path, offers: Any
) -> None:
    refresh("--from", site.address())
    code, out, _ = refresh("--from", site.address())
    assert code == 0 and f"{price_file} is up to date" in out
    left = [row for row in rows(offers, "USE1", "us-east-1", factor=1) if "x9" not in row["usageType"]]
    site.texts[LISTS.format("us-east-1")] = offers.text(left)
    _, out, _ = refresh("--from", site.address())
    assert ["removed", "us-east-1", "Host:ml.x9.large", "7"] in [line.split() for line in out.splitlines()]


def test_check_writes_nothing_and_fails_while_anything_would_change(
    refresh: Refresh, site: Site, price_file: Path
) -> None:
    before = price_file.read_bytes()
    code, out, _ = refresh("--from", site.address(), "--check")
    assert code == 1 and "would change" in out
    assert price_file.read_bytes() == before
    refresh("--from", site.address())
    assert refresh("--from", site.address(), "--check")[0] == 0


def test_several_regions_are_read_one_after_the_other(refresh: Refresh, site: Site, price_file: Path) -> None:
    code, _, _ = refresh("--from", site.address(), "--region", "us-east-1", "--region", "eu-west-1")
    assert code == 0
    assert (usd(price_file, "Host:ml.g5.xlarge"), usd(price_file, "Host:ml.g5.xlarge", "eu-west-1")) == (
        "1.408",
        "2.816",
    )
    assert site.asked == [INDEX, LISTS.format("us-east-1"), LISTS.format("eu-west-1")]
    # From now on a refresh keeps both up to date, without naming them.
    site.asked.clear()
    assert refresh("--from", site.address(), "--check")[0] == 0
    assert len(site.asked) == 3


def test_the_regions_of_the_environments_are_read_unless_others_are_named(
    refresh: Refresh, site: Site, price_file: Path, catalog: Any
) -> None:
    catalog.write("environments/europe.yaml", {"account": "111122223333", "region": "eu-west-1"})
    code, _, _ = refresh("--from", site.address(), "--catalog", str(catalog.folder))
    assert code == 0
    assert read_price_file(price_file).regions == ("eu-west-1", "us-east-1")


def test_one_list_on_disk_will_do(refresh: Refresh, site: Site, price_file: Path, tmp_path: Path) -> None:
    copy = tmp_path / "index.csv"
    copy.write_text(site.texts[LISTS.format("us-east-1")])
    code, _, _ = refresh("--from", str(copy))
    assert (code, usd(price_file, "Host:ml.g5.2xlarge")) == (0, "1.6")
    assert site.asked == []


def test_a_mirror_on_disk_will_do(refresh: Refresh, site: Site, price_file: Path, tmp_path: Path) -> None:
    for path, text in site.texts.items():
        (tmp_path / "mirror" / path.lstrip("/")).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "mirror" / path.lstrip("/")).write_text(text)
    code, _, _ = refresh("--from", str(tmp_path / "mirror" / INDEX.lstrip("/")), "--region", "eu-west-1")
    assert (code, usd(price_file, "Host:ml.g5.2xlarge", "eu-west-1")) == (0, "3.2")


def test_where_there_is_only_the_json_form_it_is_read(
    refresh: Refresh, site: Site, price_file: Path, offers: Any
) -> None:
    csv = LISTS.format("us-east-1")
    del site.texts[csv]
    document = offers.document(rows(offers, "USE1", "us-east-1", factor=1))
    site.texts[csv.replace(".csv", ".json")] = json.dumps(document)
    code, _, _ = refresh("--from", site.address())
    assert (code, usd(price_file, "Host:ml.g5.2xlarge")) == (0, "1.6")
    assert site.asked == [INDEX, csv, csv.replace(".csv", ".json")]
    # The list itself will do, on disk as well.
    copy = price_file.with_name("index.json")
    copy.write_text(json.dumps(document))
    code, out, _ = refresh("--from", str(copy))
    assert code == 0 and "is up to date" in out


def test_json_beyond_what_memory_should_hold_is_refused(
    refresh: Refresh, site: Site, price_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("modelyard.refreshing.price_source.LARGEST_JSON_BYTES", 100)
    said = fails(refresh, price_file, "--from", site.address())
    assert "MB of JSON: give its CSV form, http://" in said and said.endswith("region_index.csv\n")


@pytest.fixture
def every_offer(site: Site, offers: Any, monkeypatch: pytest.MonkeyPatch) -> Site:
    """The site in AWS's place: a list of every service, each usage at ten times the shipped price."""
    monkeypatch.setattr(
        "modelyard.refreshing.price_source._PUBLIC", site.address("/offers/v1.0/aws/{}/current/region_index.json")
    )
    shipped = read_price_file(PATH)
    for offer in list(OFFERS.values())[1:]:
        made = []
        for usage in offer.counted:
            price = shipped.prices["us-east-1", offer.code, usage]
            made.append(offers.row(f"USE1-{usage}", f"{price.usd * 10:f}", Unit=price.unit))
        folder = f"/offers/v1.0/aws/{offer.code}"
        site.texts[f"{folder}/current/region_index.json"] = offers.index("us-east-1", offer=offer.code)
        site.texts[f"{folder}/20261118192305/us-east-1/index.csv"] = offers.text(made, OfferCode=offer.code)
    return site


def test_every_service_that_an_estimate_counts_is_refreshed_from_its_own_list(
    refresh: Refresh, every_offer: Site, price_file: Path
) -> None:
    code, out, err = refresh("--region", "us-east-1")
    assert (code, err) == (0, "")
    before, after = read_price_file(PATH), read_price_file(price_file)
    for meter in (meters.FUNCTION_GB_SECOND, meters.DELIVERY_INGESTED, meters.NOTICES_BY_MAIL, meters.KEY_MONTH):
        place = ("us-east-1", meter.service, meter.usage_type)
        assert after.prices[place].usd == before.prices[place].usd * 10
        source = after.sources[after.prices[place].source]
        assert (source.derived, source.dated.isoformat()) == (False, "2026-11-18")
        assert f"AWS price list of {meter.service} in us-east-1" in source.text
    lines = [line.split() for line in out.splitlines()]
    assert ["changed", "us-east-1", "AmazonS3", "Requests-Tier1", "0.000005", "0.00005", "+900.00", "%"] in lines
    assert "us-east-1: AWS price list of AmazonKinesisFirehose of 2026-11-18, version 20261118192305" in out
    assert "in no list" not in out


def test_what_no_list_states_is_named_and_stays(
    refresh: Refresh, every_offer: Site, price_file: Path, offers: Any
) -> None:
    watch = "/offers/v1.0/aws/AmazonCloudWatch/20261118192305/us-east-1/index.csv"
    every_offer.texts[watch] = offers.text(
        [
            offers.row("CW:AlarmMonitorUsage", "0.10", Unit="Alarms"),
            offers.row("CW:MetricMonitorUsage", "0.3", Unit="Bushels"),
        ],
        OfferCode="AmazonCloudWatch",
    )
    code, out, _ = refresh("--region", "us-east-1")
    assert code == 0
    said = next(line for line in out.splitlines() if line.startswith("us-east-1: in no list, left as another source"))
    assert "AmazonCloudWatch DashboardsUsageHour" in said and "CW:AlarmMonitorUsage" not in said
    assert "CW:MetricMonitorUsage is billed per 'Bushels' in the list, not per Metrics and stays as it is" in out
    kept = read_price_file(price_file).prices["us-east-1", "AmazonCloudWatch", "CW:MetricMonitorUsage"]
    assert kept == read_price_file(PATH).prices["us-east-1", "AmazonCloudWatch", "CW:MetricMonitorUsage"]


def test_a_region_that_a_service_has_not_come_to_is_named_and_the_rest_is_refreshed(
    refresh: Refresh, every_offer: Site, price_file: Path, offers: Any
) -> None:
    folder = "/offers/v1.0/aws/AmazonKinesisFirehose"
    every_offer.texts[f"{folder}/current/region_index.json"] = offers.index("eu-west-1", offer="AmazonKinesisFirehose")
    code, out, _ = refresh("--region", "us-east-1")
    assert code == 0 and "us-east-1: not in the list of AmazonKinesisFirehose, left as it is" in out
    assert "in no list, left as another source states them: AmazonKinesisFirehose BilledBytes" in out


def test_one_list_of_another_service_will_do(
    refresh: Refresh, every_offer: Site, price_file: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "firehose.csv"
    copy.write_text(every_offer.texts["/offers/v1.0/aws/AmazonKinesisFirehose/20261118192305/us-east-1/index.csv"])
    assert refresh("--from", str(copy))[0] == 0
    after = read_price_file(price_file).prices
    assert str(after["us-east-1", "AmazonKinesisFirehose", "BilledBytes"].usd) == "0.29"
    assert str(after["us-east-1", "AmazonS3", "Requests-Tier1"].usd) == "0.000005"


def test_one_broken_list_of_many_changes_nothing(refresh: Refresh, every_offer: Site, price_file: Path) -> None:
    every_offer.texts["/offers/v1.0/aws/awskms/20261118192305/us-east-1/index.csv"] = "<html>sign in</html>"
    assert "awskms" in fails(refresh, price_file, "--region", "us-east-1")


def fails(refresh: Refresh, price_file: Path, *arguments: str) -> str:
    """The one sentence with which the command fails; nothing was written, neither the file nor beside it."""
    before, beside = price_file.read_bytes(), sorted(price_file.parent.iterdir())
    code, out, err = refresh(*arguments)
    assert (code, out) == (1, "")
    assert err.startswith("modelyard: ") and len(err.splitlines()) == 1
    assert price_file.read_bytes() == before and sorted(price_file.parent.iterdir()) == beside
    return err


def test_an_address_that_nobody_answers_is_one_sentence(refresh: Refresh, price_file: Path) -> None:
    free = Site()
    free.server_close()
    said = fails(refresh, price_file, "--from", free.address())
    assert "cannot be reached (" in said and "or read a copy with --from" in said


def test_a_wrong_address_is_one_sentence(refresh: Refresh, site: Site, price_file: Path) -> None:
    said = fails(refresh, price_file, "--from", site.address("/nothing.json"))
    assert "/nothing.json answers 404 Not Found: check the address" in said


@pytest.mark.parametrize("missing", [1, 200, 3000])
def test_a_list_that_breaks_off_changes_nothing(refresh: Refresh, site: Site, price_file: Path, missing: int) -> None:
    site.cut = missing
    said = fails(refresh, price_file, "--from", site.address(LISTS.format("us-east-1")))
    assert "broke off" in said or "cut off" in said


def test_an_index_that_breaks_off_changes_nothing(refresh: Refresh, site: Site, price_file: Path) -> None:
    site.cut = 30
    assert "broke off 30 bytes before its end: run it again" in fails(refresh, price_file, "--from", site.address())


def test_one_broken_region_of_two_changes_neither(refresh: Refresh, site: Site, price_file: Path) -> None:
    whole = site.texts[LISTS.format("us-east-1")]
    site.texts[LISTS.format("us-east-1")] = whole[: len(whole) - 200]
    said = fails(refresh, price_file, "--from", site.address(), "--region", "eu-west-1", "--region", "us-east-1")
    assert "cut off" in said


def test_a_list_cut_at_the_end_of_a_line_is_noticed_by_what_it_lacks(
    refresh: Refresh, site: Site, price_file: Path
) -> None:
    refresh("--from", site.address())
    lines = site.texts[LISTS.format("us-east-1")].splitlines(keepends=True)
    site.texts[LISTS.format("us-east-1")] = "".join(lines[:8])
    said = fails(refresh, price_file, "--from", site.address())
    assert "the list has only 1 of the 4 prices of us-east-1 that the last one had" in said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("<html>Please sign in</html>", "is no price list and no index of one, or only a part"),
        ('{"regions": {"us-east-1": {"currentVersionUrl": "/a', "is no price list and no index of one, or only a part"),
        ("[]", "is no price list and no index of one"),
        ("[" * 100_000, "is no price list and no index of one"),
        ('{"regions": {"us-east-1": {}}}', "is no index of an AWS price list (region_index.json)"),
        ("{}", "is no index of an AWS price list (region_index.json)"),
        ('{"formatVersion": "v1.0", "products": {}}', "no offer file of the AWS price list (KeyError: 'offerCode')"),
    ],
)
def test_another_file_for_the_index_is_one_sentence(
    refresh: Refresh, site: Site, price_file: Path, text: str, said: str
) -> None:
    site.texts[INDEX] = text
    assert said in fails(refresh, price_file, "--from", site.address())


def test_another_file_for_the_list_is_one_sentence(refresh: Refresh, price_file: Path, tmp_path: Path) -> None:
    for content in (b"<html>Please sign in</html>", b"", b"\xff\xfe\x00\x01", b"\0" * 100, b'"a","b"\n' * 9):
        (tmp_path / "list.csv").write_bytes(content)
        assert "list.csv" in fails(refresh, price_file, "--from", str(tmp_path / "list.csv"))
    assert "no such file" in fails(refresh, price_file, "--from", str(tmp_path / "nothing.csv"))
    assert "is a directory" in fails(refresh, price_file, "--from", str(tmp_path))


def test_a_region_that_does_not_exist_is_told(refresh: Refresh, site: Site, price_file: Path) -> None:
    said = fails(refresh, price_file, "--from", site.address(), "--region", "us-esat-1")
    assert "the price list has no region us-esat-1: did you mean us-east-1?" in said


def test_prices_in_another_currency_are_not_read_as_dollars(refresh: Refresh, site: Site, price_file: Path) -> None:
    said = fails(refresh, price_file, "--from", site.address(), "--region", "cn-north-1")
    assert "states the prices of cn-north-1 in CNY, only USD is understood" in said


def test_a_list_of_another_region_is_told(refresh: Refresh, site: Site, price_file: Path) -> None:
    said = fails(refresh, price_file, "--from", site.address(LISTS.format("eu-west-1")), "--region", "us-east-1")
    assert "has no prices of endpoints in us-east-1; it has those of eu-west-1" in said


def test_a_broken_price_file_is_told_and_left(refresh: Refresh, site: Site, price_file: Path) -> None:
    price_file.write_text("{")
    assert "is not a price file" in fails(refresh, price_file, "--from", site.address())


def test_a_broken_environment_is_told_and_not_needed_where_regions_are_named(
    refresh: Refresh, site: Site, catalog: Any, price_file: Path
) -> None:
    catalog.write("environments/broken.yaml", {"account": "1", "region": "us-east-1"})
    folder = str(catalog.folder)
    code, _, err = refresh("--from", site.address(), "--catalog", folder)
    assert code == 1
    assert err.startswith("modelyard: an environment cannot be read (or say which with --region):\n")
    assert "environments/broken.yaml:1:10 MY006" in err
    assert refresh("--from", site.address(), "--catalog", folder, "--region", "us-east-1")[0] == 0


@pytest.mark.parametrize(
    "address", ["http://[::1/index.json", "https://", "ftp://host/index.json", "", "http://a b/x.json"]
)
def test_what_is_no_address_is_one_sentence(refresh: Refresh, price_file: Path, address: str) -> None:
    fails(refresh, price_file, "--from", address)
