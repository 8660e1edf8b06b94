"""Files in the results folder that cannot be read: shown as unreadable, and never a 5xx or a service that hangs."""

import json
import os
import shutil
import socket
import subprocess
import tempfile
import unittest

from web import PATIENCE, SERVE, Service, wait_until

VERSION_1 = os.path.join(os.path.dirname(__file__), "../compare/results/version_1.json")
LONGER_THAN_ALL_LIMITS = 2 * 2**30


def id_of(number):
    return f"20261125T142015Z-{number:08x}"


def record_of(run, **members):
    request = {"kind": "comparison", "servers": ["epoll"], "connections": 64, "rounds": 10, "milliseconds": 400}
    return {"id": run, "created": "2026-11-25T14:20:15Z", "state": "finished", "request": request, "error": None, **members}


def write(path, content):
    with open(path, "wb") as file:
        file.write(content if isinstance(content, bytes) else json.dumps(content).encode())


def sparse(path):
    with open(path, "wb") as file:
        file.truncate(LONGER_THAN_ALL_LIMITS)


def listening(path):
    with socket.socket(socket.AF_UNIX) as server:
        os.chdir(os.path.dirname(path))  # the path may be too long for an address
        server.bind(os.path.basename(path))


def device(path):
    try:
        os.mknod(path, 0o600 | 0o020000, os.makedev(1, 5))
    except PermissionError:
        os.mkfifo(path)


def full_folder(path):
    os.mkdir(path)
    write(os.path.join(path, "file"), b"")


# What may be in the place of any file of the service, and what is said of it.
STRANGE = [(os.mkfifo, "it is a FIFO, not a regular file"), (device, "not a regular file"),
           (listening, "it is a socket, not a regular file"), (os.mkdir, "it is a folder, not a regular file"),
           (full_folder, "it is a folder, not a regular file"),
           (lambda path: os.symlink("none", path), "it is a symbolic link, not a regular file"),
           (lambda path: os.symlink(path, path), "it is a symbolic link, not a regular file"),
           (lambda path: os.symlink("/", path), "it is a symbolic link, not a regular file"),
           (lambda path: os.symlink("/etc/passwd", path), "it is a symbolic link, not a regular file"),
           (sparse, "it is longer than "), (lambda path: write(path, b""), "not valid JSON: it is empty"),
           (lambda path: write(path, b'{"id": "'), "not valid JSON: line 1, column 9: it ends too early"),
           (lambda path: write(path, b"\0" * 5000), "not valid JSON: line 1, column 1: syntax error"),
           (lambda path: write(path, b"[" * 100_000), "not valid JSON: line 1, column 33: it is nested too deeply"),
           (lambda path: write(path, b'{"a":"\xff"}'), "not valid JSON: line 1, column 7: syntax error")]

NO_OBJECT = "the whole document: expected an object, not an array"
STRANGE_RECORDS = [
    ([], NO_OBJECT), ({}, "state is missing"), ({"state": 1}, "state: expected a text, not 1"),
    ({"created": None}, "created: expected a text, not null"), ({"request": []}, "request: expected an object, not an array"),
    ({"request": {"kind": "comparison", "servers": "epoll"}}, 'request.servers: expected an array, not "epoll"'),
    ({"request": {"kind": "comparison", "servers": [1]}}, "request.servers[0]: expected a text, not 1"),
    ({"request": {"kind": 1}}, "request.kind: expected a text, not 1"), ({"request": {"kind": "claims"}}, "request.quick is missing"),
    ({"request": {"kind": "comparison", "servers": [], "rounds": "x"}}, "request.rounds: expected a whole number from 0 to "),
    ({"id": 7}, "id: expected a text, not 7"), ({"error": 5}, "error: expected a text, not 5"), ({"name": 5}, "name: expected a text, not 5"),
    ({"request": {"kind": "scenario", "servers": [], "quick": True}}, "request.scenario is missing"),
    ({"request": {"kind": "future"}}, 'its kind "future" is unknown; start the version of iomux-serve that stored it'),
    ({"state": "paused"}, 'its state "paused" is unknown; '), ({"state": "unreadable"}, "is unknown; "), ({"version": 2}, 'its version "2" is unknown; '),
    ({"state": "\x1b[2J\n"}, 'its state "\\x1b[2J\\n" is unknown; '), ({"id": id_of(0)}, "it has the ID of another run")]

TRACE = {"format": "iomux-trace", "version": 1, "size": 64, "note": "", "servers": []}
STRANGE_RESULTS = [
    ([], NO_OBJECT), ({}, "format is missing"), ({"format": 1}, "format: expected a text, not 1"),
    ({"format": "iomux-future"}, 'format: expected one of iomux-results, iomux-trace, iomux-claims, iomux-explanation, not "iomux-future"'),
    ({"format": "iomux-results", "version": 3}, "only results of versions 1 and 2 can be read; these have version 3"),
    ({"format": "iomux-results", "version": "2"}, 'these have version "2"'),
    ({"format": "iomux-results", "version": 2, "scenarios": 5}, "options is missing"),
    ({"format": "iomux-results", "version": 2, "brief": None, "scenarios": 5}, "scenarios: expected an array, not 5"),
    ({"format": "iomux-results"}, "only results of versions 1 and 2 can be read; these have no version"),
    ({**TRACE, "version": 3}, "only versions 1 and 2 of iomux-trace can be read; this is version 3"),
    ({"format": "iomux-claims", "version": 2, "environment": {}, "claims": []}, "only version 1 of iomux-claims can be read; this is version 2"),
    ({**TRACE, "servers": [5]}, "servers[0]: expected an object, not 5"), ({**TRACE, "servers": [{}]}, "servers[0].name is missing"),
    ({**TRACE, "servers": [{"name": "epoll", "program": "raw", "unavailable": None, "answered_us": 1, "calls": [{}]}]},
     "servers[0].calls[0].step is missing"),
    ({"format": "iomux-explanation", "version": 1, "work": {"text": ""}}, "sampled_sessions is missing"),
    ({"format": "iomux-claims", "version": 1, "environment": {}, "claims": [{}]}, "claims[0].id is missing"),
    ({"format": "iomux-claims", "version": 1, "environment": {}}, "claims is missing"),
    (TRACE, "format: expected iomux-results, not iomux-trace"),
    ({"format": "iomux-claims", "version": 1, "environment": {}, "claims": []}, "format: expected iomux-results, not iomux-claims")]


class Unreadable(unittest.TestCase):
    def setUp(self):
        self.folder = self.enterContext(tempfile.TemporaryDirectory())
        self.addCleanup(os.chdir, os.getcwd())
        self.faults = {}  # by the id of the run
        self.used = 0
        self.good = self.add_run()

    def path(self, run, ending):
        return os.path.join(self.folder, f"{run}.{ending}.json")

    def next_id(self):
        self.used += 1
        return id_of(self.used)

    def add_run(self):
        run = self.next_id()
        write(self.path(run, "run"), record_of(run))
        shutil.copy(VERSION_1, self.path(run, "results"))
        return run

    def add_strange(self, ending, make, fault):
        run = self.add_run() if ending == "results" else self.next_id()
        if ending == "results":
            os.remove(self.path(run, ending))
        make(self.path(run, ending))
        self.faults[run] = (f"{run}.{ending}.json: ", fault)

    def runs_of(self, service):
        answer = service.ask("GET", "/api/runs")
        self.assertEqual(answer.status, 200)
        return {run["id"]: run for run in answer.json()["runs"]}

    def assert_are_unreadable(self, service):
        runs = self.runs_of(service)
        log = service.log()
        self.assertEqual(log.count("iomux-serve: run skipped: "), len(self.faults))
        self.assertEqual(runs[self.good]["state"], "finished")
        for run, (file, fault) in self.faults.items():
            with self.subTest(fault, run=run):
                self.assertEqual(runs[run]["state"], "unreadable")
                self.assertTrue(runs[run]["error"].startswith(file), runs[run]["error"])
                self.assertIn(fault, runs[run]["error"])
                self.assertEqual(log.count(f"iomux-serve: run skipped: {runs[run]['error']}\n"), 1)
                self.assertEqual(service.get(f"/api/runs/{run}")["state"], "unreadable")
                for path in f"/api/results/{run}", f"/api/results/{run}/report":
                    answer = service.ask("GET", path)
                    self.assertEqual(answer.status, 404)
                    self.assertTrue(answer.json()["hint"])
                with service.follow(run) as feed:
                    self.assertEqual([frame["state"] for frame in feed.frames()], ["unreadable"])
        self.assertEqual([one["id"] for one in service.get("/api/results")["results"]], [self.good])
        for path in "/api/claims", "/metrics", "/healthz", f"/api/results/{self.good}", f"/api/results/{self.good}/report":
            self.assertEqual(service.ask("GET", path).status, 200, path)

    def test_records_are_listed_and_logged_once(self):
        for make, fault in STRANGE:
            self.add_strange("run", make, fault)
        for members, fault in STRANGE_RECORDS:
            def make(path, members=members):
                run = os.path.basename(path).partition(".")[0]
                write(path, record_of(run, **members) if members and isinstance(members, dict) else members)
            self.add_strange("run", make, fault)
        with Service(self.folder) as service:
            self.assert_are_unreadable(service)

    def test_results_are_listed_and_logged_once(self):
        for make, fault in STRANGE:
            self.add_strange("results", make, fault)
        for content, fault in STRANGE_RESULTS:
            self.add_strange("results", lambda path, content=content: write(path, content), fault)
        self.add_strange("results", lambda path: None, "there is no such file")
        with Service(self.folder) as service:
            self.assert_are_unreadable(service)

    def test_large_results_are_checked_while_the_service_runs(self):
        for _ in range(2):
            self.add_strange("results", lambda path: write(path, b" " * 10_000_000 + b"["), "it ends too early")
        with Service(self.folder) as service:
            self.assertEqual(service.get("/healthz"), {"status": "ok"})
            wait_until(lambda: all(self.runs_of(service)[run]["state"] == "unreadable" for run in self.faults), "all are checked")
            self.assert_are_unreadable(service)

    def test_names_are_listed_without_their_bytes(self):
        for name, shown in ((b"caf\xe9.run.json", "caf\\xe9.run.json"), (b"\x1b[2J.run.json", "\\x1b[2J.run.json"),
                            (b".run.json", ".run.json")):
            write(os.path.join(os.fsencode(self.folder), name), record_of(self.good))
            self.faults[shown] = (f"{shown}: ", "its name has no ID of a run")
        write(os.path.join(self.folder, "notes.txt"), b"")
        with Service(self.folder) as service:
            runs = self.runs_of(service)
            self.assertEqual(set(runs), {self.good, *self.faults})
            for name, (file, fault) in self.faults.items():
                self.assertEqual((runs[name]["state"], runs[name]["error"]), ("unreadable", file + fault))
                self.assertIn(f"iomux-serve: run skipped: {file}{fault}\n", service.log())
            answer = service.ask("DELETE", "/api/runs/.run.json")
            self.assertEqual((answer.status, answer.json()["error"]), (409, ".run.json: its name has no ID of a run"))

    def test_runs_are_deleted_unless_they_are_folders(self):
        for ending in "run", "results":
            for make, fault in STRANGE:
                self.add_strange(ending, make, fault)
        with Service(self.folder) as service:
            for run, (file, fault) in self.faults.items():
                with self.subTest(fault, file=file):
                    answer = service.ask("DELETE", f"/api/runs/{run}")
                    if "folder" in fault:
                        self.assertEqual((answer.status, answer.json()), (409, {
                            "error": f"cannot remove {file.removesuffix(': ')}: Is a directory",
                            "hint": "remove it by hand from the folder of --results"}))
                        continue
                    self.assertEqual(answer.status, 200)
                    self.assertEqual(service.ask("GET", f"/api/runs/{run}").status, 404)
                    for of in "run", "results":
                        self.assertFalse(os.path.lexists(self.path(run, of)))
            self.assertEqual(service.ask("DELETE", f"/api/runs/{self.good}").status, 409)
            self.assertEqual(service.ask("DELETE", f"/api/runs/{next(iter(self.faults))}", token=False).status, 401)
        self.assertTrue(os.path.exists("/etc/passwd"))

    def test_results_may_vanish_or_change_while_the_service_runs(self):
        other = self.add_run()
        with Service(self.folder) as service:
            os.remove(self.path(self.good, "results"))
            os.remove(self.path(other, "results"))
            os.mkfifo(self.path(other, "results"))
            for run in self.good, other:
                for path in f"/api/results/{run}", f"/api/results/{run}/report":
                    self.assertEqual(service.ask("GET", path).status, 404)
            self.assertEqual(service.get("/api/results"), {"results": [], "total": 0, "next": None})
            shutil.rmtree(self.folder)
            for path in "/api/runs", "/api/results", "/api/claims", "/metrics":
                self.assertEqual(service.ask("GET", path).status, 200, path)
            answer = service.ask("POST", "/api/runs", {"servers": ["epoll"]})
            self.assertEqual(answer.status, 503)
            self.assertIn("No such file or directory", answer.json()["error"])
            os.mkdir(self.folder)

    def test_errors_are_json_whatever_the_name_of_the_folder(self):
        folder = os.path.join(os.fsencode(self.folder), b"caf\xe9")
        with Service(folder) as service:
            shutil.rmtree(folder)
            answer = service.ask("POST", "/api/runs", {"servers": ["epoll"]})
            self.assertEqual(answer.status, 503)
            self.assertIn("/caf\\xe9/", answer.json()["error"])

    def test_unfinished_files_may_be_anything(self):
        names = [f".{id_of(number)}.run.json.part" for number in range(4)]
        for name, make in zip(names, (full_folder, os.mkfifo, lambda path: os.symlink("/etc/passwd", path), os.mkdir)):
            make(os.path.join(self.folder, name))
        with Service(self.folder) as service:
            self.assertEqual(set(self.runs_of(service)), {self.good})
        left = [name for name in names if os.path.lexists(os.path.join(self.folder, name))]
        self.assertEqual(left, [names[0], names[3]])

    def test_a_lock_that_is_a_link_is_not_followed(self):
        os.symlink("/etc/passwd", os.path.join(self.folder, ".lock"))
        done = subprocess.run([SERVE, "--port", "0", "--results", self.folder], capture_output=True, text=True, timeout=PATIENCE)
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn(f"cannot store results in {self.folder}: cannot create a file there: Too many levels of symbolic links; "
                      "choose another", done.stderr)


if __name__ == "__main__":
    unittest.main()
