import os
import signal
import socket
import subprocess
import threading
import unittest

from programs import PATIENCE, Server, each_server, each_server_even_minimal, refused_port, run

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
