"""The service and openapi.json agree."""

import contextlib
import json
import os
import re
import unittest
from pathlib import Path

import jsonschema

from web import CLAIMS, EXPLANATION, LONG, SCENARIO, SESSIONS, SHORT, TRACE, Answer, Service

WEB = Path(__file__).resolve().parents[2] / "src/compare/web"
UNKNOWN = "20261125T142015Z-0a1b2c3d"
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


class Contract(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.service = cls.enterClassContext(Service())
        cls.openapi = cls.service.get("/api/openapi.json")
        cls.paths = cls.openapi["paths"]

    def operations(self):
        for path, operations in self.paths.items():
            for method in METHODS:
                if method.lower() in operations:
                    yield method, path, operations[method.lower()]

    def assert_conforms(self, answer, operation):
        described = operation["responses"].get(str(answer.status))
        self.assertIsNotNone(described, f"openapi.json does not list status {answer.status}")
        if "$ref" in described:
            described = self.openapi["components"]["responses"][described["$ref"].rpartition("/")[2]]
        for name, header in described.get("headers", {}).items():
            self.assertIn(name, answer.headers)
            if "const" in header["schema"]:
                self.assertEqual(answer.headers[name], header["schema"]["const"])
        for kind, content in described.get("content", {}).items():
            self.assertEqual(answer.headers["Content-Type"].partition(";")[0], kind)
            if kind == "application/json":
                schema = {**content["schema"], "components": self.openapi["components"]}
                jsonschema.validate(answer.json(), schema, cls=jsonschema.Draft202012Validator)

    def test_is_the_file_in_the_repository(self):
        self.assertEqual(self.openapi, json.loads((WEB / "openapi.json").read_text()))

    def test_describes_exactly_the_routes(self):
        routes = set(re.findall(r'Route\{"([A-Z]+)", "([^"]+)"', (WEB / "router.cpp").read_text()))
        self.assertEqual(routes, {(method, path) for method, path, _ in self.operations()})

    def test_holds_for_every_operation_with_and_without_token(self):
        for method, path, operation in self.operations():
            for token in (True, False):
                with self.subTest(f"{method} {path}", token=token):
                    body = b"{}" if method in ("POST", "PATCH") else None
                    answer = self.service.ask(method, path.replace("{id}", UNKNOWN), body, token=token,
                                              Content_Type="application/json")
                    self.assert_conforms(answer, operation)

    def test_holds_for_every_operation_with_an_invalid_http_request(self):
        for method, path, operation in self.operations():
            for status, sent in ((431, {"X_Long": "x" * 10_000}), (414, {"query": "?" + "x" * 10_000}), (413, {"body": b"x" * 20_000}),
                                 (403, {"Origin": "null"}), (400, {"Content_Length": "-1"}), (400, {"Host": ""})):
                with self.subTest(f"{method} {path}", status=status):
                    target = path.replace("{id}", UNKNOWN) + sent.get("query", "")
                    answer = self.service.ask(method, target, **{name: sent[name] for name in sent if name != "query"})
                    self.assertEqual(answer.status, status)
                    self.assert_conforms(answer, operation)

    def test_holds_for_an_invalid_request_for_a_run(self):
        operation = self.paths["/api/runs"]["post"]
        for status, sent in ((415, {"body": b"{}", "Content_Type": "text/plain"}), (400, {"body": b"{"}),
                             (400, {"body": json.dumps({**SHORT, **SESSIONS}).encode()}),
                             (401, {"body": b"{}", "token": False})):
            sent.setdefault("Content_Type", "application/json")
            answer = self.service.ask("POST", "/api/runs", **sent)
            self.assertEqual(answer.status, status)
            self.assert_conforms(answer, operation)

    def test_holds_for_a_request_without_a_body(self):
        connection = self.service.connect()
        self.addCleanup(connection.close)
        connection.putrequest("POST", "/api/runs")
        connection.putheader("Authorization", "Bearer " + self.service.token)
        connection.endheaders()
        answer = Answer(connection.getresponse())
        self.assertEqual(answer.status, 411)
        self.assert_conforms(answer, self.paths["/api/runs"]["post"])

    def test_holds_for_a_full_queue(self):
        runs = []
        while (answer := self.service.ask("POST", "/api/runs", LONG)).status == 201:
            runs.append(answer.json()["id"])
        self.assertEqual(answer.status, 429)
        self.assert_conforms(answer, self.paths["/api/runs"]["post"])
        for run in reversed(runs):
            self.service.ask("DELETE", f"/api/runs/{run}")

    def test_holds_for_an_invalid_request_for_a_websocket(self):
        operation = self.paths["/api/runs/{id}/events"]["get"]
        run = self.service.start(LONG)
        asked = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec_WebSocket_Version": "13",
                 "Sec_WebSocket_Key": "AAAAAAAAAAAAAAAAAAAAAA=="}
        for status, wrong in ((426, {"Upgrade": "h2c"}), (426, {"Connection": "keep-alive"}),
                              (426, {"Sec_WebSocket_Version": "12"}), (426, {"Sec_WebSocket_Version": ""}),
                              (400, {"Sec_WebSocket_Key": ""}), (400, {"Sec_WebSocket_Key": "x"})):
            answer = self.service.ask("GET", f"/api/runs/{run}/events", **{**asked, **wrong})
            self.assertEqual(answer.status, status)
            self.assert_conforms(answer, operation)
        with contextlib.ExitStack() as feeds:
            for _ in range(128):
                self.assertEqual(feeds.enter_context(self.service.follow(run)).status, 101)
            answer = self.service.ask("GET", f"/api/runs/{run}/events", **asked)
            self.assertEqual(answer.status, 503)
            self.assert_conforms(answer, operation)
        self.service.ask("DELETE", f"/api/runs/{run}")

    def test_holds_for_the_life_of_a_run(self):
        runs = self.paths["/api/runs"]
        answer = self.service.ask("POST", "/api/runs", LONG)
        self.assert_conforms(answer, runs["post"])
        path = "/api/runs/" + answer.json()["id"]
        with self.service.follow(answer.json()["id"]) as feed:
            schema = {"$ref": "#/components/schemas/Run", "components": self.openapi["components"]}
            for frame in feed.frames():
                jsonschema.validate(frame, schema, cls=jsonschema.Draft202012Validator)
                if frame["live"]["sample"]:
                    break
        self.assert_conforms(self.service.ask("GET", "/api/runs"), runs["get"])
        self.assert_conforms(self.service.ask("GET", path), self.paths["/api/runs/{id}"]["get"])
        self.assert_conforms(self.service.ask("DELETE", path), self.paths["/api/runs/{id}"]["delete"])

    def follow_to_the_end(self, run):
        """The frames of a run, which must finish."""
        with self.service.follow(run) as feed:
            frames = list(feed.frames())
        schema = {"$ref": "#/components/schemas/Run", "components": self.openapi["components"]}
        for frame in frames:
            jsonschema.validate(frame, schema, cls=jsonschema.Draft202012Validator)
        self.assertEqual(frames[-1]["state"], "finished", frames[-1]["error"])
        return frames

    def test_holds_for_every_kind_of_run(self):
        for request in SHORT, SESSIONS, SCENARIO, TRACE, CLAIMS:
            with self.subTest(request):
                run = self.service.start(request)
                self.follow_to_the_end(run)
                for path in "/api/results/{id}", "/api/results/{id}/report", "/api/results/{id}/summary", "/api/results", "/api/claims":
                    answer = self.service.ask("GET", path.replace("{id}", run))
                    self.assert_conforms(answer, self.paths[path]["get"])

    def test_holds_for_a_run_that_is_continued(self):
        first = self.service.start(SESSIONS)
        with self.service.follow(first) as feed:
            self.assertEqual(list(feed.frames())[-1]["state"], "finished")
        old = self.service.get(f"/api/results/{first}")
        if why := old["scenarios"][0]["points"][0]["why_windows"]:
            self.skipTest(why)
        asked = {"continues": first, "sessions": 5, "budget_seconds": 60}
        described = {"$ref": "#/components/schemas/Request", "components": self.openapi["components"]}
        jsonschema.validate(asked, described, cls=jsonschema.Draft202012Validator)
        answer = self.service.ask("POST", "/api/runs", asked)
        self.assertEqual(answer.status, 201, answer.body)
        self.assert_conforms(answer, self.paths["/api/runs"]["post"])
        run = answer.json()["id"]
        self.assertEqual(answer.json()["request"]["connections"], SESSIONS["connections"])
        frames = self.follow_to_the_end(run)
        self.assertEqual(frames[-1]["live"]["sessions"], 5)
        for frame in frames:
            if frame["live"]["step"]:
                self.assertGreaterEqual(frame["live"]["sessions"], 3)
                self.assertIsNotNone(frame["live"]["servers"][1]["ratio"])
        new = self.service.get(f"/api/results/{run}")
        for before, after in zip(old["scenarios"][0]["points"][0]["servers"],
                                 new["scenarios"][0]["points"][0]["servers"], strict=True):
            self.assertEqual(len(after["rounds"]), 5)
            self.assertEqual([one["load"] for one in before["rounds"]], [one["load"] for one in after["rounds"][:3]])
        self.assertEqual(self.service.get(f"/api/results/{first}"), old)

    def test_holds_for_a_run_that_cannot_be_continued(self):
        operation = self.paths["/api/runs"]["post"]
        trace, windows = self.service.start(TRACE), self.service.start(SHORT)
        for run in trace, windows:
            with self.service.follow(run) as feed:
                self.assertEqual(list(feed.frames())[-1]["state"], "finished")
        for status, run, more in ((404, UNKNOWN, {"sessions": 9}), (409, trace, {"sessions": 9}), (409, windows, {"sessions": 9}),
                                  (400, windows, {}), (400, windows, {"sessions": 9, "servers": ["epoll"]})):
            answer = self.service.ask("POST", "/api/runs", {"continues": run, **more})
            self.assertEqual(answer.status, status, answer.body)
            self.assert_conforms(answer, operation)

    def test_holds_for_an_explanation(self):
        if os.environ["IOMUX_SANITIZE"]:
            self.skipTest("with a sanitizer, sampling takes too long")
        run = self.service.start(EXPLANATION)
        with self.service.follow(run) as feed:
            frames = list(feed.frames())
        schema = {"$ref": "#/components/schemas/Run", "components": self.openapi["components"]}
        for frame in frames:
            jsonschema.validate(frame, schema, cls=jsonschema.Draft202012Validator)
        error = frames[-1]["error"] or ""
        # The reason is that of test_explain.
        for refusal in "cannot sample the servers (perf_event_open): ", "/proc/kallsyms shows no addresses", "built without libdw":
            if refusal in error:
                self.skipTest(error)
        self.assertEqual(frames[-1]["state"], "finished", error)
        for path in "/api/results/{id}", "/api/results/{id}/report", "/api/results", "/api/claims":
            answer = self.service.ask("GET", path.replace("{id}", run))
            self.assertEqual(answer.status, 200)
            self.assert_conforms(answer, self.paths[path]["get"])
        page = self.service.ask("GET", f"/api/results/{run}/report").body.decode()
        self.assertIn(self.service.get(f"/api/results/{run}")["summary"][0], page)
        own = json.loads((WEB.parent / "results/explanation.schema.json").read_text())
        jsonschema.validate(self.service.get(f"/api/results/{run}"), own)

    def test_describes_exactly_the_allowed_methods(self):
        for path, operations in self.paths.items():
            described = {method for method in METHODS if method.lower() in operations}
            allowed = None
            for method in set(METHODS) - described:
                answer = self.service.ask(method, path.replace("{id}", UNKNOWN))
                self.assertEqual(answer.status, 405, f"{method} {path}")
                allowed = set(answer.headers["Allow"].split(", "))
            self.assertEqual(allowed, described | ({"HEAD"} if "GET" in described else set()), path)

    def test_has_the_bounds_of_the_service(self):
        described = self.openapi["components"]["schemas"]["ComparisonRequest"]["properties"]
        for name, bound in self.service.get("/api/servers")["bounds"].items():
            self.assertEqual((described[name]["minimum"], described[name]["maximum"], described[name].get("default")),
                             (bound["lowest"], bound["highest"], bound["usual"]), name)


if __name__ == "__main__":
    unittest.main()
