"""The child that reads a file: `python -P -m ledgers.reading.child LIMITS`, the file on stdin, JSON lines on stdout.

It lives under limits of the kernel from its first step and imports nothing of the product but its readers. Whatever
it meets it says as one message `problem`, or it dies; both become a sentence in the parent.
"""

import json
import os
import resource
import sys
from typing import BinaryIO

from ledgers.reading.emit import Emitter
from ledgers.reading.limits import Limits
from ledgers.reading.refusal import Refusal

_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_KNOWN = ((b"%PDF", "PDF"), (b"\x89PNG", "PNG"), (b"\xff\xd8\xff", "JPEG"), (b"Rar!", "RAR"), (b"7z\xbc\xaf", "7z"))


def _hold(limits: Limits) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory_bytes, limits.memory_bytes))
    resource.setrlimit(resource.RLIMIT_CPU, (limits.cpu_seconds, limits.cpu_seconds + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (32, 32))


def read(file: BinaryIO, emitter: Emitter) -> tuple[str, str]:
    """The format and the encoding, after every sheet went to the emitter."""
    head = file.read(16)
    file.seek(0)
    if head.startswith(_ZIP):
        from ledgers.reading.xlsx import read_xlsx

        read_xlsx(file, emitter)
        return "xlsx", ""
    if head.startswith(_OLE):
        from ledgers.reading.xls import read_xls

        read_xls(file, emitter)
        return "xls", ""
    for beginning, what in _KNOWN:
        if head.startswith(beginning):
            raise Refusal("not_a_spreadsheet", found=what)
    from ledgers.reading.delimited import read_delimited

    return "csv", read_delimited(file, emitter)


def main() -> None:
    """Read stdin under the limits in the first argument."""
    limits = Limits(**json.loads(sys.argv[1]))
    _hold(limits)
    emitter = Emitter(sys.stdout.buffer, limits)
    try:
        with os.fdopen(0, "rb", closefd=False) as file:
            found, encoding = read(file, emitter)
        emitter.say(done=found, encoding=encoding)
    except Refusal as refusal:
        emitter.say(problem=refusal.document())
    except MemoryError:
        emitter.waiting = []
        emitter.say(problem=Refusal("too_much_memory").document())
    except Exception as error:
        emitter.say(problem=Refusal("damaged", emitter.sheet, reason=type(error).__name__).document())
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
