"""Runs one server under the mix of clients: warm-up, measurement at rest, the mix again, and a second measurement."""

import contextlib
import multiprocessing
import multiprocessing.connection
import os
import re
import signal
import time
from dataclasses import dataclass

import mix
import programs
from case import ShortFall, await_descriptors, descriptors, end_of, require, resident
from verdict import Measured, failures

# How many seconds a server may take to close the connections of clients that have disconnected.
LETTING_GO = 5
FORK = multiprocessing.get_context("fork")


class OwnServer(programs.Server):
    """A server of the user, given by a command instead of a mechanism."""

    @staticmethod
    def command(words):
        return [word.replace("{suffix}", mix.SUFFIX) for word in words]


# malloc(3) keeps freed buffers. With a thread for each client, it touches more and more of them for minutes although none
# is in use. So large buffers return to the kernel when they are freed, and resident memory is what the server holds.
ENVIRONMENT = {**os.environ, "MALLOC_MMAP_THRESHOLD_": "32768"}


def start(mechanism):
    return programs.Server(mechanism, "--framing", "line", "--service", "suffix", "--suffix", mix.SUFFIX, env=ENVIRONMENT)


def start_own(words):
    return OwnServer(words, address=(), env=ENVIRONMENT)


def warm_up_of(seconds):
    """The part of the given time that is warm-up."""
    return min(5, seconds / 2)


def soak(server, seconds, progress):
    """Returns the measurements. Raises ShortFall if the server fails before the end."""
    require(server.first_line, f"the server does not start: {server.log().strip()}")
    require(re.search(r":\d+$", server.first_line.strip()), f"the first line has no port: {server.first_line.strip()}")
    warm_up = warm_up_of(seconds)
    without_clients = descriptors(server)
    run_mix(server, [mix.many_connections], 0, lambda _: progress(seconds))
    run_mix(server, mix.KINDS, warm_up, lambda left: progress(left + seconds - warm_up))
    before = held_at_rest(server, without_clients)
    tallies = run_mix(server, mix.KINDS, seconds - warm_up, progress)
    after = held_at_rest(server, before.descriptors)
    return Measured(tallies, after.memory - before.memory, after.descriptors - before.descriptors)


@dataclass(frozen=True)
class Held:
    descriptors: int
    memory: int


def held_at_rest(server, number):
    """What the server holds after its clients have disconnected. Waits, with a limit, until it has closed descriptors down
    to that number, and until its threads have ended, because their memory is freed then."""
    with contextlib.suppress(ShortFall):
        await_descriptors(server, number, LETTING_GO)
    give_up = time.monotonic() + 1
    before = None
    while (now := threads(server)) != before and time.monotonic() < give_up:
        before = now
        time.sleep(0.1)
    return Held(descriptors(server), resident(server))


def threads(server):
    with open(f"/proc/{server.process.pid}/status", encoding="ascii") as lines:
        return next(int(line.split()[1]) for line in lines if line.startswith("Threads:"))


def run_mix(server, kinds, seconds, progress):
    """Runs these kinds of clients at the same time. Returns their tallies. Raises ShortFall at the first failure."""
    until = time.monotonic() + seconds
    tallies = []
    with contextlib.ExitStack() as stack:
        with held_back(signal.SIGINT, signal.SIGTERM):
            waiting = [stack.enter_context(clients(kind, server.port, until)) for kind in kinds]
        while waiting:
            for results in multiprocessing.connection.wait(waiting, timeout=1):
                waiting.remove(results)
                tallies.append(results.recv())
                for what in failures(tallies[-1:]):
                    raise ShortFall(what + told_end(server))
            progress(max(0, until - time.monotonic()))
            require(time.monotonic() < until + programs.PATIENCE, "clients did not end in time")
    return tallies


@contextlib.contextmanager
def held_back(*signals):
    """Blocks these signals while processes are started. So they arrive when the processes are sure to be ended, and never
    in those processes."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextlib.contextmanager
def clients(kind, port, until):
    """Starts a client process. Yields the connection that delivers its tally."""
    results, of_the_process = FORK.Pipe(duplex=False)
    process = FORK.Process(target=mix.play, args=(kind, port, until, of_the_process), daemon=True)
    process.start()
    of_the_process.close()
    try:
        yield results
    finally:
        process.kill()
        process.join()
        results.close()


def told_end(server):
    """How the server ended, if it did."""
    end = end_of(server)
    return f"; the server ended, {end} {server.log().strip()[-500:]}".rstrip() if end else ""
