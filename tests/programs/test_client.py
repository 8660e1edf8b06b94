import contextlib
import os
import select
import signal
import socket
import subprocess
import threading
import unittest

from programs import PATIENCE, RAW, Server, each_server, each_server_even_minimal, every_mechanism, refused_port, run

CLIENT = os.environ["IOMUX_CLIENT"]


def talk(server, *options):
    return run(CLIENT, "--port", str(server.port), *options)


class Client(unittest.TestCase):
    @each_server
    def test_prints_each_reply_with_its_connections_number(self, mechanism):
        with Server(mechanism) as server:
            done = talk(server, "--connections", "2", "--count", "3")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(sorted(done.stdout.splitlines()), ["0: hi_suffix"] * 3 + ["1: hi_suffix"] * 3)

    @each_server
    def test_agrees_with_the_server_with_every_protocol(self, mechanism):
        for framing in ("chunk", "line", "length"):
            for service in ("suffix", "echo", "discard"):
                protocol = ("--framing", framing, "--service", service)
                with self.subTest(framing=framing, service=service), Server(mechanism, *protocol) as server:
                    done = talk(server, *protocol, "--connections", "3", "--count", "5")
                    self.assertEqual(done.returncode, 0, done.stderr)

    @each_server_even_minimal
    def test_agrees_with_an_echo_of_chunks(self, mechanism):
        with Server(mechanism, "--service", "echo") as server:
            done = talk(server, "--service", "echo", "--count", "5")
        self.assertEqual(done.returncode, 0, done.stderr)

    @each_server
    def test_ends_with_success_when_it_is_interrupted(self, mechanism):
        with Server(mechanism) as server:
            command = [CLIENT, "--port", str(server.port), "--interval", "1ms"]
            with subprocess.Popen(command, stdout=subprocess.PIPE) as client:
                client.stdout.readline()
                client.send_signal(signal.SIGINT)
                client.communicate(timeout=PATIENCE)
                self.assertEqual(client.returncode, 0)

    def test_fails_without_a_listener(self):
        with refused_port(socket.SOCK_STREAM) as port:
            done = run(CLIENT, "--port", str(port), "--count", "1")
        self.assertEqual(done.returncode, 1)
        self.assertEqual(
            done.stderr,
            f"iomux-client: cannot connect to 127.0.0.1:{port}: Connection refused; start a server there first: "
            f"./iomux run iomux-raw epoll --port {port} --service suffix\n",
        )

    def test_refuses_an_unknown_option(self):
        self.assertEqual(run(CLIENT, "--colour").returncode, 2)


EPOLL = next(one for one in every_mechanism() if (one.program, one.name) == (RAW, "epoll"))


def hint_at(options):
    """What the client says if the server may have other options than these."""
    names = "--service, --suffix or --framing" if "--suffix" in options else "--service or --framing"
    return (f"if the server has another {names}, start it with {' '.join(options)}, or give iomux-client the server's options "
            "(its defaults are --service suffix --suffix _suffix --framing chunk)")


@contextlib.contextmanager
def talking(port, *options, stdout=subprocess.DEVNULL):
    """A client that goes on until it is interrupted, which is no error. The test reads all its lines of errors."""
    with subprocess.Popen([CLIENT, "--port", str(port), *options], stdout=stdout, stderr=subprocess.PIPE, text=True) as client:
        try:
            yield client
            client.send_signal(signal.SIGINT)
            _, unread = client.communicate(timeout=PATIENCE)
            assert (client.returncode, unread) == (0, ""), unread
        finally:
            client.kill()


class AServerWithAnotherProtocol(unittest.TestCase):
    def hint_after(self, server_options, *options):
        """The lines of the error output that are not of a single connection."""
        with Server(EPOLL, *server_options) as server:
            done = run(CLIENT, "--port", str(server.port), "--count", "1", "--message", "hello", *options)
        self.assertEqual(done.returncode, 1)
        return [line for line in done.stderr.splitlines() if not line.startswith("iomux-client: connection ")]

    def test_is_an_error_that_names_the_options_of_both_sides_once(self):
        for server_options, options in (((), ("--service", "echo", "--framing", "chunk")),
                                        (("--framing", "length"), ("--service", "echo", "--framing", "chunk")),
                                        (("--service", "echo"), ("--service", "suffix", "--suffix", "X", "--framing", "length"))):
            with self.subTest(server=server_options, client=options):
                self.assertEqual(self.hint_after(server_options, *options),
                                 ["iomux-client: " + hint_at(options)])

    def test_of_datagrams_is_an_error_that_names_the_option_of_both_sides_once(self):
        self.assertEqual(self.hint_after(("--udp",), "--udp", "--service", "echo"), [
            "iomux-client: if the server has another --service, start it with --service echo, or give iomux-client the "
            "server's options (its defaults are --service suffix --suffix _suffix)"])

    def test_that_completes_no_reply_is_waited_for_with_one_line_on_standard_error(self):
        for server_options, options, received in (
                (("--service", "echo"), ("--service", "suffix", "--suffix", "X", "--framing", "chunk"), " (received: hi)"),
                (("--service", "discard"), ("--service", "echo", "--framing", "line"), ""),
                (("--framing", "line"), ("--service", "suffix", "--suffix", "X", "--framing", "length"), ""),
                (("--framing", "length"), ("--service", "suffix", "--suffix", "X", "--framing", "line"), "")):
            with self.subTest(server=server_options, client=options), Server(EPOLL, *server_options) as server:
                with talking(server.port, *options) as client:
                    line = client.stderr.readline()
                self.assertRegex(line, r"\Aiomux-client: connection \d: ")
                self.assertEqual(line.partition("connection ")[2][3:],
                                 f"no complete reply for 2 s{received}; still waiting; {hint_at(options)}\n")

    def test_that_replies_is_an_error_with_service_discard(self):
        with Server(EPOLL, "--service", "echo") as server:
            done = run(CLIENT, "--port", str(server.port), "--service", "discard", "--connections", "1")
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, r"\Aiomux-client: connection 0: wrong reply: (hi)+\n")
        self.assertTrue(done.stderr.endswith(f"\niomux-client: {hint_at(('--service', 'discard', '--framing', 'chunk'))}\n"))

    def test_that_receives_nothing_is_waited_for(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            options = ("--service", "discard", "--message", "x" * 10_000, "--connections", "1")
            with talking(listener.getsockname()[1], *options) as client:
                self.assertEqual(client.stderr.readline(), "iomux-client: connection 0: cannot send for 2 s; still waiting; "
                                 f"{hint_at(('--service', 'discard', '--framing', 'chunk'))}\n")


class AServerThatStops(unittest.TestCase):
    def test_is_waited_for(self):
        with Server(EPOLL) as server, talking(server.port, "--connections", "1", "--interval", "1ms",
                                              stdout=subprocess.PIPE) as client:
            replies = client.stdout.fileno()
            self.assertTrue(os.read(replies, 4096).startswith(b"0: hi_suffix\n"))
            server.send_signal(signal.SIGSTOP)
            self.assertEqual(client.stderr.readline(), "iomux-client: connection 0: no complete reply for 2 s; still waiting\n")
            while select.select([replies], [], [], 0)[0]:
                os.read(replies, 4096)
            server.send_signal(signal.SIGCONT)
            self.assertEqual(select.select([replies], [], [], PATIENCE)[0], [replies])


class LyingServer(unittest.TestCase):
    """The exit status of the client is 1, whatever the server does wrong."""

    def assert_found_out(self, reply, *options):
        with socket.create_server(("127.0.0.1", 0)) as listener:

            def lie():
                peer, _ = listener.accept()
                with peer:
                    peer.recv(1024)
                    peer.sendall(reply)

            liar = threading.Thread(target=lie, daemon=True)
            liar.start()
            port = str(listener.getsockname()[1])
            done = run(CLIENT, "--port", port, "--connections", "1", "--count", "1", *options)
            liar.join()
        self.assertEqual(done.returncode, 1, done.stdout)

    def test_with_a_wrong_byte(self):
        self.assert_found_out(b"hi_suffiX")

    def test_with_a_truncated_reply(self):
        self.assert_found_out(b"hi_suff")

    def test_with_no_reply(self):
        self.assert_found_out(b"")

    def test_with_an_extra_byte(self):
        self.assert_found_out(b"hi_suffix!")

    def test_with_an_unexpected_reply(self):
        self.assert_found_out(b"hi", "--service", "discard")
