import errno
import json
import os
import re
import signal
import socket
import tempfile
import unittest

from programs import RAW, Server, ask, every_mechanism, receive, run
from seccomp import without_io_uring

COMPARE = os.environ["IOMUX_COMPARE"]
MESSAGES = 50
IO_URING = next((one for one in every_mechanism() if one.name == "io_uring"), None)


def kernel():
    major, minor = os.uname().release.split(".")[:2]
    return int(major), int(re.match(r"\d+", minor).group())


def read_json(file):
    with open(file, encoding="utf-8") as opened:
        return json.load(opened)


class ThatIsNotPermitted(unittest.TestCase):
    def test_is_an_error_in_one_line(self):
        done = run(RAW, "io_uring", "--port", "0", preexec_fn=without_io_uring(errno.EPERM))
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, r"\Aiomux-raw: [^\n]*io_uring[^\n]*\n\Z")

    def test_is_listed_as_json_with_the_reason(self):
        listed = json.loads(run(RAW, "--list", "--json", preexec_fn=without_io_uring(errno.EPERM)).stdout)
        reasons = {one["name"]: one["unavailable"] for one in listed}
        self.assertRegex(reasons["io_uring"], r".*\S.*")
        self.assertIsNone(reasons["epoll"])

    def test_is_printed_below_the_list(self):
        listed = run(RAW, "--list", preexec_fn=without_io_uring(errno.EPERM)).stdout
        self.assertRegex(listed, r"(?m)^io_uring does not run here: \S.*$")

    def test_is_skipped_by_the_comparison(self):
        done = run(COMPARE, "--servers", "epoll,io_uring", "--rounds", "1", "--seconds", "0.3", "--connections", "4",
                   "--idle-memory", "0", preexec_fn=without_io_uring(errno.EPERM))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stdout, r"(?m)^ *io_uring +skipped: \S.*$")


@unittest.skipIf(IO_URING is None, "io_uring does not run here: see iomux-raw --list")
class Ring(unittest.TestCase):
    def stats_of(self, *options):
        """The log after a request of 64 KiB."""
        request = b"x" * 65536
        with tempfile.TemporaryDirectory() as directory:
            file = os.path.join(directory, "stats")
            with Server(IO_URING, "--service", "echo", "--stats", file, *options) as server:
                with server.connect() as client:
                    self.assertTrue(ask(client, request, request))
                self.assertEqual(server.stop(), 0)
                return read_json(file), server.log()

    def test_that_is_not_supported_is_distinguished_from_one_that_is_forbidden(self):
        told = {run(RAW, "io_uring", "--port", "0", preexec_fn=without_io_uring(error)).stderr
                for error in (errno.ENOSYS, errno.EPERM)}
        self.assertEqual(len(told), 2)

    def test_without_free_buffers_receives_again_later(self):
        stats, _ = self.stats_of("--ring-buffers", "2", "--ring-buffer-size", "64")
        self.assertGreater(stats["would_block"], 0)

    def test_whose_completion_queue_overflows_loses_nothing_and_logs_it(self):
        _, log = self.stats_of("--ring-entries", "2", "--ring-buffer-size", "64")
        self.assertIn("completion queue overflow; increase --ring-entries", log)

    def test_with_room_logs_nothing(self):
        _, log = self.stats_of()
        self.assertEqual(log, "")

    def test_takes_a_message_of_64_kib_in_few_receives(self):
        request = b"x" * 65536
        with tempfile.TemporaryDirectory() as directory:
            file = os.path.join(directory, "stats")
            with Server(IO_URING, "--service", "echo", "--stats", file) as server, server.connect() as client:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 2 * len(request))
                self.assertTrue(ask(client, b"x", b"x"))  # then the kernel has a receive
                server.send_signal(signal.SIGSTOP)
                client.sendall(request)
                server.send_signal(signal.SIGCONT)
                self.assertEqual(receive(client, len(request)), request)
                self.assertEqual(server.stop(), 0)
            # With chunk framing, each receive is a message.
            self.assertLessEqual(read_json(file)["messages"], 1 + 4)

    @unittest.skipIf(kernel() < (6, 17), "before Linux 6.17 a receive cannot be limited, so it is cancelled")
    def test_is_not_told_to_stop_receiving_by_replies_that_are_sent_at_once(self):
        """A reply of --high-water bytes takes two completions: of its receive, and of its send."""
        with tempfile.TemporaryDirectory() as directory:
            file = os.path.join(directory, "stats")
            options = ("--service", "echo", "--high-water", "64", "--low-water", "16", "--stats", file)
            with Server(IO_URING, *options) as server:
                with server.connect() as client:
                    for _ in range(MESSAGES):
                        self.assertTrue(ask(client, b"x" * 64, b"x" * 64))
                self.assertEqual(server.stop(), 0)
            others = read_json(file)["ready_events"] - 2 * MESSAGES
            self.assertLess(others, MESSAGES)  # the accept, the end of file and the stop

    def test_may_be_plain(self):
        stats, _ = self.stats_of("--ring-plain")
        self.assertEqual(stats["bytes_sent"], 65536)

    def test_takes_only_a_power_of_two_of_buffers(self):
        self.assertEqual(run(RAW, "io_uring", "--ring-buffers", "3").returncode, 2)

    def test_option_does_not_apply_to_other_mechanisms(self):
        done = run(RAW, "epoll", "--ring-plain")
        self.assertEqual(done.returncode, 2)
        self.assertIn("--ring-plain does not apply to epoll", done.stderr)
