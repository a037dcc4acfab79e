"""What one job hands to the next about a pull request: the plan's exit code and its comment, in one small JSON file.

    plan_artifact.py write EXIT_CODE FOLDER    FOLDER/comment.md and the exit code become FOLDER/plan.json
    plan_artifact.py read FOLDER FILE          print the exit code, write the comment to FILE

The job that reads has a token that may write, so it takes nothing on trust: not the size, not the form, and neither a
number nor a name of anything. Only the standard library, so that it runs before anything is installed.
"""

from __future__ import annotations

import json
import stat
import sys
from pathlib import Path

MARKER = "<!-- modelyard plan -->"
FILE_NAME = "plan.json"
# GitHub takes comments of 65,536 characters; as JSON each takes twelve bytes at most.
MOST_CHARACTERS = 65_000
MOST_BYTES = 12 * MOST_CHARACTERS + 1_000
EXIT_CODES = (0, 1, 2, 3, 4, 5, 6)


def write(exit_code: str, folder: Path) -> None:
    """Whatever ended the plan, there is a file: an unknown end counts as a failure."""
    code = int(exit_code) if exit_code.isdigit() and int(exit_code) in EXIT_CODES else 1
    said = (folder / "comment.md").read_text("utf-8", errors="replace")
    if not said.startswith(MARKER):
        said = f"{MARKER}\n### modelyard plan: nothing could be planned\n\nThe run's log says why."
        (folder / "comment.md").write_text(said, encoding="utf-8")
        code = code if code in (1, 2) else 1
    (folder / FILE_NAME).write_text(json.dumps({"version": 1, "exit_code": code, "comment": said}), encoding="utf-8")


def read(folder: Path) -> tuple[int, str]:
    """The exit code and the comment.

    Raises:
        ValueError: where the file is anything but what `write` makes.
    """
    names = sorted(path.name for path in folder.iterdir())
    if names != [FILE_NAME]:
        raise ValueError("it holds something else than plan.json")
    path = folder / FILE_NAME
    facts = path.lstat()
    if not stat.S_ISREG(facts.st_mode) or facts.st_size > MOST_BYTES:
        raise ValueError(f"plan.json is no file of at most {MOST_BYTES:,} bytes")
    try:
        document = json.loads(path.read_bytes())
    except (ValueError, RecursionError):
        raise ValueError("plan.json is no JSON") from None
    if not isinstance(document, dict) or set(document) != {"version", "exit_code", "comment"}:
        raise ValueError("plan.json has other keys than version, exit_code and comment")
    code, comment = document["exit_code"], document["comment"]
    if document["version"] != 1 or type(code) is not int or code not in EXIT_CODES:
        raise ValueError("plan.json has another version or exit code")
    if not isinstance(comment, str) or not comment.startswith(MARKER) or len(comment) > MOST_CHARACTERS:
        raise ValueError(
            f"the comment is no text of at most {MOST_CHARACTERS:,} characters that begins with the marker"
        )
    return code, comment


def main(arguments: list[str]) -> int:
    """Exit code 1 and a sentence of our own, which quotes nothing of the file, where it is refused."""
    match arguments:
        case ["write", code, folder]:
            write(code, Path(folder))
        case ["read", folder, file]:
            try:
                found, comment = read(Path(folder))
            except (OSError, ValueError) as error:
                reason = "it cannot be read" if isinstance(error, OSError) else str(error)
                print(f"plan_artifact: the plan that was handed over is refused: {reason}", file=sys.stderr)
                return 1
            Path(file).write_text(comment, encoding="utf-8", errors="replace")
            print(found)
        case _:
            print("plan_artifact: say write EXIT_CODE FOLDER or read FOLDER FILE", file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
