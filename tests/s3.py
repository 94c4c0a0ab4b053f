"""A server on this machine that speaks S3, and a way to it that can be shut, be silent, or break off in the middle."""

import logging
import socket
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal
from urllib.request import Request, urlopen
from uuid import uuid4

from embedded.evidence_place import EvidencePlace
from engine.connection import files_in
from store.bucket import Bucket

BUCKET, REGION = "evidence-650200", "us-east-1"
SECRET = "a-secret-that-nobody-may-see"
Way = Literal["open", "shut", "silent"]


class ObjectStore:
    """The server, which takes any key until it is told to know its own, and the way to it."""

    def __init__(self) -> None:
        import boto3  # here, since they take a second: most tests want no store
        from moto.server import ThreadedMotoServer

        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        self._server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
        self._server.start()
        host, port = self._server.get_host_and_port()
        self._address = f"http://{host}:{port}"
        self.way = _Way((host, port))
        self.s3: Any = boto3.client(
            "s3", endpoint_url=self._address, region_name=REGION, aws_access_key_id="x", aws_secret_access_key="x"
        )
        self.s3.create_bucket(Bucket=BUCKET)

    def place(self, folder: Path, bucket: str = BUCKET) -> EvidencePlace:
        """A prefix that nobody has, by way of a key in a file of this folder."""
        file = folder / "store.key"
        if not file.exists():
            file.write_text(f"[default]\naws_access_key_id = rectify\naws_secret_access_key = {SECRET}\n")
            file.chmod(0o600)
        return EvidencePlace(
            bucket=bucket, prefix=f"of/{uuid4().hex}", endpoint=self.way.address, region=REGION, credentials=file
        )

    def knows_its_own(self, *, only: bool) -> None:
        """Whether keys that it has not given are refused from now on."""
        count = b"0" if only else b"inf"
        told = Request(f"{self._address}/moto-api/reset-auth", count, {"Content-Type": "text/plain"}, method="POST")
        urlopen(told).close()

    def keys(self, place: EvidencePlace) -> list[str]:
        """What lies below the prefix, but for the mark."""
        found = self.s3.list_objects_v2(Bucket=BUCKET, Prefix=f"{place.prefix}/").get("Contents", [])
        keys = (one["Key"].removeprefix(f"{place.prefix}/") for one in found)
        return [key for key in keys if key != "installation.json"]

    def spoil(self, place: EvidencePlace, key: str, content: bytes | None) -> None:
        """Whoever keeps the store changes an object, or takes it away."""
        whole = {"Bucket": BUCKET, "Key": f"{place.prefix}/{key}"}
        if content is None:
            self.s3.delete_object(**whole)
        else:
            self.s3.put_object(**whole, Body=content)

    def close(self) -> None:
        """Nothing answers any more."""
        self.way.close()
        self.s3.close()
        self._server.stop()


def bucket(place: EvidencePlace) -> Bucket:
    """The place, as those who keep files have it."""
    found = files_in(Path("/nowhere"), place)
    assert isinstance(found, Bucket)
    return found


class _Way:
    """A port that hands on to the server what comes, as long as it may."""

    def __init__(self, server: tuple[str, int]) -> None:
        self._server, self._open = server, set[socket.socket]()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        self.is_now: Way = "open"
        self.asked = 0
        self.left: int | None = None
        """Bytes that it still carries; then whatever is on its way breaks off."""
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def turn(self, way: Way, left: int | None = None) -> None:
        """From now on so, for so many bytes; whoever was connected is so no more."""
        self.is_now, self.left, self.asked = way, left, 0
        for one in list(self._open):
            _end(one)

    def close(self) -> None:
        """Shut for good."""
        _end(self._listening)
        self.turn("shut")
        self._thread.join(5)

    def _serve(self) -> None:
        while True:
            try:
                here, _ = self._listening.accept()
            except OSError:
                return
            self.asked += 1
            self._open.add(here)
            if self.is_now == "shut":
                _end(here)
            elif self.is_now == "open":
                there = socket.create_connection(self._server)
                self._open.add(there)
                for one, other in ((here, there), (there, here)):
                    threading.Thread(target=self._carry, args=(one, other), daemon=True).start()

    def _carry(self, one: socket.socket, other: socket.socket) -> None:
        with suppress(OSError):
            while piece := one.recv(1 << 16):
                if self.left is not None:
                    self.left -= len(piece)
                    if self.left < 0:
                        break
                other.sendall(piece)
        for end in (one, other):
            self._open.discard(end)
            _end(end)


def _end(one: socket.socket) -> None:
    with suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()
