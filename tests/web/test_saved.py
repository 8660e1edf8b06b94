"""Runs that are listed in parts, searched, named and deleted."""

import json
import os
import tempfile
import unittest
from pathlib import Path
from urllib.parse import quote

from web import LONG, Service

TOKENLESS = {"token": False}


def id_of(number):
    return f"20261125T{number // 3600:02}{number // 60 % 60:02}{number % 60:02}Z-{number:08x}"


def record_of(number, **other):
    return {"id": id_of(number), "created": f"2026-11-25T{number // 3600:02}:{number // 60 % 60:02}:{number % 60:02}Z",
            "state": "finished", "error": None,
            "request": {"kind": "trace", "servers": ["epoll"], "size": 64}, **other}


TRACE = {"format": "iomux-trace", "version": 1, "size": 64, "note": "", "servers": []}


class Saved(unittest.TestCase):
    def setUp(self):
        self.folder = self.enterContext(tempfile.TemporaryDirectory())

    def add(self, number, **other):
        record = record_of(number, **other)
        self.path(number, "run").write_text(json.dumps(record))
        self.path(number, "results").write_text(json.dumps(TRACE))
        return record["id"]

    def path(self, number, kind):
        return Path(self.folder, f"{id_of(number)}.{kind}.json")

    def serve(self):
        return self.enterContext(Service(self.folder))

    def name(self, service, run, name, **other):
        return service.ask("PATCH", f"/api/results/{run}", {"name": name}, **other)

    def test_lists_have_parts_of_which_each_names_the_next(self):
        for number in range(230):
            self.add(number)
        service = self.serve()
        for path, kind in (("/api/runs", "runs"), ("/api/results", "results")):
            sizes, ids, before = [], [], None
            while before or not sizes:
                part = service.get(path + (f"?before={before}" if before else ""))
                self.assertEqual(part["total"], 230)
                sizes.append(len(part[kind]))
                ids += [run["id"] for run in part[kind]]
                before = part["next"]
            self.assertEqual(sizes, [100, 100, 30])
            self.assertEqual(ids, [id_of(number) for number in reversed(range(230))])
            part = service.get(f"{path}?limit=2&before={id_of(2)}")
            self.assertEqual(([run["id"] for run in part[kind]], part["next"]), ([id_of(1), id_of(0)], None))

    def test_lists_have_only_runs_with_all_words_of_a_search(self):
        self.add(1, name="Before the change")
        self.add(2, request={"kind": "trace", "servers": ["io_uring", "select"], "size": 64})
        self.add(3, state="failed")
        service = self.serve()

        def found(words):
            part = service.get(f"/api/runs?search={quote(words)}")
            self.assertEqual(part["total"], len(part["runs"]))
            return [run["id"] for run in part["runs"]]

        for words, numbers in (("change", [1]), ("BEFORE  change", [1]), ("trace", [3, 2, 1]), ("uring", [2]), ("failed", [3]),
                               ("2026-11-25T00:00:03", [3]), (id_of(1), [1]), ("epoll", [3, 1]), ("epoll select", []), (" ", [3, 2, 1])):
            self.assertEqual(found(words), [id_of(number) for number in numbers], words)
        self.assertEqual(service.get("/api/runs?search=before+change")["total"], 1)

    def test_refuses_invalid_parameters_in_plain_words(self):
        service = self.serve()
        for query, error in (("limit=0", '"limit" must be a whole number from 1 to 100'), ("limit=101", '"limit" must be a whole '),
                             ("limit=x", '"limit" must be '), ("limit=", '"limit" must be '), ("page=2", 'a list has no parameter "page"'),
                             ("search=%", "the query has a % that two "), ("search=%4", "the query has a % that two "),
                             ("search=%zz", "the query has a % that two "), (f"before={id_of(7)}", 'no run has the ID in "before"')):
            for path in "/api/runs", "/api/results":
                answer = service.ask("GET", f"{path}?{query}")
                self.assertEqual(answer.status, 400, query)
                self.assertTrue(answer.json()["error"].startswith(error), answer.json())

    def test_names_survive_a_restart(self):
        run = self.add(1)
        with Service(self.folder) as service:
            self.assertIsNone(service.get(f"/api/runs/{run}")["name"])
            answer = self.name(service, run, "größer, „vorher“")
            self.assertEqual((answer.status, answer.json()["name"]), (200, "größer, „vorher“"))
            service.stop()
        self.assertEqual(json.loads(self.path(1, "run").read_text())["name"], "größer, „vorher“")
        with Service(self.folder) as service:
            self.assertEqual(service.get("/api/runs")["runs"][0]["name"], "größer, „vorher“")
            self.assertEqual(service.get("/api/results")["results"][0]["name"], "größer, „vorher“")
            self.assertEqual(self.name(service, run, None).json()["name"], None)
            self.assertEqual(self.name(service, run, "  ").json()["name"], None)

    def test_names_must_be_short_texts(self):
        run = self.add(1)
        service = self.serve()
        for body, error in ((b"{}", 'the body must have the member "name"'), (b'{"name": 5}', 'the body must have the member "name"'),
                            (b'{"name": "a", "state": "failed"}', "the body must have the member"), (b"[", "the body must be a JSON object"),
                            (json.dumps({"name": "x" * 201}).encode(), "the name has 201 bytes; at most 200 are allowed"),
                            (b'{"name": "a\\nb"}', "the name has a control character"),
                            (b'{"name": "a\\u202eb"}', "the name has a control character"),
                            (b'{"name": "a\\u009b2J"}', "the name has a control character")):
            answer = service.ask("PATCH", f"/api/results/{run}", body, Content_Type="application/json")
            self.assertEqual(answer.status, 400, body)
            self.assertTrue(answer.json()["error"].startswith(error), answer.json())
        self.assertEqual(service.ask("PATCH", f"/api/results/{run}", b"{}", Content_Type="text/plain").status, 415)
        self.assertEqual(self.name(service, id_of(9), "x").status, 404)
        self.assertEqual(self.name(service, run, "x", **TOKENLESS).status, 401)
        self.assertIsNone(service.get(f"/api/runs/{run}")["name"])

    def test_texts_in_stored_files_are_escaped(self):
        run = self.add(1, name="a\u202eb")
        self.path(1, "results").write_text(json.dumps({**TRACE, "note": "c\u2066d\x1b[2J", "servers": [
            {"name": "\u202e1", "program": "\u009b", "unavailable": "e\nf", "answered_us": None, "calls": []}]}, ensure_ascii=False))
        service = self.serve()
        self.assertEqual(service.get("/api/runs")["runs"][0]["name"], "a\\xe2\\x80\\xaeb")
        results = service.get(f"/api/results/{run}")
        self.assertEqual(results["note"], "c\\xe2\\x81\\xa6d\\x1b[2J")
        server = results["servers"][0]
        self.assertEqual((server["name"], server["program"], server["unavailable"]),
                         ("\\xe2\\x80\\xae1", "\\xc2\\x9b", "e\nf"))

    def test_a_name_that_cannot_be_stored_is_not_given(self):
        run = self.add(1)
        service = self.serve()
        self.path(1, "run").unlink()
        self.path(1, "run").mkdir()
        answer = self.name(service, run, "new")
        self.assertEqual(answer.status, 503)
        self.assertIn("cannot write", answer.json()["error"])
        self.assertIsNone(service.get(f"/api/runs/{run}")["name"])

    def test_a_run_that_is_over_is_deleted_with_its_results(self):
        runs = [self.add(1), self.add(2, state="failed"), self.add(3, state="stopped")]
        kept = self.add(4)
        service = self.serve()
        self.assertEqual(service.ask("DELETE", f"/api/results/{runs[0]}", **TOKENLESS).status, 401)
        for run in runs:
            answer = service.ask("DELETE", f"/api/results/{run}")
            self.assertEqual((answer.status, answer.json()["id"]), (200, run))
            for path in f"/api/runs/{run}", f"/api/results/{run}":
                self.assertEqual(service.ask("GET", path).status, 404)
            self.assertEqual(service.ask("DELETE", f"/api/results/{run}").status, 404)
        self.assertEqual({name for name in os.listdir(self.folder) if name != ".lock"}, {f"{kept}.run.json", f"{kept}.results.json"})

    def test_an_active_run_is_named_and_not_deleted(self):
        service = self.serve()
        run = service.start(LONG)
        answer = service.ask("DELETE", f"/api/results/{run}")
        self.assertEqual((answer.status, answer.json()["error"]), (409, "the run is not over"))
        self.assertEqual(self.name(service, run, "mine").status, 200)
        service.ask("DELETE", f"/api/runs/{run}")
        service.wait_for_state(run, "stopped")
        self.assertEqual(service.get(f"/api/runs/{run}")["name"], "mine")
        self.assertEqual(service.ask("DELETE", f"/api/results/{run}").status, 200)

    def test_an_unreadable_run_is_not_named_but_deleted(self):
        run = self.add(1, state="paused")
        service = self.serve()
        self.assertEqual(self.name(service, run, "x").status, 409)
        self.assertEqual(service.ask("DELETE", f"/api/results/{run}").status, 200)


if __name__ == "__main__":
    unittest.main()
