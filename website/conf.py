"""What Sphinx is told; `make site` turns its warnings into errors."""

from __future__ import annotations

import re
import sys
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[1]


_REACHING_OUT = (
    "socket.connect",
    "socket.sendto",
    "socket.getaddrinfo",
    "socket.gethostbyname",
    "socket.gethostbyaddr",
)


def _refuse_connections(event: str, arguments: tuple[object, ...]) -> None:
    # Unix sockets, whose addresses are paths, are how the processes of a parallel build talk to each other.
    within = event == "socket.connect" and isinstance(arguments[1], str | bytes)
    if event in _REACHING_OUT and not within:
        raise PermissionError(f"the site is built without a network: {event} {arguments[1:]}")


sys.addaudithook(_refuse_connections)

project = "modelyard"
version = re.search(r'^version = "(.+)"$', (_ROOT / "pyproject.toml").read_text("utf-8"), re.M)[1]  # type: ignore[index]
html_title = f"modelyard {version}"
extensions = ["myst_parser"]
# Links to headings as GitHub makes them, which is where most people read these files.
myst_heading_anchors = 4
html_theme = "furo"
html_copy_source = False
html_show_copyright = False
html_show_sourcelink = False
html_show_sphinx = False
# `--environment` stays as it is typed.
smartquotes = False
# Examples of ours are no complete programs, and a command's output is in no language.
highlight_language = "none"
suppress_warnings = ["misc.highlighting_failure"]
