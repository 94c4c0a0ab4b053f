"""The child that writes into the sender's own workbook: the workbook on stdin, notes on a file, the result on stdout.

`python -P -m ledgers.writing.annotate_child FD MEMORY CPU`; the parts are held in memory, so under limits too.
"""

import io
import json
import os
import resource
import sys

from ledgers.writing.notes import notes_from
from ledgers.writing.patched_book import write_patched


def main() -> None:
    """Read, annotate, write; any trouble is an exit code, and the parent then writes a workbook of its own."""
    descriptor, memory, cpu = (int(argument) for argument in sys.argv[1:4])
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with os.fdopen(descriptor, "rb") as file:
        notes = notes_from(json.load(file))
    result = io.BytesIO()
    write_patched(io.BytesIO(sys.stdin.buffer.read()), result, notes)
    sys.stdout.buffer.write(result.getvalue())
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
