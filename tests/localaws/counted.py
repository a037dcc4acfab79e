"""Embedded AWS that on SIGUSR1 adds a line to a file: how many blocks of memory Python's objects take."""

import gc
import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
from localaws.__main__ import main


def count(number: int, frame: object) -> None:
    gc.collect()
    with Path(sys.argv[1]).open("a") as file:
        file.write(f"{sys.getallocatedblocks()}\n")


signal.signal(signal.SIGUSR1, count)
sys.exit(main(sys.argv[2:]))
