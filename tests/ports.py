"""A port of this machine that a server started later can have."""

import random
import socket
from contextlib import suppress

# Systems give outgoing connections ports from 32768 or 49152 on, and the tests make many of these.
_PORTS = range(10_000, 32_000)


def unused_port() -> int:
    """Return a port of 127.0.0.1 at which nothing listens, and which no connection is given by chance."""
    while True:
        port = random.SystemRandom().choice(_PORTS)
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
