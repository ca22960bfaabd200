"""Whether the web may listen where it is told to."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from saas.errors import SetupError
from saas.run import ports


@pytest.fixture
def taken() -> Iterator[int]:
    """A port on which another program listens."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield int(other.getsockname()[1])


class TestCheck:
    @pytest.mark.parametrize("shared", [False, True])
    def test_refuses_another_programs(self, taken, shared):
        with pytest.raises(SetupError, match=f"Port {taken} is in use by another program"):
            ports.check("127.0.0.1", taken, shared=shared)

    def test_lets_one_web_process_follow_another(self):
        with socket.socket() as before:
            before.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            before.bind(("127.0.0.1", 0))
            before.listen()
            ports.check("127.0.0.1", before.getsockname()[1], shared=True)
            with pytest.raises(SetupError, match="in use"):
                ports.check("127.0.0.1", before.getsockname()[1])
