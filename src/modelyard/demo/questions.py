"""Asks every model of every deployed endpoint, and collects how it did."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from modelyard.catalog.entry import Catalog, Entry
from modelyard.demo.report import DemoOutcome
from modelyard.invoking.chat_answer import Answer
from modelyard.invoking.invocation import Caller, Question
from modelyard.shell.aws_failure import aws_failure, error_code
from modelyard.shell.failure import Failure

_CHAT = Question(prompt="What is photosynthesis?", max_tokens=32)
_EMBEDDING = Question(prompt="How do I reset my password?")


class Questioner:
    """Knows the clients; `stood_in` names the models whose own weights could not be had here."""

    def __init__(self, *, sagemaker: Any, caller: Caller, stood_in: frozenset[str]) -> None:
        self._sagemaker = sagemaker
        self._caller = caller
        self._stood_in = stood_in

    def ask_all(self, catalog: Catalog) -> Iterator[DemoOutcome]:
        """One outcome for every model of every endpoint, as they come."""
        for entry in catalog.entries.values():
            for model in entry.models:
                yield self._ask(entry, model)

    def _ask(self, entry: Entry, model: str) -> DemoOutcome:
        embedding = entry.models[model].task == "embedding"
        engine = "MiniLM" if embedding else "SmolLM2-135M"
        status, image = deployed_as(self._sagemaker, entry)
        answer: Answer | None = None
        trouble: str | None = None
        try:
            answer = self._answer(entry, model, _EMBEDDING if embedding else _CHAT)
            if not answer.text.strip():
                trouble, answer = "an empty answer", None
        except Failure as failure:
            trouble = failure.sentence
        except (ClientError, BotoCoreError) as error:
            trouble = aws_failure(error).sentence
        stands_in = model in self._stood_in or "modelyard/" not in image
        return DemoOutcome(
            entry=entry,
            model=model,
            status=status,
            image=f"standing in for {image}" if stands_in else f"the code that {image} holds",
            answered_by=f"{engine} on CPU",
            answer=answer,
            trouble=trouble,
        )

    def _answer(self, entry: Entry, model: str, question: Question) -> Answer:
        if entry.endpoint.kind != "real-time":
            return self._caller.measure(entry, question, model=model)
        # In one piece first: a real-time endpoint has to answer both ways.
        whole = self._caller.ask_whole(entry, question, model=model)
        return self._caller.ask(entry, question, model=model) if whole.completion_tokens else whole


def deployed_as(sagemaker: Any, entry: Entry) -> tuple[str, str]:
    """The endpoint's status, and the image of the model it serves."""
    try:
        endpoint = sagemaker.describe_endpoint(EndpointName=entry.endpoint_name)
        config = sagemaker.describe_endpoint_config(EndpointConfigName=endpoint["EndpointConfigName"])
        model = sagemaker.describe_model(ModelName=config["ProductionVariants"][0]["ModelName"])
    except ClientError as error:
        return error_code(error), "its image"
    return str(endpoint["EndpointStatus"]), str(model["PrimaryContainer"]["Image"])
