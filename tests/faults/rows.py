"""All rows of the table in order."""

from dataclasses import dataclass
from typing import Callable

import rows_accepting
import rows_ends
import rows_inside
import rows_load
import rows_memory
import rows_time


@dataclass(frozen=True)
class Row:
    number: int
    title: str
    attempt: Callable  # takes a Case; returns the text to print, or None; raises ShortFall or NotTried
    quick: bool = True
    timed: bool = False  # whether it has a bound on CPU time, or on how long something takes


ROWS = [
    Row(1, "descriptors run out on accept", rows_accepting.descriptors_run_out, timed=True),
    Row(2, "accept: ENFILE, ENOBUFS, ENOMEM", rows_accepting.accept_lacks_resources, timed=True),
    Row(3, "accept: ECONNABORTED", rows_accepting.accept_aborted),
    Row(4, "EINTR on wait, receive, send", rows_accepting.interrupted),
    Row(5, "partial writes of 16 MiB to a slow reader", rows_memory.partial_writes),
    Row(6, "a client that never reads", rows_memory.never_reads),
    Row(7, "100 clients that never read, and a normal one", rows_load.hundred_that_never_read, quick=False, timed=True),
    Row(8, "write after the peer's reset", rows_ends.write_after_reset),
    Row(9, "half-close after 4 MiB", rows_ends.half_close),
    Row(10, "reset before accept; 1,000 resets mid-stream", rows_ends.resets),
    Row(11, "socket destroyed", rows_ends.destroyed, timed=True),
    Row(12, "the peer disappears", rows_time.peer_vanishes, timed=True),
    Row(13, "connect and send nothing", rows_time.says_nothing, timed=True),
    Row(14, "a message a byte at a time", rows_time.trickles, timed=True),
    Row(15, "an endless message", rows_memory.endless_message),
    Row(16, "more than --max-connections", rows_accepting.too_many, timed=True),
    Row(17, "10,000 connects at once", rows_load.storm, timed=True),
    Row(18, "the server stopped for 2 s", rows_time.stopped, quick=False, timed=True),
    Row(19, "select past 1,024", rows_accepting.past_fd_setsize, quick=False),
    Row(20, "one flooder and 50 pings", rows_load.flooder, quick=False, timed=True),
    Row(21, "close and connect at once, 64 clients", rows_ends.close_and_connect),
    Row(22, "data and end of file in one event, data and reset in one", rows_ends.data_and_end, timed=True),
    Row(23, "restart in TIME_WAIT, 20 times", rows_time.restarts, quick=False),
    Row(24, "SIGTERM under load", rows_time.terminated, timed=True),
    Row(25, "port in use, bad option, no permission", rows_accepting.cannot_start),
    Row(26, "io_uring: provided buffers run out", rows_accepting.buffers_run_out, timed=True),
    Row(27, "io_uring: completion queue overflows", rows_accepting.completions_overflow),
    Row(28, "io_uring: forbidden or not supported", rows_accepting.ring_refused),
    Row(29, "every allocation fails once", rows_inside.allocations_fail, quick=False),
    Row(30, "arbitrary bytes, split anywhere", rows_inside.any_bytes),
    Row(31, "a million connects", rows_load.million),
    Row(32, "descriptors handed to a child", rows_ends.children),
]
