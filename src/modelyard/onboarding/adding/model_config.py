"""A model's config.json, with the language model's own table found wherever its family nests it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from modelyard.onboarding.adding.families import UNSAID
from modelyard.shell.failure import Failure

_MOST_BYTES = 8 * 1024 * 1024
_MOST = 10**12
# Where families that also see or hear keep the numbers of their language model.
_NESTED = ("text_config", "llm_config", "language_config", "thinker_config", "decoder_config")
# It becomes a part of sentences and of a file.
_WORD = re.compile(r"[\w.-]{1,60}")
_WAY_OUT = "write catalog/models/<model>.yaml by hand (docs/adding-a-model.md)"


@dataclass(frozen=True, kw_only=True)
class ModelConfig:
    """The numbers of one model: `text` is the language model's table, `whole` the file."""

    whole: Mapping[str, Any]
    text: Mapping[str, Any]
    origin: str

    @property
    def model_type(self) -> str:
        """The family's name as transformers spells it; the architecture's class where there is none."""
        named = (
            self.text.get("model_type"),
            self.whole.get("model_type"),
            *(name.lower() for name in self.architectures),
        )
        return next((name for name in named if isinstance(name, str) and _WORD.fullmatch(name)), "unknown")

    @property
    def architectures(self) -> tuple[str, ...]:
        """The classes that the file names."""
        named = self.whole.get("architectures") or self.text.get("architectures")
        return tuple(str(name) for name in named) if isinstance(named, list) else ()

    @property
    def writes(self) -> bool:
        """Whether the model has a head that writes text; True where the file names no class."""
        named = self.architectures
        return not named or any("LM" in name or "Generation" in name for name in named)

    def value(self, *names: str) -> Any:
        """The first of several spellings that has a value: in the language model's table, in the file, or unsaid."""
        for table in (self.text, self.whole, UNSAID.get(str(self.text.get("model_type")), {})):
            for name in names:
                if table.get(name) is not None:
                    return table[name]
        return None

    def number(self, *names: str) -> int | None:
        """A whole number under the first of several spellings; None where nobody states it.

        Raises:
            Failure: when it is stated and no positive whole number.
        """
        found = self.value(*names)
        if found is None:
            return None
        if isinstance(found, float) and found.is_integer():
            found = int(found)
        if not isinstance(found, int) or isinstance(found, bool) or not 0 <= found < _MOST:
            raise Failure(f"{self.origin} says {names[0]} is {_shown(found)}, which is no count: is the file whole?")
        return found or None

    def needed(self, *names: str) -> int:
        """A number without which nothing can be sized."""
        found = self.number(*names)
        if found is None:
            spellings = " or ".join(names[:3])
            raise Failure(
                f"{self.origin} (model_type {self.model_type}) does not say {spellings}, which sizing needs: "
                f"give the model's own config.json, or {_WAY_OUT}"
            )
        return found

    def flag(self, name: str) -> bool | None:
        """True or false; None where nobody states it."""
        found = self.value(name)
        return found if isinstance(found, bool) else None

    def table(self, name: str) -> Mapping[str, Any] | None:
        """A table inside."""
        found = self.value(name)
        return found if isinstance(found, dict) else None


def read_config(content: bytes, origin: str) -> ModelConfig:
    """The configuration in the bytes of a config.json.

    Raises:
        Failure: when they are none.
    """
    if len(content) > _MOST_BYTES:
        raise Failure(f"{origin} has {len(content)} bytes; a config.json has a few thousand: is it another file?")
    try:
        found = json.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise Failure(f"{origin} is no text: give a config.json, or the folder that holds it") from None
    except (ValueError, RecursionError) as error:
        said = str(error).split(":", maxsplit=1)[0].lower()
        raise Failure(f"{origin} is no JSON ({said}): download it again, whole") from None
    if not isinstance(found, dict):
        raise Failure(f"{origin} holds {type(found).__name__}, a config.json holds one object: is it another file?")
    if "_class_name" in found or "_diffusers_version" in found:
        raise Failure(f"{origin} describes a diffusion model, and modelyard serves language models only")
    return ModelConfig(whole=found, text=_language_table(found), origin=origin)


def _language_table(whole: Mapping[str, Any]) -> Mapping[str, Any]:
    table = whole
    # Some nest twice: an assistant that hears keeps a thinker, and the thinker keeps a text model.
    for _ in range(len(_NESTED)):
        inner = next((table[name] for name in _NESTED if isinstance(table.get(name), dict) and table[name]), None)
        if inner is None:
            break
        table = inner
    return table


def _shown(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 40 else text[:40] + "..."
