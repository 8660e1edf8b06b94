import json
import os
import tempfile
import unittest

from programs import Server, ask, each_program, each_server, every_mechanism, run


class Config(unittest.TestCase):
    def config(self, text):
        file = tempfile.NamedTemporaryFile(mode="w")
        self.addCleanup(file.close)
        file.write(text)
        file.flush()
        return ("--config", file.name)

    @each_server
    def test_sets_options(self, mechanism):
        config = self.config("# the protocol\nframing = line\nsuffix = !\n")
        with Server(mechanism, *config) as server, server.connect() as client:
            self.assertTrue(ask(client, b"hi\n", b"hi!\n"))

    @each_server
    def test_yields_to_the_command_line(self, mechanism):
        config = self.config("suffix = from the file\n")
        with Server(mechanism, *config, "--suffix", "!") as server, server.connect() as client:
            self.assertTrue(ask(client, b"hi", b"hi!"))

    def test_sets_an_option_of_one_mechanism(self):
        nonblocking = next(one for one in every_mechanism() if one.name == "nonblocking")
        with tempfile.TemporaryDirectory() as directory:
            file = os.path.join(directory, "stats")
            with Server(nonblocking, "--stats", file, *self.config("poll-interval = 0\n")) as server:
                with server.connect() as client:
                    self.assertTrue(ask(client, b"hi", b"hi_suffix"))
                self.assertEqual(server.stop(), 0)
            with open(file, encoding="utf-8") as stats:
                self.assertEqual(json.load(stats)["waits"], 0)

    @each_program
    def test_with_an_unknown_entry_is_refused_in_one_line(self, program):
        done = run(program, "--list", *self.config("colour = red\n"))
        self.assertEqual(done.returncode, 2)
        self.assertRegex(done.stderr, r"\Aiomux-\w+: .*colour.*\n\Z")

    @each_program
    def test_with_a_bad_value_is_refused_in_one_line(self, program):
        done = run(program, "--list", *self.config("port = 70000\n"))
        self.assertEqual(done.returncode, 2)
        self.assertRegex(done.stderr, r"\Aiomux-\w+: .*port.*\n\Z")

    @each_program
    def test_with_a_placeholder_of_the_library_is_refused_in_one_line(self, program):
        for word in ("%canonical_option%", "%original_token%", "%invalid_line%"):
            done = run(program, "--list", *self.config(f"{word}\n"))
            self.assertEqual(done.returncode, 2)
            self.assertRegex(done.stderr, rf"\Aiomux-\w+: .*{word}.*\n\Z")

    @each_program
    def test_with_a_malformed_line_is_refused_in_one_line(self, program):
        done = run(program, "--list", *self.config("just words\n"))
        self.assertEqual(done.returncode, 2)
        self.assertRegex(done.stderr, r"\Aiomux-\w+: .*just words.*\n\Z")
