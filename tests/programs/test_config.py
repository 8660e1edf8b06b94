import json
import os
import tempfile
import unittest

from programs import Server, ask, each_program, each_server, every_mechanism, run


class Config(unittest.TestCase):
    def config(self, text):
        file = tempfile.NamedTemporaryFile(mode="wb")
        self.addCleanup(file.close)
        file.write(text if isinstance(text, bytes) else text.encode())
        file.flush()
        return ("--config", file.name)

    def assert_refused(self, program, text, error, words=("--list",)):
        """In one printable line with the file's name and the number of its line, which `error` begins with."""
        config = self.config(text)
        done = run(program, *words, *config)
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertIn(f"{program.rpartition('/')[2]}: {config[1]}:{error}", done.stderr)
        self.assertRegex(done.stderr, r"\A[ -~]+\n\Z")

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
        self.assert_refused(program, "framing = line\n\ncolour = red\n", "3: unknown option colour")
        self.assert_refused(program, "frming = line\n", "1: unknown option frming; did you mean framing?")

    @each_program
    def test_with_a_bad_value_is_refused_in_one_line(self, program):
        self.assert_refused(program, "port = 70000\n", "1: port 70000: expected a whole number from 0 to 65535")

    @each_program
    def test_with_a_placeholder_of_the_library_is_refused_in_one_line(self, program):
        for word in ("%canonical_option%", "%original_token%", "%invalid_line%"):
            self.assert_refused(program, f"{word}\n", f"1: {word} must not occur in an option or its value")

    @each_program
    def test_with_a_malformed_line_is_refused_in_one_line(self, program):
        self.assert_refused(program, "udp =\njust words\n", '2: "just words" is not of the form name = value')

    @each_program
    def test_with_a_value_that_none_of_the_names_is_is_refused_in_one_line(self, program):
        name = next(one.name for one in every_mechanism() if one.program == program and one.guarded)
        for entry, why in (("service = suffx", 'not one of suffix, echo, discard; did you mean "suffix"?'),
                           ("log-level = loud", "not one of error, warning, info, debug"),
                           ("work = hard:5ms", "expected busy:TIME or sleep:TIME")):
            self.assert_refused(program, f"# first\n{entry}\n", f"2: {entry.replace(' =', '')}: {why}", words=(name,))

    @each_program
    def test_that_is_binary_is_refused_in_printable_words(self, program):
        with open(program, "rb") as binary:
            self.assert_refused(program, binary.read(4096), r"1: not a text file: byte 1 of the line is \x7f")
        self.assert_refused(program, b"suffix = \xff\nport = \xff\x80\n", r"2: port \xff\x80: expected a whole number")
