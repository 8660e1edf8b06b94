import contextlib
import json
import os
import stat
import subprocess
import tempfile
import unittest

from programs import PATIENCE, Server, ask, each_program, each_server, every_mechanism, run


class Config(unittest.TestCase):
    def config(self, text):
        file = tempfile.NamedTemporaryFile(mode="wb")
        self.addCleanup(file.close)
        file.write(text if isinstance(text, bytes) else text.encode())
        file.flush()
        return ("--config", file.name)

    def assert_refused(self, program, text, error, words=("--list",), status=2):
        """In one printable line with the file's name and the number of its line, which `error` begins with."""
        config = self.config(text)
        done = run(program, *words, *config)
        self.assertEqual((done.returncode, done.stdout), (status, ""))
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

    @each_program
    def test_that_an_editor_of_another_system_has_written_is_read(self, program):
        config = self.config(b"\xef\xbb\xbf# the protocol\r\nframing = line\r\n")
        self.assertEqual(run(program, "--list", *config).returncode, 0)
        self.assert_refused(program, b"\xef\xbb\xbf\r\nframing line\r\n", '2: "framing line" is not of the form name = value')

    @each_program
    def test_that_names_another_is_refused(self, program):
        self.assert_refused(program, "udp =\nconfig = other\n", "2: config cannot be set in a config file")

    @each_program
    def test_that_asks_for_an_answer_instead_of_a_server_is_refused(self, program):
        name = next(one.name for one in every_mechanism() if one.program == program and one.guarded)
        for option in "help", "version", "list", "json", "check":
            self.assert_refused(program, f"suffix = !\n{option} =\n", f"2: {option} cannot be set in a config file",
                                words=(name,))

    @each_program
    def test_that_sets_an_option_twice_is_refused(self, program):
        self.assert_refused(program, "port = 1\n\nport = 2\n", "3: port is already set at /")

    @each_program
    def test_with_contradicting_options_is_refused_with_their_lines(self, program):
        name = next(one.name for one in every_mechanism() if one.program == program and one.guarded)
        for text, error in (("max-message = 0\n", "1: max-message: the message limit must be from 1 to "),
                            ("\nframing = line\nsuffix = " + 2000 * "x", "3: suffix: the suffix must have at most 1024 bytes"),
                            ("udp =\nunix = /x\n", "1: udp and /"),
                            ("high-water = 9G\n", "1: high-water 9216M must be at most "),
                            ("low-water = 2M\n", "1: low-water 2M must be below --high-water (64K by default)"),
                            ("\nservice = echo\nsuffix = !\n", "3: suffix cannot be combined with /")):
            self.assert_refused(program, text, error, words=(name,))

    def test_with_a_service_that_minimal_lacks_is_refused_with_its_line(self):
        minimal = next(one for one in every_mechanism() if not one.guarded)
        for text, error in (("\nservice = suffix\n", "2: minimal does not support --service suffix: "),
                            ("framing = line\n", "1: minimal does not support --framing line: ")):
            self.assert_refused(minimal.program, text, error, words=(minimal.name,))

    @each_program
    def test_with_a_value_that_cannot_be_used_is_refused_with_its_line(self, program):
        name = next(one.name for one in every_mechanism() if one.program == program and one.guarded)
        for text, error in (("\naddress = 256.0.0.1\n", "2: cannot resolve 256.0.0.1: "),
                            ("\naddress =\n", '2: cannot resolve "": the address is empty; give one, such as 127.0.0.1\n'),
                            (f"unix = /{'x' * 200}\n", "1: the path of a Unix socket must have "),
                            ("stats = /none/file\n", "1: cannot write /none/file: No such file or directory")):
            self.assert_refused(program, text, error, words=(name,), status=1)

    @each_program
    def test_that_is_no_file_with_an_end_is_refused(self, program):
        with tempfile.TemporaryDirectory() as folder:
            long = os.path.join(folder, "long")
            with open(long, "wb") as file:
                file.truncate((1 << 20) + 1)
            devices = [long, "/dev/zero"]
            with contextlib.suppress(PermissionError):  # only root may
                endless = os.path.join(folder, "endless")
                os.mknod(endless, stat.S_IFCHR | 0o600, os.makedev(1, 5))
                devices.append(endless)
            errors = [(folder, "Is a directory"), (os.path.join(folder, "none"), "No such file or directory")]
            errors += [(device, "it is longer than 1 MiB") for device in devices]
            for file, error in errors:
                done = run(program, "--list", "--config", file)
                self.assertEqual((done.returncode, done.stdout, done.stderr),
                                 (1, "", f"{program.rpartition('/')[2]}: cannot read {file}: {error}\n"))

    @each_program
    def test_can_come_through_a_fifo(self, program):
        with tempfile.TemporaryDirectory() as folder:
            fifo = os.path.join(folder, "fifo")
            os.mkfifo(fifo)
            with subprocess.Popen((program, "--list", "--config", fifo), stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, text=True) as reader:
                with open(fifo, "w") as writer:
                    writer.write("framing = line\nport = 70000\n")
                _, errors = reader.communicate(timeout=PATIENCE)
            self.assertIn(f"{fifo}:2: port 70000: expected a whole number", errors)
