import json
import os
import unittest

from programs import run

COMPARE = os.environ["IOMUX_COMPARE"]
RAW = os.environ["IOMUX_RAW"]


class TracedServers(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.done = run(COMPARE, "trace", "--servers", "epoll,blocking,io_uring,nonblocking,callbacks", "--size", "100",
                       "--json", "-")
        cls.trace = json.loads(cls.done.stdout)
        cls.servers = {server["name"]: server for server in cls.trace["servers"]}

    def calls(self, server, step):
        """The names of the calls that returned something."""
        traced = self.servers[server]
        if traced["unavailable"]:
            self.skipTest(traced["unavailable"])
        return [call["call"] for call in traced["calls"] if call["step"] == step and not call["error"]]

    def test_show_the_message(self):
        self.assertEqual((self.trace["format"], self.trace["version"], self.trace["size"]), ("iomux-trace", 2, 100))
        self.assertIn("longer than without", self.trace["note"])

    def test_on_epoll_wait_receive_and_send(self):
        self.assertEqual(self.calls("epoll", "message"), ["epoll_wait", "recvfrom", "sendto"])

    def test_on_epoll_accept_and_watch_a_new_client(self):
        calls = self.calls("epoll", "connect")
        self.assertEqual((calls[0], calls[-1]), ("epoll_wait", "epoll_ctl"))
        self.assertIn("accept4", calls)
        [stage] = {call["stage"] for call in self.servers["epoll"]["calls"] if call["call"] == "epoll_ctl"}
        self.assertEqual(stage, "watch")

    def test_close_a_client_that_disconnects(self):
        for server in "epoll", "blocking", "nonblocking", "callbacks":
            with self.subTest(server):
                self.assertIn("close", self.calls(server, "close"))

    def test_that_block_receive_and_send_on_a_thread_of_the_client(self):
        calls = [call for call in self.calls("blocking", "message") if call != "futex"]
        self.assertEqual(calls, ["recvfrom", "sendto"])
        threads = {call["thread"] for call in self.servers["blocking"]["calls"]}
        self.assertGreater(len(threads), 1)

    def test_on_io_uring_leave_reading_and_writing_to_the_kernel(self):
        self.assertEqual(set(self.calls("io_uring", "message")), {"io_uring_enter"})

    def test_that_busy_poll_make_calls_in_vain(self):
        self.calls("nonblocking", "message")
        self.assertIn("EAGAIN", [call["error"] for call in self.servers["nonblocking"]["calls"]])

    def test_of_asio_show_the_same_stages(self):
        self.calls("callbacks", "message")
        stages = [call["stage"] for call in self.servers["callbacks"]["calls"]
                  if call["step"] == "message" and not call["error"]]
        self.assertEqual([stage for stage in stages if stage != "other"][:3], ["wait", "read", "write"])

    def test_have_their_calls_in_order(self):
        for name, server in self.servers.items():
            times = [call["at_us"] for call in server["calls"] if call["step"] == "message"]
            self.assertEqual(times, sorted(times), name)

    def test_tell_a_receive_in_full(self):
        self.calls("epoll", "message")
        receive = next(call for call in self.servers["epoll"]["calls"]
                       if call["step"] == "message" and call["stage"] == "read")
        self.assertEqual((receive["result"], receive["error"], receive["thread"]), (100, None, 0))
        self.assertRegex(receive["detail"], r"^fd \d+ \(socket\), \d+ bytes$")
        self.assertGreater(receive["took_us"], 0)

    def test_tell_calls_that_waited_from_calls_that_did_not(self):
        self.calls("epoll", "message")
        sleeps = {call["call"]: call["sleeps"] for call in self.servers["epoll"]["calls"] if call["step"] == "message"}
        self.assertGreater(sleeps["epoll_wait"], 0)
        self.assertEqual((sleeps["recvfrom"], sleeps["sendto"]), (0, 0))
        self.calls("blocking", "message")
        receive = next(call for call in self.servers["blocking"]["calls"] if call["step"] == "message" and call["call"] == "recvfrom")
        self.assertGreater(receive["sleeps"], 0)

    def test_print_a_line_for_each_call(self):
        self.calls("epoll", "message")
        self.assertRegex(self.done.stderr, r"(?m)^epoll +message +[\d.]+ +[\d.]+ +0 +read +recvfrom +100 +fd \d+ ")


class TraceCommand(unittest.TestCase):
    def test_prints_the_calls(self):
        done = run(COMPARE, "trace", "--servers", "minimal", "--events", "-")
        events = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual([event["event"] for event in events], ["started", "step", "finished"])
        self.assertEqual(events[0]["servers"], [{"title": "minimal", "skipped": None}])
        self.assertEqual(events[-1]["results"]["format"], "iomux-trace")

    def test_traces_a_server_of_the_users_own(self):
        serve = f"{RAW} epoll --service echo --port {{port}}"
        for command in f"exec {serve}", f"{serve} & wait":  # the shell becomes the server, or waits beside it
            with self.subTest(command):
                done = run(COMPARE, "trace", "--servers", "mine", "--server", f"mine={command}", "--json", "-")
                server, = json.loads(done.stdout)["servers"]
                if server["unavailable"] and "not permitted" in server["unavailable"]:
                    self.skipTest(server["unavailable"])
                self.assertIn("recvfrom", {call["call"] for call in server["calls"] if call["step"] == "message"}, server)

    def test_reports_a_server_that_does_not_answer(self):
        done = run(COMPARE, "trace", "--servers", "minimal", "--server", "mine=exit 3; # {port}")
        self.assertEqual(done.returncode, 1, done)
        self.assertRegex(done.stdout, r"(?m)^mine: not traced: died before it listened: exit 3")

    def test_refuses_an_unknown_option(self):
        for options in ["--telepathy"], ["surplus"], ["--size", "0"], ["--size", "65537"], ["--servers", "telepathy"]:
            done = run(COMPARE, "trace", *options)
            self.assertEqual((done.returncode, done.stdout), (2, ""), done.stderr)


if __name__ == "__main__":
    unittest.main()
