"""Where pages listen: what is written goes out at once."""

import socket
from contextlib import ExitStack

import pytest

from embedded.web_listener import WebListener


@pytest.mark.parametrize("address", ["127.0.0.1", "0.0.0.0", "127.0.0.2", "::"])
def test_no_answer_is_held_back_until_the_reader_has_acknowledged_its_beginning(address: str) -> None:
    """Pages and their heads are two writes; held back, the second would take 40 ms longer."""
    with ExitStack() as opened:
        listening = [opened.enter_context(one) for one in WebListener(address=address).sockets(0)]
        for one in listening:
            host, port = one.getsockname()[:2]
            reader = opened.enter_context(socket.create_connection(("127.0.0.1" if host == "0.0.0.0" else host, port)))
            accepted, _ = one.accept()
            opened.enter_context(accepted)
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY), reader
