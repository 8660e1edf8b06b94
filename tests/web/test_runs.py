"""Runs: live, one at a time, stored, and ended with the service."""

import contextlib
import copy
import json
import math
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import unittest

from web import (CLAIMS, LONG, PATIENCE, SERVE, SESSIONS, SHORT, TRACE, Service, descendants, descriptors_of, is_alive,
                 receive_all, wait_until)

COMPARE = os.environ["IOMUX_COMPARE"]
RAW = os.environ["IOMUX_RAW"]


class ARun(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.service = cls.enterClassContext(Service())
        begin = time.monotonic()
        cls.run_id = cls.service.start(SHORT)
        with cls.service.follow(cls.run_id) as feed, cls.service.follow(cls.run_id) as unread:
            cls.frames = list(feed.frames())
            cls.seconds = time.monotonic() - begin
            cls.unread_frames = list(unread.frames())
        cls.results = cls.service.get(f"/api/results/{cls.run_id}")

    def servers_of_results(self):
        return {one["title"]: one for one in self.results["scenarios"][0]["points"][0]["servers"]}

    def test_sends_live_samples(self):
        self.assertIn(self.frames[0]["state"], ("running", "queued"))
        samples = [frame["live"]["sample"] for frame in self.frames if frame["live"]["sample"]]
        self.assertTrue(samples)
        self.assertTrue(all(sample["seconds"] > 0 for sample in samples))
        self.assertGreater(max(sample["messages"] for sample in samples), 0)

    def test_sends_at_most_ten_states_per_second(self):
        self.assertLessEqual(len(self.frames), self.seconds * 10 + 2)

    def test_sends_its_last_state(self):
        self.assertEqual(self.frames[-1]["state"], "finished")
        self.assertEqual(self.unread_frames[-1], self.frames[-1])

    def test_has_the_medians_of_its_results_in_its_last_state(self):
        live = {one["title"]: one for one in self.frames[-1]["live"]["servers"]}
        self.assertEqual(set(live), {"minimal", "epoll"})
        for title, server in self.servers_of_results().items():
            counted = server["system_calls"]
            self.assertEqual(live[title]["system_calls"], counted and counted["per_message"])
            self.assertEqual(live[title]["rounds"], 2)
            medians = server["medians"]
            fewest = min(one["load"]["messages"] for one in server["rounds"])
            for figure, least, median in (("messages_per_second", 0, medians["messages_per_second"]),
                                          ("cpu_us_per_message", 0, medians["cpu_us_per_message"]),
                                          ("p50_us", 20, medians["latency_us"]["p50"]),
                                          ("p99_us", 1000, medians["latency_us"]["p99"])):
                # The percentile of a round with fewer messages is not sent.
                if fewest >= least:
                    self.assertAlmostEqual(live[title][figure], median, delta=1e-6 * median)

    def test_has_listed_results_and_a_report(self):
        self.assertEqual([one["id"] for one in self.service.get("/api/results")["results"]], [self.run_id])
        report = self.service.ask("GET", f"/api/results/{self.run_id}/report")
        self.assertEqual(report.status, 200)
        self.assertIn("sandbox", report.headers["Content-Security-Policy"])
        self.assertIn(b"<html", report.body)

    def test_has_a_summary_with_all_but_its_rounds(self):
        results = copy.deepcopy(self.results)
        for server in results["scenarios"][0]["points"][0]["servers"]:
            self.assertEqual(len(server["rounds"]), 2)
            server["rounds"] = []
        self.assertEqual(self.service.get(f"/api/results/{self.run_id}/summary"), results)

    def test_cannot_be_stopped_after_its_end(self):
        self.assertEqual(self.service.ask("DELETE", f"/api/runs/{self.run_id}").status, 409)

    def test_closes_its_websocket_properly(self):
        with self.service.follow(self.run_id) as feed:
            feed.frame()
            # A Close frame with the code of a normal closure (RFC 6455, 7.4.1), then end of file.
            self.assertEqual(receive_all(feed.socket), b"\x88\x02\x03\xe8")

    def test_forgets_clients_that_send_garbage_and_disconnect(self):
        for _ in range(50):
            with self.service.follow(self.run_id) as feed:
                feed.socket.sendall(b"\xff" * 16)
                feed.frame()
        wait_until(lambda: re.search(r"(?m)^iomux_feeds 0$", self.service.ask("GET", "/metrics").body.decode()),
                   "no client follows a run")

    def test_sends_its_last_state_to_late_clients(self):
        with self.service.follow(self.run_id) as feed:
            self.assertEqual([frame["state"] for frame in feed.frames()], ["finished"])


class ARunInSessions(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.service = cls.enterClassContext(Service())
        cls.run_id = cls.service.start(SESSIONS)
        with cls.service.follow(cls.run_id) as feed:
            cls.frames = list(feed.frames())
        cls.point = cls.service.get(f"/api/results/{cls.run_id}")["scenarios"][0]["points"][0]
        if cls.point["why_windows"]:
            raise unittest.SkipTest(cls.point["why_windows"])
        cls.last = cls.frames[-1]["live"]

    def test_finishes_after_as_many_sessions(self):
        self.assertEqual(self.frames[-1]["state"], "finished")
        self.assertEqual(self.last["sessions"], 3)
        self.assertEqual([len(one["rounds"]) for one in self.point["servers"]], [3, 3])

    def test_sends_the_figures_of_all_servers_together(self):
        slices = [frame["live"]["slices"] for frame in self.frames if frame["live"]["slices"]]
        self.assertTrue(slices)
        for one in slices:
            self.assertEqual({server["server"] for server in one["servers"]}, {"minimal", "epoll"})
            self.assertEqual(one["session"], math.ceil(one["sessions"]))
        self.assertEqual(slices, sorted(slices, key=lambda one: one["sessions"]))

    def test_has_no_samples_of_windows(self):
        self.assertEqual([frame["live"]["sample"] for frame in self.frames if frame["live"]["sample"]], [])

    def test_has_the_medians_and_ratios_of_its_results_in_its_last_state(self):
        live = {one["title"]: one for one in self.last["servers"]}
        self.assertEqual(self.last["baseline"], self.point["baseline"])
        for server in self.point["servers"]:
            told, medians = live[server["title"]], server["medians"]
            for figure, median in {"messages_per_second": medians["messages_per_second"],
                                   "cpu_us_per_message": medians["cpu_us_per_message"],
                                   "p50_us": medians["latency_us"]["p50"],
                                   "p99_us": medians["latency_us"]["p99"]}.items():
                self.assertAlmostEqual(told[figure], median, delta=1e-6 * median)
            for end in "value", "low", "high":
                self.assertAlmostEqual(told["ratio"][end], medians["ratio"][end], delta=1e-6)
            for word in "verdict", "same_within":
                self.assertEqual(told["ratio"][word], medians["ratio"][word])

    def test_needs_less_than_a_kilobyte_for_each_server_in_a_state(self):
        largest = max(len(json.dumps(frame)) for frame in self.frames)
        self.assertLess(largest, 1000 * (1 + len(self.last["servers"])))


class ATrace(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.service = cls.enterClassContext(Service(None, "--server", f"mine=exec {RAW} poll --service echo --port {{port}}"))
        cls.run_id = cls.service.start({**TRACE, "servers": ["epoll", "mine"]})
        with cls.service.follow(cls.run_id) as feed:
            cls.frames = list(feed.frames())

    def test_has_the_calls_of_every_server_including_the_users_own(self):
        self.assertEqual(self.frames[-1]["state"], "finished", self.frames[-1]["error"])
        results = self.service.get(f"/api/results/{self.run_id}")
        self.assertEqual((results["format"], results["size"]), ("iomux-trace", 9))
        self.assertEqual([one["name"] for one in results["servers"]], ["epoll", "mine"])
        for server in results["servers"]:
            if server["unavailable"] and "not permitted" in server["unavailable"]:
                self.skipTest(server["unavailable"])
            self.assertIn("message", {call["step"] for call in server["calls"]}, server["unavailable"])

    def test_is_stored_as_a_trace_without_a_report(self):
        request = {**TRACE, "servers": ["epoll", "mine"]}
        self.assertEqual([one["request"] for one in self.service.get("/api/results")["results"]], [request])
        for page in "report", "summary":
            self.assertEqual(self.service.ask("GET", f"/api/results/{self.run_id}/{page}").status, 404)


class ATestOfTheClaims(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.service = cls.enterClassContext(Service())
        cls.before = cls.service.get("/api/claims")
        cls.run_id = cls.service.start(CLAIMS)
        with cls.service.follow(cls.run_id) as feed:
            cls.frames = list(feed.frames())
        cls.after = cls.service.get("/api/claims")

    def test_reports_its_step_and_the_seconds_left(self):
        steps = [frame["live"]["step"] for frame in self.frames if frame["live"]["step"]]
        self.assertGreater(len(steps), 2)
        self.assertGreater(steps[0]["seconds_left"], steps[-1]["seconds_left"])

    def test_gives_every_claim_a_verdict(self):
        self.assertEqual(self.frames[-1]["state"], "finished", self.frames[-1]["error"])
        self.assertIsNone(self.before["of"])
        self.assertEqual(self.after["of"]["id"], self.run_id)
        for before, after in zip(self.before["claims"], self.after["claims"], strict=True):
            self.assertEqual((before["id"], before["claim"]), (after["id"], after["claim"]))
            self.assertEqual((before["verdict"], before["why"]), ("not_measured", ""))
            self.assertTrue(after["why"], after["id"])


class SeveralRuns(unittest.TestCase):
    def test_are_active_one_at_a_time_and_can_be_stopped(self):
        with Service() as service:
            first, second, third = (service.start(LONG) for _ in range(3))
            places = {one["id"]: one["place"] for one in service.get("/api/runs")["runs"]}
            self.assertEqual(places, {first: None, second: 1, third: 2})
            self.assertEqual(service.ask("DELETE", f"/api/runs/{second}").json()["state"], "stopped")
            self.assertEqual(service.ask("DELETE", f"/api/runs/{first}").status, 202)
            service.wait_for_state(first, "stopped")
            service.wait_for_state(third, "running")
            self.assertEqual(service.stop(), 0)


class ARunThatStartsWhileClientsConnect(unittest.TestCase):
    def test_inherits_no_connection(self):
        with Service() as service:
            body = json.dumps(LONG)
            post = (f"POST /api/runs HTTP/1.1\r\nHost: {service.host}\r\nAuthorization: Bearer {service.token}\r\n"
                    f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}").encode()
            for _ in range(4):
                with contextlib.ExitStack() as clients:
                    first, *_ = others = [clients.enter_context(self.connect(service)) for _ in range(2)]
                    first.sendall(post)
                    others += [clients.enter_context(self.connect(service)) for _ in range(20)]
                    run = json.loads(first.recv(65536).partition(b"\r\n\r\n")[2])["id"]
                    own = self.sockets_of(service.process.pid)
                    self.assertTrue(own)
                    for process in descendants(service.process.pid):
                        with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # it has ended meanwhile
                            self.assertFalse(self.sockets_of(process) & own)
                    service.ask("DELETE", f"/api/runs/{run}")
                    service.wait_for_state(run, "stopped")

    def connect(self, service):
        return socket.create_connection(("127.0.0.1", service.port), timeout=PATIENCE)

    def sockets_of(self, process):
        return {target for target in descriptors_of(process) if target.startswith("socket:")}


class TheEndOfTheService(unittest.TestCase):
    def setUp(self):
        self.results = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.results)

    def end_in_a_run(self, number, *options, request=LONG, has_begun=lambda live: live["sample"], **environment):
        with Service(self.results, *options, **environment) as service:
            run = service.start(request)
            with service.follow(run) as feed:
                next(frame for frame in feed.frames() if has_begun(frame["live"]))
            # The comparison, and what it has started: of a comparison, the server and the load.
            processes = descendants(service.process.pid)
            self.assertGreaterEqual(len(processes), 3 if "servers" in request else 1)
            os.kill(service.process.pid, number)
            service.process.wait(PATIENCE)
            wait_until(lambda: not any(map(is_alive, processes)), "all processes have ended")
        return run

    def test_by_sigkill_ends_all_processes_and_interrupts_the_run(self):
        run = self.end_in_a_run(signal.SIGKILL)
        with Service(self.results) as service:
            self.assertEqual(service.state(run), "interrupted")
            self.assertEqual(service.get("/api/results"), {"results": [], "total": 0, "next": None})

    def test_by_sigkill_ends_a_users_server_that_has_a_session_of_its_own(self):
        own = f"own=setsid {RAW} poll --service echo --port {{port}} & wait"
        self.end_in_a_run(signal.SIGKILL, "--server", own, request={**LONG, "servers": ["own"]})

    def test_by_sigkill_ends_a_test_of_the_claims(self):
        self.end_in_a_run(signal.SIGKILL, request=CLAIMS, has_begun=lambda live: live["step"])

    def test_by_sigkill_leaves_no_folder_after_the_next_start(self):
        with tempfile.TemporaryDirectory() as folder:
            self.end_in_a_run(signal.SIGKILL, TMPDIR=folder)
            self.assertTrue(os.listdir(folder))  # it is for the counters of the server
            with Service(self.results, TMPDIR=folder):
                self.assertEqual(os.listdir(folder), [])

    def test_of_another_service_leaves_the_folder_of_this_one(self):
        with tempfile.TemporaryDirectory() as folder, Service(self.results, TMPDIR=folder) as service:
            run = service.start(LONG)
            with service.follow(run) as feed:
                next(frame for frame in feed.frames() if frame["live"]["sample"])
            used = os.listdir(folder)
            with Service(TMPDIR=folder) as other:
                self.assertEqual(other.stop(), 0)
            self.assertTrue(used)
            self.assertLessEqual(set(used), set(os.listdir(folder)))

    def test_by_sigterm_ends_all_processes_and_leaves_no_files(self):
        with tempfile.TemporaryDirectory() as folder:
            self.end_in_a_run(signal.SIGTERM, TMPDIR=folder)
            self.assertEqual(os.listdir(folder), [])


class AServiceThatIsUpgradedInPlace(unittest.TestCase):
    def test_starts_runs_with_the_new_program(self):
        with tempfile.TemporaryDirectory() as folder:
            programs = [shutil.copy(program, folder) for program in (SERVE, COMPARE)]
            shutil.copy(RAW, folder)
            with Service(program=programs[0]) as service:
                for program in programs:
                    os.replace(shutil.copy(program, program + ".new"), program)
                run = service.start(TRACE)
                with service.follow(run) as feed:
                    *_, last = feed.frames()
                self.assertEqual(last["state"], "finished", last["error"])


class AUsersOwnServer(unittest.TestCase):
    def test_may_print_invalid_utf8_when_it_fails(self):
        with Service(None, "--server", "bad=printf 'caf\\351' >&2; exit 3; : {port}") as service:
            run = service.start({**SHORT, "servers": ["bad"]})
            with service.follow(run) as feed:
                *_, last = feed.frames()
            self.assertEqual(last["state"], "finished", last["error"])
            self.assertIn("exit 3: caf\\xe9", last["live"]["servers"][0]["failed"])

    def test_may_have_a_command_that_is_not_utf8(self):
        with Service(None, "--server", b"bad=cat {port} caf\xe9") as service:
            run = service.start({**SHORT, "servers": ["bad", "epoll"]})
            with service.follow(run) as feed:
                *_, last = feed.frames()
            self.assertEqual(last["state"], "finished", last["error"])
            self.assertIn("caf", last["live"]["servers"][0]["failed"])
            service.get(f"/api/results/{run}")  # it is JSON
            self.assertIn("caf", service.ask("GET", f"/api/results/{run}/report").body.decode())

    def test_does_not_reveal_its_command(self):
        with Service(None, "--server", "own=PASSWORD=hunter2; exit 3; : {port}") as service:
            run = service.start({**SHORT, "servers": ["own", "epoll"]})
            with service.follow(run) as feed:
                *_, last = feed.frames()
            self.assertEqual(last["state"], "finished", last["error"])
            for path in ("/api/servers", f"/api/runs/{run}", f"/api/results/{run}", f"/api/results/{run}/report"):
                answer = service.ask("GET", path)
                self.assertEqual(answer.status, 200)
                self.assertNotIn(b"hunter2", answer.body, path)

    def test_cannot_be_named_all(self):
        done = subprocess.run([SERVE, "--server", "all=serve {port}"], capture_output=True, text=True,
                              timeout=PATIENCE)
        self.assertEqual(done.returncode, 2)
        self.assertIn("all", done.stderr)


if __name__ == "__main__":
    unittest.main()
