"""The measurements of a server, and which of them are failures."""

import math
from dataclasses import dataclass, field

MEMORY_BAR = 1 << 20


@dataclass
class Tally:
    """The results of the clients of one kind."""

    kind: str
    connects: int = 0
    replies: int = 0
    ping_ms: list = field(default_factory=list)
    late_ms: list = field(default_factory=list)  # how late the pinging process woke up, which is not the fault of the server
    failure: str = ""


@dataclass(frozen=True)
class Measured:
    tallies: list
    memory_gained: int
    descriptors_gained: int

    @property
    def connects(self):
        return sum(one.connects for one in self.tallies)

    @property
    def replies(self):
        return sum(one.replies for one in self.tallies)

    @property
    def ping_p99_ms(self):
        return p99(time for one in self.tallies for time in one.ping_ms)

    @property
    def late_p99_ms(self):
        return p99(time for one in self.tallies for time in one.late_ms)


def p99(times):
    """By nearest rank: the slowest one if there are fewer than a hundred."""
    times = sorted(times)
    return times[math.ceil(0.99 * len(times)) - 1] if times else math.inf


def failures(tallies):
    """The failures that clients reported, and clients that checked no reply."""
    for one in tallies:
        if one.failure:
            yield f"{one.kind}: {one.failure}"
        elif not one.replies:
            yield f"{one.kind}: no reply was checked"


def tells_nothing(measured, ping_bar_ms):
    """If sleeps ended late as well, the machine may have been busy with something other than the server."""
    return measured.ping_p99_ms > ping_bar_ms and measured.late_p99_ms > ping_bar_ms / 4


def shortfalls(measured, ping_bar_ms):
    yield from failures(measured.tallies)
    if measured.ping_p99_ms > ping_bar_ms:
        yield f"ping p99 above {ping_bar_ms:g} ms (sleeps end {measured.late_p99_ms:.1f} ms late, p99)"
    if measured.memory_gained > MEMORY_BAR:
        yield f"memory grew by more than {MEMORY_BAR >> 20} MiB"
    if measured.descriptors_gained > 0:
        yield "descriptors are still open"
