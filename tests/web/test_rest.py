"""Requests to the service: responses and refusals."""

import contextlib
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import unittest
from random import Random

from web import PATIENCE, SERVE, Service, receive, receive_all, wait_until

VERSION_1 = os.path.join(os.path.dirname(__file__), "../compare/results/version_1.json")


class Rest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.service = cls.enterClassContext(Service())

    def status(self, *request, **options):
        return self.service.ask(*request, **options).status

    def raw(self, request):
        """The first line of the response to these bytes."""
        with socket.create_connection(("127.0.0.1", self.service.port), timeout=PATIENCE) as client:
            client.sendall(request)
            return client.makefile("rb").readline().decode()

    def test_prints_a_link_with_a_token(self):
        self.assertRegex(self.service.link, r"^open http://127\.0\.0\.1:\d+/#token=[0-9a-f]{32}$")

    def test_is_healthy(self):
        self.assertEqual(self.service.get("/healthz"), {"status": "ok"})

    def test_lists_the_servers_of_every_program(self):
        names = {one["name"]: one for one in self.service.get("/api/servers")["servers"]}
        self.assertIn("epoll", names)
        self.assertEqual(names["callbacks"]["program"], "asio")

    def test_serves_a_page_with_its_files(self):
        for path, kind in (("/", "text/html"), ("/page.css", "text/css"), ("/app.js", "text/javascript")):
            answer = self.service.ask("GET", path)
            self.assertEqual(answer.status, 200)
            self.assertIn(kind, answer.headers["Content-Type"])
            self.assertIn("script-src 'self'", answer.headers["Content-Security-Policy"])

    def test_answers_head_without_the_body(self):
        head, get = self.service.ask("HEAD", "/api/servers"), self.service.ask("GET", "/api/servers")
        self.assertEqual(head.body, b"")
        self.assertEqual(head.headers["Content-Length"], str(len(get.body)))

    def test_answers_several_requests_on_one_connection(self):
        connection = self.service.connect()
        self.addCleanup(connection.close)
        for method in ("GET", "HEAD", "GET"):
            self.assertEqual(self.status(method, "/healthz", connection=connection), 200)

    def test_refuses_other_hosts_and_origins(self):
        run = "20261125T142015Z-0a1b2c3d"
        for headers in ({"Host": f"rebound.example:{self.service.port}"}, {"Origin": "http://elsewhere.example"},
                        {"Origin": "null"}):
            self.assertEqual(self.status("GET", "/api/servers", **headers), 403)
            self.assertEqual(self.status("POST", "/api/runs", {"servers": ["epoll"]}, **headers), 403)
            with self.service.follow(run, **headers) as feed:
                self.assertEqual(feed.status, 403)
        self.assertEqual(self.status("GET", "/api/servers", Origin=f"http://{self.service.host}"), 200)

    def test_starts_no_run_without_the_token(self):
        self.assertEqual(self.status("POST", "/api/runs", {"servers": ["epoll"]}, token=False), 401)
        self.assertEqual(self.status("POST", "/api/runs", {"servers": ["epoll"]}, Authorization="Bearer 0"), 401)
        self.assertEqual(self.service.get("/api/runs"), {"runs": [], "total": 0, "next": None})

    def test_refuses_a_body_that_is_too_long(self):
        self.assertEqual(self.status("POST", "/api/runs", b"x" * 100_000), 413)

    def test_refuses_a_header_that_is_too_long(self):
        self.assertEqual(self.status("GET", "/healthz", X_Long="x" * 10_000), 431)

    def test_refuses_invalid_requests(self):
        for request in (b"\x16\x03\x01\x02\x00\x01\r\n\r\n", b"GET / HTTQ/1.1\r\n\r\n",
                        b"POST /api/runs HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
                        b"GET / HTTP/1.1\nHost: x\n\n", b"GET / HTTP/1.1\r\nHost : x\r\n\r\n",
                        b"GET / HTTP/1.1\r\nHost: x\0\r\n\r\n", b"GET / HTTP/1.1\r\nX\0: x\r\n\r\n",
                        b"GET / HTTP/1.1\r\n\r\n", b"GET / HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n",
                        b"CONNECT x:80 HTTP/1.1\r\nHost: x:80\r\n\r\n"):
            self.assertIn(" 400 ", self.raw(request), request)

    def test_refuses_other_versions_of_http(self):
        self.assertIn(" 505 ", self.raw(b"GET / HTTP/9.9\r\n\r\n"))

    def test_does_not_read_a_body_as_the_next_request(self):
        smuggled = f"GET /api/servers HTTP/1.1\r\nHost: {self.service.host}\r\n\r\n"
        for encoding in "identity", "chunked, identity", "gzip":
            with socket.create_connection(("127.0.0.1", self.service.port), timeout=PATIENCE) as client:
                client.sendall(f"POST /healthz HTTP/1.1\r\nHost: {self.service.host}\r\nTransfer-Encoding: {encoding}\r\n\r\n"
                               f"{smuggled}".encode())
                answer = receive_all(client)
            self.assertTrue(answer.startswith(b"HTTP/1.1 400 "), answer)
            self.assertEqual(answer.count(b"HTTP/1.1 "), 1)

    def test_answers_a_request_after_one_of_http_1_0_only_if_asked_to(self):
        old = f"GET /healthz HTTP/1.0\r\nHost: {self.service.host}\r\n"
        for more, answers in ("", 1), ("Connection: keep-alive\r\n", 2):
            with socket.create_connection(("127.0.0.1", self.service.port), timeout=PATIENCE) as client:
                client.sendall(f"{old}{more}\r\n{old}\r\n".encode())
                self.assertEqual(receive_all(client).count(b" 200 OK"), answers)

    def test_refuses_folded_lines(self):
        for fields in f"Host:\r\n {self.service.host}\r\n", f"Host: {self.service.host}\r\nX: a\r\n\tb\r\n":
            self.assertIn(" 400 ", self.raw(f"GET /healthz HTTP/1.1\r\n{fields}\r\n".encode()))

    def test_survives_corrupted_requests(self):
        random = Random(6)
        body = json.dumps({"servers": ["nobody"], "connections": 4, "rate": None}).encode()
        request = (f"POST /api/runs HTTP/1.1\r\nHost: {self.service.host}\r\nAuthorization: Bearer {self.service.token}"
                   f"\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: {len(body)}\r\n\r\n")
        for _ in range(200):
            sent = bytearray(request.encode() + body)
            for _ in range(random.randint(1, 4)):
                sent[random.randrange(len(sent))] = random.randrange(256)
            with socket.create_connection(("127.0.0.1", self.service.port), timeout=PATIENCE) as client:
                client.sendall(sent)
                client.shutdown(socket.SHUT_WR)
                answer = receive_all(client)
            self.assertNotRegex(answer, rb"\AHTTP/1.1 5", bytes(sent))
        self.assertEqual(self.service.get("/healthz"), {"status": "ok"})

    def test_answers_if_other_clients_hold_all_connections(self):
        held = [socket.create_connection(("127.0.0.1", self.service.port), timeout=PATIENCE) for _ in range(300)]
        for one in held:
            self.addCleanup(one.close)
            one.sendall(b"GET / HT")
        self.assertEqual(self.service.get("/healthz"), {"status": "ok"})
        self.assertEqual(receive(held[0], 1), b"")  # closed to make room

    def test_has_metrics_for_prometheus(self):
        self.service.ask("GET", "/nothing")
        text = self.service.ask("GET", "/metrics").body.decode()
        self.assertRegex(text, r'(?m)^iomux_http_responses_total\{status="404"\} \d+$')


class AStoredRunOfVersion1(unittest.TestCase):
    """Its results are in a format with other names."""

    def test_is_served_as_version_2(self):
        run = "20261125T142015Z-0a1b2c3d"
        with tempfile.TemporaryDirectory() as folder:
            shutil.copy(VERSION_1, os.path.join(folder, f"{run}.results.json"))
            with Service(folder) as service:
                results = service.get(f"/api/results/{run}")
                report = service.ask("GET", f"/api/results/{run}/report")
        self.assertEqual(results["version"], 2)
        medians = results["scenarios"][0]["points"][0]["servers"][0]["medians"]
        self.assertAlmostEqual(medians["cpu_us_per_message"], 43.256, places=3)
        self.assertEqual(report.status, 200)
        self.assertIn(b'"cpu_us_per_message":4.3256E1', report.body)
        self.assertNotIn(b'"cpu_us_a_message"', report.body)


class AStoredRunOfALaterVersion(unittest.TestCase):
    def test_is_refused_with_the_versions_that_can_be_read(self):
        run = "20261125T142015Z-0a1b2c3d"
        with tempfile.TemporaryDirectory() as folder:
            with open(os.path.join(folder, f"{run}.results.json"), "w", encoding="utf-8") as file:
                json.dump({"format": "iomux-results", "version": 3}, file)
            with Service(folder) as service:
                for path in f"/api/results/{run}", f"/api/results/{run}/report":
                    answer = service.ask("GET", path)
                    self.assertEqual((answer.status, answer.json()["error"]),
                                     (404, "only results of versions 1 and 2 can be read; these have version 3"))


class Starting(unittest.TestCase):
    def test_shows_exit_status_and_examples_in_its_help(self):
        done = subprocess.run([SERVE, "--help"], capture_output=True, text=True, timeout=PATIENCE)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        for text in ("Exit status: 0 ", "1 cannot listen", "2 usage", "Try:  ./iomux serve\n", "--allow-host lab"):
            self.assertIn(text, done.stdout)

    def test_ends_with_the_exit_status_of_its_help(self):
        with Service() as service, tempfile.TemporaryDirectory() as folder:
            for options, code in ((["--port", str(service.port), "--results", folder, "--bind-retry", "0"], 1),
                                  (["--port", "0", "--results", "/proc/none"], 1), (["--port", "x"], 2)):
                ended = subprocess.run([SERVE, *options], capture_output=True, timeout=PATIENCE)
                self.assertEqual(ended.returncode, code, ended.stderr)
            self.assertEqual(service.stop(), 0)

    def test_says_for_how_long_it_has_tried_to_listen_on_a_port_in_use(self):
        with socket.create_server(("127.0.0.1", 0)) as other, tempfile.TemporaryDirectory() as folder:
            port = other.getsockname()[1]
            for time, tried in ("20ms", " (tried for 20ms)"), ("0", ""):
                done = subprocess.run([SERVE, "--port", str(port), "--results", folder, "--bind-retry", time],
                                      capture_output=True, text=True, timeout=PATIENCE)
                self.assertEqual((done.returncode, done.stdout), (1, ""))
                self.assertEqual(done.stderr, f"iomux-serve: cannot listen on 127.0.0.1:{port}: Address already in use"
                                              f"{tried}; choose another --port (0: any free)\n")

    @contextlib.contextmanager
    def starting_on_a_port_in_use(self):
        """The process and the socket that uses the port. It makes its folder just before it listens."""
        with socket.create_server(("127.0.0.1", 0)) as other, tempfile.TemporaryDirectory() as parent:
            folder = os.path.join(parent, "results")
            command = [SERVE, "--port", str(other.getsockname()[1]), "--results", folder, "--bind-retry", "10m"]
            with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
                try:
                    wait_until(lambda: os.path.exists(folder), "the service has made its folder")
                    yield process, other
                finally:
                    process.kill()

    def test_listens_once_its_port_is_free(self):
        with self.starting_on_a_port_in_use() as (process, other):
            port = other.getsockname()[1]
            other.close()
            self.assertRegex(process.stdout.readline(), rf"\Aopen http://127\.0\.0\.1:{port}/#token=")

    def test_is_stopped_by_a_signal_while_its_port_is_in_use(self):
        with self.starting_on_a_port_in_use() as (process, _):
            process.send_signal(signal.SIGTERM)
            self.assertEqual(process.wait(PATIENCE), 0)

    def assert_refused(self, *options, status, saying):
        done = subprocess.run([SERVE, "--port", "0", *options], capture_output=True, text=True, timeout=PATIENCE)
        self.assertEqual((done.returncode, done.stdout), (status, ""), done.stderr)
        self.assertIn(f"iomux-serve: {saying}", done.stderr)

    def test_refuses_a_host_of_another_form(self):
        for host in ("", "http://laboratory", "laboratory:", "laboratory:0", "laboratory:65536", "laboratory/", "a b",
                     ":8090", "::1", "[]"):
            with self.subTest(host):
                self.assert_refused("--allow-host", host, status=2, saying=f'--allow-host "{host}": expected NAME or '
                                                                           "NAME:PORT, such as laboratory:8090 (see")

    def test_accepts_a_host_with_or_without_a_port(self):
        hosts = ("laboratory", "Laboratory-2.example:8090", "[::1]:8090", "[::1]")
        with Service(None, *(option for host in hosts for option in ("--allow-host", host))) as service:
            for host in hosts:
                self.assertEqual(service.ask("GET", "/healthz", Host=host).status, 200)
            self.assertEqual(service.ask("GET", "/healthz", Host="laboratory:8090").status, 403)

    def test_refuses_a_server_without_a_command(self):
        self.assert_refused("--server", "mine", status=2, saying='--server "mine": expected NAME=COMMAND, a server of '
                                                                 "yours; the servers of this project are always offered")
        self.assert_refused("--server", "a,b=serve {port}", status=2,
                            saying='--server: the name "a,b" may contain only letters, digits, ".", "_" and "-"')

    def test_says_why_it_cannot_store_results(self):
        with tempfile.NamedTemporaryFile() as file:
            for folder, why in (("/proc/none", "No such file or directory"), (file.name, "Not a directory"),
                                ("/proc", "cannot create a file there: No such file or directory")):
                with self.subTest(folder):
                    self.assert_refused("--results", folder, status=1, saying=f"cannot store results in {folder}: {why}; "
                                                                              "choose another folder with --results\n")

    def test_avoids_the_measured_cores(self):
        cores = sorted(os.sched_getaffinity(0))
        with Service() as service:
            # The load runs on the first core, the server on the last. With two cores the service shares the load's.
            self.assertEqual(os.sched_getaffinity(service.process.pid), set(cores[1:-1] or cores[:1]))

    def test_warns_if_other_machines_can_connect(self):
        with Service(None, "--address", "0.0.0.0") as service:
            port = service.port
            self.assertIn(f"iomux-serve: warning: other machines can connect to 0.0.0.0:{port}, and the token can be read on "
                          "the way, because connections are not encrypted; it is safer to omit --address and to run on the "
                          f"other machine: ssh -L {port}:127.0.0.1:{port} THIS_MACHINE\n", service.log())
            self.assertEqual(service.ask("GET", "/healthz").status, 200)

    def links_of(self, *options):
        """The addresses in the links of a service that has ended, with its port replaced."""
        with Service(None, *options) as service:
            self.assertEqual(service.stop(), 0)
            links = [service.link, *service.process.stdout.read().decode().splitlines()]
        for link in links:
            self.assertRegex(link, rf"^(open|or  ) http://[^/]+:{service.port}/#token={service.token}$")
        return [link.split("//")[1].partition("/")[0].rpartition(":")[0] for link in links]

    def test_prints_links_that_work(self):
        for options, families in ((("--address", "0.0.0.0"), {socket.AF_INET}),
                                  (("--address", "::"), {socket.AF_INET, socket.AF_INET6}), ((), {socket.AF_INET})):
            if socket.AF_INET6 in families and not self.has_ipv6():
                continue
            hosts = self.links_of(*options)
            self.assertEqual(len(hosts), len(set(hosts)))
            self.assertIn("127.0.0.1", hosts)
            # Loopback is of no use to other machines.
            is_local = [host in ("[::1]", "[::]") or host.startswith("127.") for host in hosts]
            self.assertEqual(is_local, sorted(is_local))
            self.assertFalse({"0.0.0.0", "[::]"} & set(hosts))
            self.assertLessEqual({socket.AF_INET6 if ":" in host else socket.AF_INET for host in hosts}, families)
            with Service(None, *options) as service:
                for host in hosts:
                    client = http.client.HTTPConnection(host.strip("[]"), service.port, timeout=PATIENCE)
                    self.addCleanup(client.close)
                    for name in host, f"{host.upper()}":
                        answer = service.ask("GET", "/healthz", connection=client, Host=f"{name}:{service.port}",
                                             Origin=f"http://{host}:{service.port}")
                        self.assertEqual(answer.status, 200, (options, name))

    def has_ipv6(self):
        try:
            with socket.create_server(("::1", 0), family=socket.AF_INET6):
                return True
        except OSError:
            return False

    def test_allows_the_address_that_it_is_reached_at(self):
        with Service(None, "--address", "0.0.0.0") as service:
            for address, name, status in ((2, 2, 200), (2, 1, 200), (1, 2, 403)):
                client = http.client.HTTPConnection(f"127.0.0.{address}", service.port, timeout=PATIENCE)
                self.addCleanup(client.close)
                client.request("GET", "/healthz", headers={"Host": f"127.0.0.{name}:{service.port}"})
                self.assertEqual(client.getresponse().status, status, (address, name))

    def test_allows_the_names_of_this_machine_only(self):
        with Service(None, "--address", "0.0.0.0") as service:
            for name, status in ((socket.gethostname(), 200), ("localhost", 200), ("rebound.example", 403),
                                 (f"{socket.gethostname()}.rebound.example", 403), ("198.51.100.7", 403)):
                if name == socket.gethostname() and all(host.startswith("127.") for host in self.links_of("--address", "0.0.0.0")):
                    continue  # no other machine can reach it
                answer = service.ask("GET", "/healthz", Host=f"{name}:{service.port}")
                self.assertEqual(answer.status, status, name)
                if status == 403:
                    self.assertIn("--allow-host NAME:PORT", answer.json()["hint"])


if __name__ == "__main__":
    unittest.main()
