import pytest

from localaws.alarms.metric_math import Expression, ExpressionError, Series

BAD: Series = {0: 1.0, 60: 3.0}
ALL: Series = {0: 10.0, 60: 6.0, 120: 5.0, 180: 0.0}
PERIODS = [0, 60, 120, 180]


def evaluate(text: str, **values: Series) -> Series:
    expression = Expression.parse(text)
    return expression.evaluate({"bad": BAD, "all": ALL, **values}, metric_ids=["bad", "all"], periods=PERIODS)


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("bad / all", {0: 0.1, 60: 0.5}),
        ("100 * bad / all", {0: 10.0, 60: 50.0}),
        ("FILL(bad, 0) / all", {0: 0.1, 60: 0.5, 120: 0.0}),
        ("FILL(bad, REPEAT)", {0: 1.0, 60: 3.0, 120: 3.0, 180: 3.0}),
        ("IF(all > 5, bad / all, 0)", {0: 0.1, 60: 0.5, 120: 0.0, 180: 0.0}),
        ("IF(all >= 6 && all < 10, 1)", {60: 1.0}),
        ("IF(all == 0 || all == 5, -1, all)", {0: 10.0, 60: 6.0, 120: -1.0, 180: -1.0}),
        ("SUM(METRICS())", {0: 11.0, 60: 9.0, 120: 5.0, 180: 0.0}),
        ("MAX([bad, all])", {0: 10.0, 60: 6.0, 120: 5.0, 180: 0.0}),
        ("bad - AVG(all)", {0: 1 - 21 / 4, 60: 3 - 21 / 4}),
        ("CEIL(bad / 2) ^ 2", {0: 1.0, 60: 4.0}),
        ("7", {0: 7.0, 60: 7.0, 120: 7.0, 180: 7.0}),
    ],
)
def test_an_expression_has_a_value_where_its_operands_have_one(text: str, result: Series) -> None:
    assert evaluate(text) == pytest.approx(result)


def test_an_expression_knows_what_it_reads() -> None:
    assert Expression.parse("IF(FILL(bad, REPEAT) > limit, SUM(METRICS()), 0)").ids == {"bad", "limit"}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("bad /", "cannot be read"),
        ("ANOMALY_DETECTION_BAND(bad, 2)", "does not evaluate the function ANOMALY_DETECTION_BAND"),
        ("bad.real", "does not evaluate 'bad.real'"),
        ("worse / all", "names worse, which is no id"),
        ("METRICS()", "gives several series"),
        ("METRICS() + 1", "aggregate an array first"),
    ],
)
def test_what_cannot_be_evaluated_is_said(text: str, sentence: str) -> None:
    with pytest.raises(ExpressionError, match=sentence.replace("(", r"\(")):
        evaluate(text)
