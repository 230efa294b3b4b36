"""A network below the guard that a test can look at: names mean what it says, and every packet stays on loopback."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from socket import AF_INET, AF_INET6, AF_UNSPEC, AddressFamily, gaierror, socket
from typing import Any

from aiohttp.abc import AbstractResolver, ResolveResult

from monitor.guard import AddrInfo, Network


class LoopbackSocket(socket):
    """Connects to loopback, whichever address it is told; the port stays."""

    def connect(self, address: Any) -> None:
        super().connect(("127.0.0.1", address[1]))


@dataclass
class Names(AbstractResolver):
    """Answers each name with the next of its lists of addresses, the last one for ever; `asked` are the names."""

    answers: Mapping[str, Sequence[Sequence[str]]]
    asked: list[str] = field(default_factory=list)

    async def resolve(self, host: str, port: int = 0, family: AddressFamily = AF_UNSPEC) -> list[ResolveResult]:
        answers = self.answers.get(host)
        if answers is None:
            raise gaierror(f"{host} is not known")
        addresses = answers[min(self.asked.count(host), len(answers) - 1)]
        self.asked.append(host)
        return [
            ResolveResult(
                hostname=host, host=one, port=port, family=AF_INET6 if ":" in one else AF_INET, proto=0, flags=0
            )
            for one in addresses
        ]

    async def close(self) -> None:
        """Nothing is open."""


@dataclass
class Wire:
    """The network.

    answers     what each name stands for, as in Names
    listening   whether anyone answers; if not, every connection is refused
    opened      the addresses a socket was made for: what was connected to, or would have been
    """

    answers: Mapping[str, Sequence[Sequence[str]]] = field(default_factory=dict)
    listening: bool = True
    opened: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.names = Names(self.answers)
        self.network = Network(resolver=lambda: self.names, open=self._open)

    def _open(self, info: AddrInfo) -> socket:
        self.opened.append(str(info[4][0]))
        if not self.listening:
            raise ConnectionRefusedError
        return LoopbackSocket(AF_INET, info[1], info[2])
