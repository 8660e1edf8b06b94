import errno
import json
import os
import tempfile
import unittest

from programs import RAW, Server, ask, every_mechanism, run
from seccomp import without_io_uring

COMPARE = os.environ["IOMUX_COMPARE"]
IO_URING = next((one for one in every_mechanism() if one.name == "io_uring"), None)


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
        done = run(COMPARE, "--servers", "epoll,io_uring", "--rounds", "1", "--seconds", "0.1", "--connections", "4",
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
                with open(file, encoding="utf-8") as stats:
                    return json.load(stats), server.log()

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

    def test_may_be_plain(self):
        stats, _ = self.stats_of("--ring-plain")
        self.assertEqual(stats["bytes_sent"], 65536)

    def test_takes_only_a_power_of_two_of_buffers(self):
        self.assertEqual(run(RAW, "io_uring", "--ring-buffers", "3").returncode, 2)

    def test_option_does_not_apply_to_other_mechanisms(self):
        done = run(RAW, "epoll", "--ring-plain")
        self.assertEqual(done.returncode, 2)
        self.assertIn("--ring-plain does not apply to epoll", done.stderr)
