"""Machines apart: network namespaces, each with an address of its own and a cable that can be pulled.

The servers of a run listen on the loopback address only. So this end of the bridge hands on to them what
comes to their ports. Needs root, and a kernel with namespaces.
"""

import asyncio
import ctypes
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

_NEW_NETWORK = 0x40000000  # what Linux calls CLONE_NEWNET
_HERE = "10.87.{}.1"  # the end of the bridge at which the servers are
_TURN = os.getpid() % 200 + 1  # runs side by side do not meet
_LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Machine:
    """A namespace, which a process enters to run in it."""

    name: str
    cable: str

    def enter(self) -> None:
        """Move this process into it."""
        with Path("/run/netns", self.name).open() as namespace:
            if ctypes.CDLL(None, use_errno=True).setns(namespace.fileno(), _NEW_NETWORK) != 0:
                raise OSError(ctypes.get_errno(), "a machine apart could not be entered")

    @contextmanager
    def cut_off(self) -> Iterator[None]:
        """Pull its cable while the block lasts: what is on its way is neither answered nor refused."""
        _ip("link", "set", self.cable, "down")
        try:
            yield
        finally:
            _ip("link", "set", self.cable, "up")


def can_be_apart() -> bool:
    """Whether this machine lets us make namespaces."""
    if os.geteuid() != 0 or shutil.which("ip") is None:
        return False
    name = f"ow-try-{_TURN}"
    made = subprocess.run(["ip", "netns", "add", name], capture_output=True, check=False).returncode == 0
    if made:
        _ip("netns", "del", name)
    return made


@contextmanager
def machines(count: int, ports: Sequence[int]) -> Iterator[tuple[str, list[Machine]]]:
    """Give the address under which the servers' ports answer, and so many machines that reach them."""
    here, bridge = _HERE.format(_TURN), f"ow{_TURN}"
    with ExitStack() as stack:
        _ip("link", "add", bridge, "type", "bridge")
        stack.callback(_ip, "link", "del", bridge)
        _ip("addr", "add", f"{here}/24", "dev", bridge)
        _ip("link", "set", bridge, "up")
        found = [_machine(stack, bridge, n) for n in range(count)]
        stack.enter_context(_handed_on(here, ports))
        yield here, found


def _machine(stack: ExitStack, bridge: str, number: int) -> Machine:
    machine = Machine(f"{bridge}-{number}", f"{bridge}v{number}")
    _ip("netns", "add", machine.name)
    stack.callback(_ip, "netns", "del", machine.name)
    inner = ("-n", machine.name)
    _ip("link", "add", machine.cable, "type", "veth", "peer", "name", "eth0", "netns", machine.name)
    _ip("link", "set", machine.cable, "master", bridge, "up")
    _ip(*inner, "addr", "add", f"{_HERE.format(_TURN).rpartition('.')[0]}.{number + 2}/24", "dev", "eth0")
    _ip(*inner, "link", "set", "eth0", "up")
    _ip(*inner, "link", "set", "lo", "up")
    return machine


@contextmanager
def _handed_on(here: str, ports: Sequence[int]) -> Iterator[None]:
    """Hand what comes to these ports of the bridge on to the same ports of the loopback address."""
    listening: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = Future()

    async def _hand_on() -> None:
        asked_to_stop = asyncio.Event()
        held: set[asyncio.StreamWriter] = set()
        servers = [await _serve(here, port, held) for port in ports]
        listening.set_result((asyncio.get_running_loop(), asked_to_stop))
        await asked_to_stop.wait()
        for server in servers:
            server.close()
        for writer in held:
            writer.close()
        await asyncio.gather(*asyncio.all_tasks() - {asyncio.current_task()})
        await asyncio.sleep(0.1)  # what is closed by that is gone before the loop is

    thread = threading.Thread(target=asyncio.run, args=(_hand_on(),))
    thread.start()
    loop, asked_to_stop = listening.result(300)
    try:
        yield
    finally:
        loop.call_soon_threadsafe(asked_to_stop.set)
        thread.join()


async def _serve(here: str, port: int, held: set[asyncio.StreamWriter]) -> asyncio.Server:
    async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            theirs, ours = await asyncio.open_connection(_LOOPBACK, port)
        except OSError:  # the server is away at present
            writer.transport.abort()
            return
        held.update((writer, ours))
        await asyncio.gather(_pass_on(reader, ours), _pass_on(theirs, writer))
        held.difference_update((writer, ours))

    return await asyncio.start_server(_answer, here, port)


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    except (OSError, RuntimeError):
        pass  # one of the two is gone, and so is the other
    finally:
        writer.close()


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)
