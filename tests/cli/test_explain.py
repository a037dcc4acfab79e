"""`modelyard explain`: what is behind an id."""

from __future__ import annotations

import pytest

from modelyard.cli.main import run
from modelyard.rules.catalogue import explained_rules


def explained(capfd, *arguments):
    code = run(["explain", *arguments])
    captured = capfd.readouterr()
    return code, captured.out, captured.err


@pytest.mark.parametrize("rule", explained_rules().values(), ids=lambda rule: rule.id)
def test_every_id_is_explained_with_source_fix_and_examples(capfd, rule):
    code, out, err = explained(capfd, rule.id)
    assert (code, err) == (0, "")
    assert out.startswith(f"{rule.id} ({rule.severity}): {rule.title}\n")
    for text in (rule.reason, rule.source, rule.fix):
        assert text in out
    example_that_fails, example_that_passes = out.split("\nfails:\n")[1].split("\npasses:\n")
    assert "# catalog/" in example_that_fails and "# catalog/" in example_that_passes
    assert example_that_fails != example_that_passes


@pytest.mark.parametrize("spelt", ["my16", "MY-016", "16", " my016"])
def test_an_id_is_found_however_it_is_spelt(capfd, spelt):
    assert explained(capfd, spelt)[1].startswith("MY016 (error): volume_gib")


def test_an_unknown_id_is_answered_with_the_likely_one(capfd):
    code, _, err = explained(capfd, "MY0199")
    assert code == 1
    assert err == "modelyard: there is no rule MY0199: did you mean MY019? (`modelyard explain` lists all)\n"


def test_an_id_that_nothing_resembles_is_answered_with_what_there_is(capfd):
    assert "ids go from MY001 to MY0" in explained(capfd, "tensor")[2]


def test_without_an_id_all_are_listed(capfd):
    assert [line.split()[0] for line in explained(capfd)[1].splitlines()] == list(explained_rules())


def test_it_says_whether_a_rule_may_be_waived(capfd):
    assert "an entry may waive it" in explained(capfd, "MY033")[1]
    assert "an entry may waive it" in explained(capfd, "MY036")[1]
    for rule in ("MY016", "MY024", "MY047"):
        assert "it cannot be waived" in explained(capfd, rule)[1]
