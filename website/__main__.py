"""`python -m website FOLDER`: write the Markdown pages that the generator reads."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from website.site import pages


def main(folder: Path) -> None:
    """Write every page anew, so that none is left of a rule or key that has gone."""
    found = pages()
    shutil.rmtree(folder, ignore_errors=True)
    for page in found.values():
        path = folder / page.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(page.text, "utf-8")
    print(f"{len(found)} pages in {folder}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
