"""Becomes an account without privileges, then another program, under the same pid: `python -I -S enter.py ORDER ARGV…`.

ORDER is JSON: `uid`, `gid`, and `opened`, a list of [closed folder, [folders needed below it]]. A closed folder is
one that the account cannot enter. Before root gives itself up, it covers each in a mount namespace of this process
alone with an empty folder that holds only what is needed, at the same paths. Nothing outside sees any of it, and no
folder's permissions are changed. Imports nothing but the standard library: it runs before anything else is in reach.
"""

import ctypes
import json
import os
import sys

_NEW_MOUNTS = 0x20000
_NOSUID, _NODEV, _BIND, _RECURSIVE, _PRIVATE = 0x2, 0x4, 0x1000, 0x4000, 0x40000
_NO_NEW_PRIVILEGES = 38


def _call(name: str, *given: object) -> None:
    """A system call of the C library; OSError says which failed."""
    libc = ctypes.CDLL(None, use_errno=True)
    if getattr(libc, name)(*given):
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")


def _mount(source: str, target: str, kind: str | None, flags: int, options: str | None = None) -> None:
    words = [word.encode() if word is not None else None for word in (source, target, kind)]
    _call("mount", *words, ctypes.c_ulong(flags), options.encode() if options else None)


def _open(opened: list[tuple[str, list[str]]]) -> None:
    """Cover each closed folder, but for what is needed of it."""
    _call("unshare", _NEW_MOUNTS)
    _mount("none", "/", None, _RECURSIVE | _PRIVATE)
    os.umask(0o022)
    for closed, needed in opened:
        held = [(folder, os.open(folder, os.O_PATH | os.O_DIRECTORY)) for folder in needed]
        _mount("tmpfs", closed, "tmpfs", _NOSUID | _NODEV, "mode=755,size=1m")
        for folder, descriptor in held:
            os.makedirs(folder, 0o755, exist_ok=True)  # noqa: PTH103 - before every child: as little as possible is loaded
            _mount(f"/proc/self/fd/{descriptor}", folder, None, _BIND | _RECURSIVE)
            os.close(descriptor)


def main() -> None:
    """Only returns by an error, which is told on stderr."""
    order, argv = json.loads(sys.argv[1]), sys.argv[2:]
    mask = os.umask(0o077)
    try:
        if order["opened"]:
            _open(order["opened"])
        os.setgroups([])
        os.setresgid(order["gid"], order["gid"], order["gid"])
        os.setresuid(order["uid"], order["uid"], order["uid"])
        if sys.platform == "linux":
            _call("prctl", _NO_NEW_PRIVILEGES, 1, 0, 0, 0)
        os.umask(mask)
        os.execv(argv[0], argv)
    except OSError as trouble:
        sys.exit(f"cannot run {argv[0]} as uid {order['uid']}: {trouble}")


if __name__ == "__main__":
    main()
