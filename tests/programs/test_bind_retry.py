"""Starting a server on an address that is in use."""

import contextlib
import os
import signal
import socket
import subprocess
import tempfile
import unittest

from programs import (
    BACKENDS,
    PATIENCE,
    SERVER_PROGRAMS,
    Server,
    each_program,
    every_mechanism,
    mechanisms_of,
    receive,
    run,
    wait_until,
    written_to,
)

LONG = ("--bind-retry", "10m")
SHORT = ("--bind-retry", "20ms")


def guarded_mechanism(program):
    return next(one for one in mechanisms_of(program) if one.guarded)


@contextlib.contextmanager
def server_that_tries_again(program, *options):
    """A server process that has found its address in use."""
    command = Server.command(guarded_mechanism(program), *options, *LONG, "--log-level", "debug")
    with (tempfile.TemporaryFile() as log,
          subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log) as process):
        try:
            wait_until(lambda: "address in use: trying again for 600s" in written_to(log), "the server tries again")
            yield process
        finally:
            process.kill()


@contextlib.contextmanager
def used_udp_port():
    """A UDP port that is in use, and a TCP port of the same number that is reserved, but on which a server can listen."""
    with socket.socket() as reserved, socket.socket(type=socket.SOCK_DGRAM) as used:
        reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        reserved.bind(("127.0.0.1", 0))
        used.bind(reserved.getsockname())
        yield used


class AServerThatWasKilled(unittest.TestCase):
    def assert_served_by_the_next(self, mechanism):
        port = "0"
        for _ in range(8):
            with Server(mechanism, *LONG, address=("--port", port)) as server, server.connect() as client:
                self.assertRegex(server.first_line, r"\Alistening on ", server.log())
                port = str(server.port)
                client.sendall(b"hi")
                self.assertEqual(receive(client, 2), b"hi")
                server.process.kill()
                server.wait()

    # The kernel ends an io_uring, which holds the listener, some time after its process.
    def test_leaves_its_port_to_the_next_at_once(self):
        others = [mechanism for program in BACKENDS for mechanism in mechanisms_of(program)]
        for mechanism in (*every_mechanism(), *others):
            with self.subTest(program=os.path.basename(mechanism.program), name=mechanism.name):
                self.assert_served_by_the_next(mechanism)


class AnAddressInUse(unittest.TestCase):
    @each_program
    def test_is_used_once_its_server_has_ended(self, program):
        with socket.create_server(("127.0.0.1", 0)) as other:
            port = other.getsockname()[1]
            with server_that_tries_again(program, "--port", str(port)) as process:
                other.close()
                self.assertEqual(process.stdout.readline(), b"listening on 127.0.0.1:%d\n" % port)

    @each_program
    def test_of_udp_is_used_once_its_server_has_ended(self, program):
        with used_udp_port() as other:
            port = other.getsockname()[1]
            with server_that_tries_again(program, "--port", str(port), "--udp") as process:
                other.close()
                self.assertEqual(process.stdout.readline(), b"listening on 127.0.0.1:%d (TCP and UDP)\n" % port)

    @each_program
    def test_of_a_unix_socket_is_used_once_its_server_has_ended(self, program):
        with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as other:
            path = os.path.join(folder, "socket")
            other.bind(path)
            other.listen()
            with server_that_tries_again(program, "--unix", path) as process:
                other.close()
                self.assertEqual(process.stdout.readline().decode(), f"listening on unix:{path}\n")

    @each_program
    def test_does_not_keep_a_signal_from_ending_the_server_at_once(self, program):
        with socket.create_server(("127.0.0.1", 0)) as other:
            for number in signal.SIGTERM, signal.SIGINT, signal.SIGHUP:
                with server_that_tries_again(program, "--port", str(other.getsockname()[1])) as process:
                    process.send_signal(number)
                    self.assertEqual(process.wait(PATIENCE), -number)

    def assert_cannot_start(self, program, *options, saying):
        done = run(program, guarded_mechanism(program).name, *options)
        self.assertEqual((done.returncode, done.stdout), (1, ""), done.stderr)
        self.assertEqual(done.stderr, f"{os.path.basename(program)}: {saying}\n")

    @each_program
    def test_of_another_server_is_an_error_that_says_how_long_it_was_tried(self, program):
        with socket.create_server(("127.0.0.1", 0)) as other:
            port = other.getsockname()[1]
            address = ("--port", str(port))
            saying = f"cannot listen on 127.0.0.1:{port}: Address already in use{{}}; choose another --port (0: any free)"
            self.assert_cannot_start(program, *address, *SHORT, saying=saying.format(" (tried for 20ms)"))
            self.assert_cannot_start(program, *address, "--bind-retry", "0", saying=saying.format(""))

    def test_is_tried_for_one_second_by_default(self):
        with socket.create_server(("127.0.0.1", 0)) as other:
            for program in SERVER_PROGRAMS[:1]:
                done = run(program, guarded_mechanism(program).name, "--port", str(other.getsockname()[1]))
                self.assertIn("Address already in use (tried for 1s); choose another --port", done.stderr)

    @each_program
    def test_of_another_udp_server_is_an_error_that_says_how_long_it_was_tried(self, program):
        with used_udp_port() as other:
            port = other.getsockname()[1]
            self.assert_cannot_start(program, "--port", str(port), "--udp", *SHORT,
                                     saying=f"cannot serve datagrams on 127.0.0.1:{port}: Address already in use (tried for "
                                            "20ms); choose another --port (0: any free)")

    @each_program
    def test_of_another_unix_socket_is_an_error_that_says_how_long_it_was_tried(self, program):
        with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as other:
            path = os.path.join(folder, "socket")
            other.bind(path)
            other.listen()
            self.assert_cannot_start(program, "--unix", path, *SHORT,
                                     saying=f"cannot listen on unix:{path}: Address already in use (tried for 20ms); "
                                            "choose another --unix path")

    # No server will free it.
    @each_program
    def test_of_a_file_that_is_not_a_socket_is_tried_once(self, program):
        with tempfile.NamedTemporaryFile() as file:
            self.assert_cannot_start(program, "--unix", file.name, *LONG,
                                     saying=f"cannot listen on unix:{file.name}: Address already in use; it exists and is "
                                            "not a socket; choose another --unix path")

    @each_program
    def test_takes_a_time(self, program):
        done = run(program, guarded_mechanism(program).name, "--bind-retry", "soon")
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertIn("--bind-retry soon: expected a time such as", done.stderr)


if __name__ == "__main__":
    unittest.main()
