"""The addresses that the programs take, among them each that they print."""

import json
import os
import socket
import subprocess
import tempfile
import unittest

from programs import ASIO, PATIENCE, RAW, Server, each_program, every_mechanism, mechanisms_of, run

CLIENT, LOAD, COMPARE = (os.environ["IOMUX_" + name] for name in ("CLIENT", "LOAD", "COMPARE"))
SERVE = os.environ.get("IOMUX_SERVE")
EPOLL = next(one for one in every_mechanism() if (one.program, one.name) == (RAW, "epoll"))
SHORT_LOAD = ("--connections", "4", "--warmup", "10ms", "--duration", "100ms")
# Each with the address that a server prints for it.
FORMS = (("127.0.0.1", "127.0.0.1"), ("localhost", "127.0.0.1"), ("::1", "[::1]"), ("[::1]", "[::1]"),
         ("::ffff:127.0.0.1", "[::ffff:127.0.0.1]"), ("[::ffff:127.0.0.1]", "[::ffff:127.0.0.1]"))


def has_ipv6():
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False


def forms():
    return [form for form in FORMS if ":" not in form[0] or has_ipv6()]


class AnAddress(unittest.TestCase):
    @each_program
    def test_is_taken_by_servers_in_each_form(self, program):
        mechanism = next(one for one in mechanisms_of(program) if one.guarded)
        for address, printed in forms():
            with self.subTest(address), Server(mechanism, address=("--address", address, "--port", "0")) as server:
                self.assertEqual(server.first_line, f"listening on {printed}:{server.port}\n")
                self.assertEqual(server.stop(), 0)
                self.assertEqual(server.log(), "")  # no warning that other machines can connect

    def test_is_taken_by_clients_in_each_form(self):
        for address, printed in forms():
            with Server(EPOLL, "--service", "echo", address=("--address", address, "--port", "0")) as server:
                for form in address, printed:
                    with self.subTest(form):
                        where = ("--address", form, "--port", str(server.port))
                        done = run(LOAD, *where, *SHORT_LOAD)
                        self.assertEqual((done.returncode, done.stderr), (0, ""))
                        done = run(CLIENT, *where, "--service", "echo", "--connections", "1", "--count", "1")
                        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "0: hi\n", ""))
                        plan = {"cycles": 1, "warmup_cycles": 0, "targets": [{"name": "epoll", "address": form,
                                                                              "port": server.port}]}
                        done = run(LOAD, "--conduct", "--connections", "4", input=json.dumps(plan))
                        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_is_taken_by_the_comparison_as_it_is_printed(self):
        for printed in sorted({printed for _, printed in forms()}):
            with Server(EPOLL, "--service", "echo", address=("--address", printed, "--port", "0")) as server:
                with self.subTest(printed):
                    done = run(COMPARE, "--servers", "minimal", "--attach",
                               f"mine={server.process.pid}@{printed}:{server.port}", "--rounds", "1", "--seconds", "0.3",
                               "--connections", "4", "--idle-memory", "0")
                    self.assertEqual(done.returncode, 0, done.stderr)
                    self.assertRegex(done.stdout, r"(?m)^ *mine +\S*\d")

    @unittest.skipIf(SERVE is None, "iomux-serve was not built")
    def test_is_taken_by_the_service_in_each_form(self):
        for address, printed in forms():
            with self.subTest(address), tempfile.TemporaryDirectory() as folder, subprocess.Popen(
                    (SERVE, "--address", address, "--port", "0", "--results", folder), stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE, text=True) as service:
                try:
                    link = service.stdout.readline()
                finally:
                    service.terminate()
                # A browser reaches a mapped address as that of IPv4.
                host = printed.replace("[::ffff:127.0.0.1]", "127.0.0.1")
                self.assertTrue(link.startswith(f"open http://{host}:"), link)
                self.assertNotIn("other machines", service.communicate(timeout=PATIENCE)[1])

    def test_of_another_form_is_an_error_that_names_it(self):
        programs = (RAW, "epoll"), (CLIENT,), (LOAD,)
        for address, why in (("127.0.0.1:8080", "; give the port separately"),
                             ("[::1]:8080", "; give the port separately"),
                             ("[localhost]", "; only an IPv6 address can have brackets, such as [::1]"),
                             ("nobody.invalid", "")):
            for program in programs:
                with self.subTest(address=address, program=os.path.basename(program[0])):
                    done = run(*program, "--address", address)
                    self.assertEqual((done.returncode, done.stdout), (1, ""))
                    self.assertTrue(done.stderr.startswith(f"{os.path.basename(program[0])}: cannot resolve {address}: "))
                    self.assertTrue(done.stderr.endswith(why + "\n"), done.stderr)

    def assert_refused(self, command, saying):
        done = run(*command)
        name = os.path.basename(command[0])
        # Before it, servers that were not built may be listed.
        self.assertEqual((done.returncode, done.stdout, done.stderr.splitlines()[-1:]), (1, "", [f"{name}: {saying}"]))

    @staticmethod
    def commands(programs, folder):
        """Those of the programs that were built, without an address."""
        for program in programs:
            words = {RAW: ("epoll",), ASIO: ("callbacks",), SERVE: ("--results", folder)}.get(program, ())
            if program is not None:
                yield program, *words

    def test_of_no_host_is_refused_as_such(self):
        with tempfile.TemporaryDirectory() as folder:
            for command in self.commands((RAW, ASIO, SERVE, CLIENT, LOAD), folder):
                self.assert_refused((*command, "--address", ""),
                                    'cannot resolve "": the address is empty; give one, such as 127.0.0.1')
                for address in "*", "[*]":
                    self.assert_refused((*command, "--address", address),
                                        f"cannot resolve {address}: neither an address nor a host name; 0.0.0.0 and :: mean "
                                        "all addresses")

    def test_of_a_link_needs_its_interface(self):
        if not has_ipv6():
            self.skipTest("no IPv6")
        with tempfile.TemporaryDirectory() as folder:
            for programs, tried in ((RAW, ASIO, SERVE), "listen on"), ((CLIENT, LOAD), "connect to"):
                for command in self.commands(programs, folder):
                    self.assert_refused((*command, "--address", "fe80::1", "--port", "8080"),
                                        f"cannot {tried} [fe80::1]:8080: Invalid argument; a link-local address needs its "
                                        "interface, such as fe80::1%eth0")

    def test_of_a_group_is_no_address_to_listen_on(self):
        with tempfile.TemporaryDirectory() as folder:
            for command in self.commands((RAW, ASIO, SERVE), folder):
                for address, printed in ("224.0.0.1", "224.0.0.1"), ("ff02::1", "[ff02::1]"):
                    if ":" not in address or has_ipv6():
                        self.assert_refused((*command, "--address", address, "--port", "8080"),
                                            f"cannot listen on {printed}:8080: Invalid argument; a server cannot listen on a "
                                            "multicast address; 0.0.0.0 and :: mean all addresses of this machine")

    def test_of_all_machines_of_a_network_is_no_address_of_a_server(self):
        with tempfile.TemporaryDirectory() as folder:
            for programs, tried in ((RAW, ASIO, SERVE), "listen on"), ((CLIENT, LOAD), "connect to"):
                for command in self.commands(programs, folder):
                    for address in "255.255.255.255", "127.255.255.255":
                        self.assert_refused((*command, "--address", address, "--port", "8080"),
                                            f"cannot {tried} {address}:8080: Invalid argument; a server cannot listen on a "
                                            "broadcast address; 0.0.0.0 and :: mean all addresses of this machine")

    @each_program
    def test_with_an_interface_is_printed_with_it(self, program):
        mechanism = next(one for one in mechanisms_of(program) if one.guarded)
        done = run(program, mechanism.name, "--address", "fe80::1%lo", "--port", "8080")
        if "Address family not supported" in done.stderr:
            self.skipTest("no IPv6")
        self.assertIn("cannot listen on [fe80::1%lo]:8080: Cannot assign requested address", done.stderr)

    def test_that_is_refused_is_a_part_of_the_hint(self):
        if not has_ipv6():
            self.skipTest("no IPv6")
        with socket.socket(socket.AF_INET6) as closed:
            closed.bind(("::1", 0))
            port = closed.getsockname()[1]
            for program in CLIENT, LOAD:
                done = run(program, "--address", "[::1]", "--port", str(port))
                self.assertEqual(done.returncode, 1)
                self.assertRegex(done.stderr, rf"; start a server there first: \./iomux run iomux-raw epoll --address ::1 "
                                              rf"--port {port} --service \w+\n\Z")


if __name__ == "__main__":
    unittest.main()
