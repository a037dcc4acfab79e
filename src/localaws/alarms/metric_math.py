"""The part of CloudWatch's metric math that alarms use: arithmetic, comparisons, IF, FILL and the usual aggregates.

Source: CloudWatch user guide, "Using math expressions with CloudWatch metrics". A series has a value per period start;
a period that one operand lacks is missing in the result.
"""

import ast
import math
import operator
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache

Series = dict[int, float]
Value = Series | float | list["Value"]

_BINARY: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}
_COMPARISONS: dict[type[ast.cmpop], Callable[[float, float], bool]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
_AGGREGATES: dict[str, Callable[[list[float]], float]] = {
    "SUM": math.fsum,
    "AVG": lambda values: math.fsum(values) / len(values),
    "MIN": min,
    "MAX": max,
}
_ROUNDINGS: dict[str, Callable[[float], float]] = {"ABS": abs, "CEIL": math.ceil, "FLOOR": math.floor}
_FUNCTIONS = (*_AGGREGATES, *_ROUNDINGS, "IF", "FILL", "METRICS")


class ExpressionError(ValueError):
    """An expression that is wrong, or that embedded AWS does not evaluate."""


@dataclass(frozen=True)
class Expression:
    """A parsed expression; evaluate it as often as needed."""

    text: str
    body: ast.expr

    @classmethod
    @lru_cache(maxsize=4096)
    def parse(cls, text: str) -> "Expression":
        """The expression, read once however often its alarm is evaluated.

        Raise `ExpressionError` for what is no expression or uses a function that is not known here."""
        python = text.replace("&&", " and ").replace("||", " or ").replace("^", "**")
        try:
            body = ast.parse(python.strip(), mode="eval").body
        except SyntaxError as problem:
            raise ExpressionError(f"the metric math expression {text!r} cannot be read: {problem.msg}") from problem
        for node in ast.walk(body):
            if isinstance(node, ast.Call) and _function_name(node) not in _FUNCTIONS:
                raise ExpressionError(
                    f"embedded AWS does not evaluate the function {_function_name(node)} of {text!r}; "
                    f"it knows {', '.join(sorted(_FUNCTIONS))}"
                )
        return cls(text, body)

    @cached_property
    def ids(self) -> set[str]:
        """The ids of metrics and other expressions that it reads by name."""
        called = {id(node.func) for node in ast.walk(self.body) if isinstance(node, ast.Call)}
        constants = {"REPEAT", "LINEAR"}
        names = {node.id for node in ast.walk(self.body) if isinstance(node, ast.Name) and id(node) not in called}
        return names - constants

    def evaluate(self, values: dict[str, Series], *, metric_ids: Iterable[str], periods: list[int]) -> Series:
        """The result per period; `metric_ids` are what METRICS() means, `periods` what FILL fills."""
        result = _Evaluation(values, list(metric_ids), periods).of(self.body)
        if isinstance(result, list):
            raise ExpressionError(f"the expression {self.text!r} gives several series; an alarm watches one")
        return result if isinstance(result, dict) else dict.fromkeys(periods, result)


@dataclass(frozen=True)
class _Evaluation:
    values: dict[str, Series]
    metric_ids: list[str]
    periods: list[int]

    def of(self, node: ast.expr) -> Value:
        if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
            return float(node.value)
        if isinstance(node, ast.Name):
            if node.id not in self.values:
                raise ExpressionError(f"the expression names {node.id}, which is no id of the alarm")
            return self.values[node.id]
        if isinstance(node, ast.List):
            return [self.of(item) for item in node.elts]
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            return _combine(lambda value: -value, self.of(node.operand))
        if isinstance(node, ast.BinOp) and type(node.op) in _BINARY:
            return _combine(_BINARY[type(node.op)], self.of(node.left), self.of(node.right))
        if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in _COMPARISONS:
            compare = _COMPARISONS[type(node.ops[0])]
            return _combine(lambda a, b: float(compare(a, b)), self.of(node.left), self.of(node.comparators[0]))
        if isinstance(node, ast.BoolOp):
            decide = all if isinstance(node.op, ast.And) else any
            return _combine(lambda *values: float(decide(values)), *[self.of(item) for item in node.values])
        if isinstance(node, ast.Call):
            return self._call(_function_name(node), node.args)
        raise ExpressionError(f"embedded AWS does not evaluate {ast.unparse(node)!r}")

    def _call(self, name: str, arguments: list[ast.expr]) -> Value:
        if name == "METRICS":
            return [self.values[one] for one in self.metric_ids]
        if name == "FILL":
            return self._fill(self.of(arguments[0]), arguments[1])
        if name == "IF":
            return self._choose(*[self.of(item) for item in arguments])
        operand = self.of(arguments[0])
        if name in _ROUNDINGS:
            return _combine(_ROUNDINGS[name], operand)
        aggregate = _AGGREGATES[name]
        if isinstance(operand, list):
            # Over several series: per period, of those that have a value there.
            series = [one for one in operand if isinstance(one, dict)]
            return {
                period: aggregate([one[period] for one in series if period in one])
                for period in sorted(set().union(*series))
            }
        if isinstance(operand, dict):
            return aggregate(list(operand.values())) if operand else {}
        return operand

    def _fill(self, series: Value, how: ast.expr) -> Value:
        if not isinstance(series, dict):
            return series
        if isinstance(how, ast.Name) and how.id == "REPEAT":
            filled: Series = {}
            for period in self.periods:
                if period in series:
                    filled[period] = series[period]
                elif filled:
                    filled[period] = filled[max(filled)]
            return filled
        value = self.of(how)
        if isinstance(value, list):
            raise ExpressionError("FILL fills with a number, a series or REPEAT")
        return {
            period: series[period] if period in series else _at(value, period)
            for period in self.periods
            if period in series or isinstance(value, float) or period in value
        }

    def _choose(self, condition: Value, then: Value, otherwise: Value | None = None) -> Value:
        if isinstance(condition, list) or isinstance(then, list) or isinstance(otherwise, list):
            raise ExpressionError("IF chooses between numbers and series, not arrays")
        if isinstance(condition, float):
            return then if condition else ({} if otherwise is None else otherwise)
        chosen: Series = {}
        for period, holds in condition.items():
            branch = then if holds else otherwise
            if branch is not None and (isinstance(branch, float) or period in branch):
                chosen[period] = _at(branch, period)
        return chosen


def _combine(function: Callable[..., float], *operands: Value) -> Value:
    """Apply a function per period; a period that any series lacks, or a division by zero, is missing."""
    series = [operand for operand in operands if isinstance(operand, dict)]
    scalars_and_series = [operand for operand in operands if not isinstance(operand, list)]
    if len(scalars_and_series) != len(operands):
        raise ExpressionError("arithmetic takes numbers and series, not arrays; aggregate an array first")
    if not series:
        return function(*scalars_and_series)
    combined: Series = {}
    for period in sorted(set.intersection(*[set(one) for one in series])):
        try:
            combined[period] = function(*[_at(operand, period) for operand in scalars_and_series])
        except ZeroDivisionError:
            continue
    return combined


def _at(value: Series | float, period: int) -> float:
    return value[period] if isinstance(value, dict) else value


def _function_name(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else ast.unparse(call.func)
