import itertools
import json
import os
import resource
import socket
import tempfile
import unittest

from programs import ASIO, RAW, SERVER_PROGRAMS, each_program, every_mechanism, listed_by, run

SERVE = os.environ.get("IOMUX_SERVE")
UNUSED_ID = 47_111  # of a user without processes


def first_mechanism(program):
    return next(one.name for one in every_mechanism() if one.program == program and one.guarded)


class Informing(unittest.TestCase):
    @each_program
    def test_help_names_every_mechanism_and_a_command_to_try(self, program):
        done = run(program, "--help")
        self.assertEqual(done.returncode, 0)
        for mechanism in every_mechanism():
            if mechanism.program == program:
                self.assertIn(mechanism.name, done.stdout)
        self.assertIn("Try:", done.stdout)

    @each_program
    def test_help_names_every_option(self, program):
        text = run(program, "--help").stdout
        for option in (
            "address port unix bind-retry service suffix framing max-message backlog max-connections idle-timeout "
            "message-timeout write-timeout drain-timeout log-level config stats list check help version"
        ).split():
            self.assertIn("--" + option, text)

    def test_help_lists_the_options_of_the_programs_own_mechanisms_and_no_others(self):
        every = {option for program in SERVER_PROGRAMS for one in listed_by(program) for option in one.own_options}
        self.assertLessEqual({"workers", "stack-size", "poll-interval", "ring-entries", "contexts"}, every)
        for program in SERVER_PROGRAMS:
            own = {option for one in listed_by(program) for option in one.own_options}
            text = run(program, "--help").stdout
            with self.subTest(program):
                self.assertEqual({option for option in every if f"--{option} " in text}, own)

    def test_short_options_and_the_word_help_do_the_same(self):
        for program in (*SERVER_PROGRAMS, os.environ["IOMUX_CLIENT"], os.environ["IOMUX_LOAD"]):
            for short, long in (("-h", "--help"), ("help", "--help"), ("-V", "--version")):
                with self.subTest(program=program, short=short):
                    done = run(program, short)
                    self.assertEqual((done.returncode, done.stderr), (0, ""))
                    self.assertEqual(done.stdout, run(program, long).stdout)

    @each_program
    def test_check_exits_without_listening_and_refuses_what_the_server_would_refuse(self, program):
        for options, status in (((), 0), (("--max-connections", "8"), 0), (("--max-connections", "x"), 2),
                                (("--telepathy",), 2), (("--unix", "/nonexistent/socket"), 0)):
            with self.subTest(options):
                done = run(program, first_mechanism(program), *options, "--check")
                self.assertEqual((done.returncode, done.stdout), (status, ""), done)
                self.assertEqual(done.stderr.count("\n"), 1 if status else 0, done.stderr)
        self.assertEqual(run(program, "telepathy", "--check").returncode, 2)

    @each_program
    def test_version_is_one_line_with_the_programs_name(self, program):
        done = run(program, "--version")
        self.assertEqual(done.returncode, 0)
        self.assertRegex(done.stdout, r"\Aiomux-\w+ \d+\.\d+\.\d+.*\n\Z")

    @each_program
    def test_list_has_a_line_for_every_mechanism(self, program):
        done = run(program, "--list")
        self.assertEqual(done.returncode, 0)
        # An empty line ends the table; known faults follow.
        listed = [line.split()[0] for line in itertools.takewhile(bool, done.stdout.splitlines()[1:])]
        self.assertEqual(listed, [one["name"] for one in json.loads(run(program, "--list", "--json").stdout)])

    @each_program
    def test_list_names_the_defaults_of_single_mechanisms(self, program):
        text = run(program, "--list").stdout
        mechanisms = json.loads(run(program, "--list", "--json").stdout)
        for option, key, usual in (("--threads", "usual_threads", (None, 1)),
                                   ("--max-connections", "usual_max_connections", (0,))):
            others = [one for one in mechanisms if one[key] not in usual]
            for number in {one[key] for one in others}:
                names = ", ".join(one["name"] for one in others if one[key] == number)
                self.assertIn(f"\n{option}: {number} by default for {names}\n", text)
            self.assertEqual(option in text, others != [])

    def test_help_and_list_say_what_an_unguarded_server_supports(self):
        for mechanism in every_mechanism():
            if not mechanism.guarded:
                for option in ("--help", "--list"):
                    self.assertRegex(run(mechanism.program, option).stdout,
                                     rf"(?m)^ *{mechanism.name} .*: only --service echo with --framing chunk, no limits$")
                self.assertIn(f"; {mechanism.name} only supports echo, which is its default, with --framing chunk",
                              " ".join(run(mechanism.program, "--help").stdout.split()))

    @each_program
    def test_list_as_json_describes_each(self, program):
        for mechanism in json.loads(run(program, "--list", "--json").stdout):
            self.assertEqual(
                set(mechanism),
                {"name", "family", "summary", "needs", "guarded", "descriptor_ceiling", "usual_max_connections"}
                | {"usual_threads", "options", "datagrams", "known_faults", "unavailable"},
            )

    @each_program
    def test_information_prints_nothing_on_standard_error(self, program):
        for option in ("--help", "--version", "--list"):
            self.assertEqual(run(program, option).stderr, "")


class Misusing(unittest.TestCase):
    """One line on standard error, nothing on standard output, exit status 2."""

    def assert_refused(self, program, *options, naming=""):
        done = run(program, *options)
        self.assertEqual((done.returncode, done.stdout), (2, ""), done.stderr)
        self.assertRegex(done.stderr, r"\Aiomux-\w+: .+\n\Z")
        self.assertIn(naming, done.stderr)

    @each_program
    def test_without_a_mechanism(self, program):
        self.assert_refused(program, naming=": SERVER missing: one of ")
        self.assert_refused(program, naming=first_mechanism(program))

    @each_program
    def test_with_an_unknown_mechanism(self, program):
        self.assert_refused(program, "telepathy", naming=': no server named "telepathy"; the servers are ')

    def test_with_a_mechanism_of_the_other_program(self):
        names = {program: {one.name for one in listed_by(program)} for program in SERVER_PROGRAMS}
        for program, other in (RAW, ASIO), (ASIO, RAW):
            for name in names[other] - names[program]:
                with self.subTest(program=program, name=name):
                    self.assert_refused(program, name, naming=f"{name} is a server of {os.path.basename(other)}, not of "
                                                              f"{os.path.basename(program)} ")

    def test_with_a_mechanism_in_capitals(self):
        self.assert_refused(RAW, "EPOLL", naming='did you mean "epoll"?')

    @each_program
    def test_with_two_mechanisms(self, program):
        self.assert_refused(program, first_mechanism(program), "second",
                            naming='unexpected argument "second": at most 1 is allowed besides options')

    @each_program
    def test_with_a_mechanism_as_an_option(self, program):
        self.assert_refused(program, "--mechanism", first_mechanism(program), naming="unknown option --mechanism ")

    @each_program
    def test_with_an_unknown_option(self, program):
        self.assert_refused(program, first_mechanism(program), "--colour", naming="unknown option --colour (see ")

    @each_program
    def test_with_the_beginning_of_an_option(self, program):
        self.assert_refused(
            program, first_mechanism(program), "--por=1", naming="unknown option --por; did you mean --port?"
        )

    def test_with_a_misspelt_option(self):
        for program in (*SERVER_PROGRAMS, os.environ["IOMUX_CLIENT"], os.environ["IOMUX_LOAD"]):
            with self.subTest(program):
                self.assert_refused(
                    program, "--framin", "line", naming="unknown option --framin; did you mean --framing?"
                )

    @each_program
    def test_with_a_placeholder_of_the_library(self, program):
        for before, word in (("--", "%canonical_option%"), ("-", "%canonical_option%"), ("--port=", "%original_token%")):
            self.assert_refused(program, first_mechanism(program), before + word, naming=word)

    @each_program
    def test_with_an_option_without_its_value(self, program):
        self.assert_refused(program, first_mechanism(program), "--port", naming="--port requires a value")

    def test_with_a_bad_value(self):
        for option, value in (
            ("port", "70000"),
            ("port", "-1"),
            ("port", "http"),
            ("port", ""),
            ("service", "shout"),
            ("framing", "cut"),
            ("max-message", "0"),
            ("max-message", "1T"),
            ("max-message", "9999999999999999999999"),
            ("max-connections", "0"),
            ("backlog", "many"),
            ("high-water", "1025M"),
            ("high-water", "18446744073709551615"),
            ("idle-timeout", "-1"),
            ("message-timeout", "soon"),
            ("write-timeout", "1h"),
            ("drain-timeout", "-1"),
            ("drain-timeout", "nan"),
            ("drain-timeout", "inf"),
            ("log-level", "loud"),
            ("work", "50us"),
            ("work", "hard:50us"),
            ("work", "busy:"),
            ("work", "sleep:11"),
            ("suffix", "x" * 1025),
        ):
            for program in SERVER_PROGRAMS:
                with self.subTest(program=program, option=option, value=value):
                    self.assert_refused(program, first_mechanism(program), f"--{option}={value}")

    def test_with_a_misspelt_value(self):
        for program in (*SERVER_PROGRAMS, os.environ["IOMUX_CLIENT"], os.environ["IOMUX_LOAD"]):
            with self.subTest(program):
                self.assert_refused(
                    program, *([first_mechanism(program)] if program in SERVER_PROGRAMS else ()), "--service", "suffx",
                    naming='--service suffx: not one of suffix, echo, discard; did you mean "suffix"?',
                )

    @each_program
    def test_with_a_value_that_is_not_one_of_the_allowed(self, program):
        for option, value, naming in (
            ("--log-level", "loud", "not one of error, warning, info, debug"),
            ("--framing", "cut", "not one of chunk, line, length"),
        ):
            self.assert_refused(program, first_mechanism(program), option, value, naming=f"{option} {value}: {naming}")

    def test_with_a_misspelt_accept_method(self):
        self.assert_refused(
            RAW, "epoll", "--accept", "sharde",
            naming='--accept sharde: not one of reuseport, shared; did you mean "shared"?',
        )

    def test_with_options_that_contradict_each_other(self):
        for options in (
            ("--unix", "/tmp/socket", "--port", "8080"),
            ("--unix", "/tmp/socket", "--address", "127.0.0.1"),
            ("--suffix", "x", "--service", "echo"),
            ("--suffix", "x", "--service", "discard"),
            ("--suffix", "a\nb", "--framing", "line"),
            ("--low-water", "64K", "--high-water", "64K"),
            ("--low-water", "2M", "--high-water", "1M"),
            ("--json",),
        ):
            for program in SERVER_PROGRAMS:
                with self.subTest(program=program, options=options):
                    self.assert_refused(program, first_mechanism(program), *options)

    @each_program
    def test_with_marks_out_of_order(self, program):
        for options, naming in (
            (("--low-water", "2M", "--high-water", "1M"), "--low-water 2M must be below --high-water 1M"),
            (("--low-water", "2M"), "--low-water 2M must be below --high-water (64K by default)"),
            (("--high-water", "8K"), "--low-water (16K by default) must be below --high-water 8K"),
        ):
            self.assert_refused(program, first_mechanism(program), *options, naming=naming)

    @each_program
    def test_with_work_of_another_form(self, program):
        self.assert_refused(program, first_mechanism(program), "--work", "busy",
                            naming="--work busy: expected busy:TIME or sleep:TIME with at most 10s, such as busy:50us (see")

    def test_of_the_load_generator_with_the_comparisons_name_of_an_option(self):
        self.assert_refused(os.environ["IOMUX_LOAD"], "--seconds", "5",
                            naming="unknown option --seconds; did you mean --duration?")

    def test_with_a_size_of_another_form(self):
        for size in ("big", "uniform:16", "uniform:16-", "exponential:", "gauss:64"):
            with self.subTest(size):
                self.assert_refused(
                    os.environ["IOMUX_LOAD"], "--size", size, naming=f"--size {size}: expected a size such as 64, 64K or "
                    "1MiB, uniform:16B-1KiB or exponential:256B; K, M and G (also KiB, MiB, GiB) are powers of 1,024 (see")

    def test_with_contexts_where_there_are_none(self):
        self.assert_refused(RAW, "epoll", "--contexts", "shared", naming="unknown option --contexts")

    def test_with_a_bad_value_of_an_option_of_its_own(self):
        for program, name, option, value, naming in (
            (RAW, "pool", "workers", "0", "expected a whole number from 1 to 1024"),
            (RAW, "pool", "queue", "many", "expected a whole number from 1 to 1000000000"),
            (RAW, "pool", "stack-size", "1K", "expected a size from 16K to 64M"),
            (RAW, "blocking", "stack-size", "65M", "expected a size from 16K to 64M"),
            (RAW, "nonblocking", "poll-interval", "soon", "expected a time such as 5, 0.5, 250ms, 5s or 2m"),
            (RAW, "io_uring", "ring-entries", "32769", "expected a whole number from 1 to 32768"),
            (RAW, "io_uring", "ring-buffers", "0", "expected a whole number from 1 to 32768"),
            (RAW, "io_uring", "ring-buffers", "3", "expected a power of two"),
            (RAW, "io_uring", "ring-buffer-size", "8", "expected a size from 64 to 64K"),
            (RAW, "io_uring", "ring-buffer-size", "128K", "expected a size from 64 to 64K"),
            (ASIO, "callbacks", "contexts", "sharde", 'not one of per-thread, shared; did you mean "shared"?'),
        ):
            with self.subTest(name=name, option=option, value=value):
                self.assert_refused(program, name, f"--{option}", value, naming=f": --{option} {value}: {naming} (")

    @each_program
    def test_with_an_option_of_other_mechanisms(self, program):
        listed = listed_by(program)
        for option in sorted({option for one in listed for option in one.own_options}):
            value = () if option == "ring-plain" else ("1",)
            having = ", ".join(one.name for one in listed if option in one.own_options)
            for mechanism in listed:
                if option not in mechanism.own_options:
                    with self.subTest(mechanism=mechanism.name, option=option):
                        self.assert_refused(
                            program, mechanism.name, f"--{option}", *value,
                            naming=f"--{option} does not apply to {mechanism.name}: it is an option of {having}",
                        )

    def test_with_a_service_that_an_unguarded_server_does_not_have(self):
        for mechanism in every_mechanism():
            if not mechanism.guarded:
                for option, value in (("--service", "suffix"), ("--framing", "line")):
                    self.assert_refused(
                        mechanism.program, mechanism.name, option, value,
                        naming=f": {mechanism.name} does not support {option} {value}: it only supports --service echo "
                               "(its default) with --framing chunk (see",
                    )

    def test_with_options_that_an_unguarded_server_does_not_have(self):
        for mechanism in every_mechanism():
            if mechanism.guarded:
                continue
            for option, value in (
                ("suffix", "x"),
                ("max-message", "1K"),
                ("work", "busy:1us"),
                ("max-connections", "5"),
                ("high-water", "1"),
                ("low-water", "1"),
                ("idle-timeout", "5"),
                ("message-timeout", "5"),
                ("write-timeout", "5"),
                ("drain-timeout", "5"),
            ):
                with self.subTest(option):
                    self.assert_refused(
                        mechanism.program, mechanism.name, f"--{option}", value,
                        naming=f"--{option} does not apply to {mechanism.name}: it only echoes what each read "
                               "returns, without limits or timeouts (see",
                    )

    def test_with_an_option_that_has_no_effect_on_the_mechanism(self):
        for program, name, option, why in (
            (RAW, "minimal", "--threads 1", "it runs in one thread"),
            (RAW, "minimal", "--accept shared", "it has one listener"),
            (RAW, "minimal", "--udp", "it does not serve datagrams"),
            (RAW, "blocking", "--threads 1", "it has threads for its connections"),
            (RAW, "blocking", "--accept shared", "it has one listener"),
            (RAW, "pool", "--threads 2", "it has threads for its connections"),
            (RAW, "pool", "--accept reuseport", "it has one listener"),
            (RAW, "epoll-oneshot", "--accept shared", "it has one listener"),
            (RAW, "epoll-exclusive", "--accept shared", "its accept method is fixed"),
            (ASIO, "blocking", "--threads 2", "it has threads for its connections"),
            (ASIO, "blocking", "--accept shared", "it has one listener"),
        ):
            with self.subTest(name=name, option=option):
                words = option.split()
                self.assert_refused(program, name, *words, naming=f": {words[0]} does not apply to {name}: {why} (")

    @each_program
    def test_with_an_option_that_has_no_effect_in_the_config_file(self, program):
        other = "ring-entries" if program == RAW else "stack-size"
        name = "epoll" if program == RAW else "callbacks"
        with tempfile.NamedTemporaryFile(mode="w") as config:
            config.write(f"{other} = 64K\n")
            config.flush()
            self.assert_refused(program, name, "--config", config.name,
                                naming=f"{config.name}:1: {other} does not apply to {name}: ")

    def test_with_a_listener_for_each_loop_on_a_unix_socket(self):
        self.assert_refused(
            RAW, "epoll", "--accept", "reuseport", "--unix", "/nowhere/socket",
            naming="--accept reuseport and --unix cannot be combined",
        )


class Failing(unittest.TestCase):
    """One line on standard error, nothing on standard output, exit status 1."""

    def assert_cannot_start(self, program, *options, saying):
        done = run(program, first_mechanism(program), *options)
        self.assertEqual((done.returncode, done.stdout), (1, ""), done.stderr)
        self.assertRegex(done.stderr, r"\Aiomux-\w+: .+\n\Z")
        self.assertIn(saying, done.stderr)

    @each_program
    def test_on_a_port_in_use(self, program):
        with socket.create_server(("127.0.0.1", 0)) as other:
            port = other.getsockname()[1]
            self.assert_cannot_start(
                program, "--port", str(port), "--bind-retry", "0", saying=f"cannot listen on 127.0.0.1:{port}: Address already in use; choose another --port (0: any free)\n"
            )

    @each_program
    def test_on_a_host_name_that_cannot_be_resolved(self, program):
        self.assert_cannot_start(program, "--address", "nobody.invalid", saying="cannot resolve nobody.invalid")

    @each_program
    def test_on_an_address_of_another_machine(self, program):
        self.assert_cannot_start(program, "--address", "192.0.2.1", saying="cannot listen on 192.0.2.1:8080: Cannot "
                               "assign requested address; it is not an address of this machine\n")

    @each_program
    def test_on_a_unix_socket_with_a_path_too_long(self, program):
        self.assert_cannot_start(program, "--unix", "/tmp/" + "x" * 200, saying="107 bytes")

    @each_program
    def test_on_a_unix_socket_in_a_missing_directory(self, program):
        self.assert_cannot_start(program, "--unix", "/nowhere/socket", saying="No such file or directory")

    @each_program
    def test_on_a_path_of_a_file_that_is_not_a_socket(self, program):
        with tempfile.TemporaryDirectory() as folder:
            plain, fifo, link = (os.path.join(folder, name) for name in ("plain", "fifo", "link"))
            with open(plain, "wb"):
                os.mkfifo(fifo)
                os.symlink("none", link)
            before = os.listdir(folder)
            for path in folder, plain, fifo, link:
                with self.subTest(path):
                    self.assert_cannot_start(program, "--unix", path, saying=f"cannot listen on unix:{path}: Address already in "
                                             "use; it exists and is not a socket; choose another --unix path\n")
            self.assertEqual(os.listdir(folder), before)

    def assert_another_user_cannot_start(self, *command, threads=None, saying):
        with tempfile.TemporaryDirectory() as results:
            os.chmod(results, 0o777)
            if command[0] == SERVE:
                command = (*command, "--results", results)

            def become_another_user():
                if threads is not None:
                    resource.setrlimit(resource.RLIMIT_NPROC, (threads, threads))
                os.setresgid(UNUSED_ID, UNUSED_ID, UNUSED_ID)
                os.setresuid(UNUSED_ID, UNUSED_ID, UNUSED_ID)

            if run("test", "-x", command[0], preexec_fn=become_another_user).returncode != 0:
                self.skipTest("another user may not run the programs")
            with self.subTest(command):
                # The search for leaks starts a process, for which the limit leaves no room.
                quiet = {**os.environ, "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"}
                done = run(*command, cwd="/", env=quiet, preexec_fn=become_another_user)
                self.assertEqual(done.returncode, 1, done)
                self.assertEqual(done.stderr.splitlines()[-1], f"{os.path.basename(command[0])}: {saying}")

    @unittest.skipIf(os.getuid() != 0, "this user cannot become another one, which may not use any port")
    def test_on_a_port_for_root_alone(self):
        with open("/proc/sys/net/ipv4/ip_unprivileged_port_start", encoding="ascii") as file:
            if int(file.read()) <= 1:
                self.skipTest("every user may use any port")
        for command in (RAW, first_mechanism(RAW)), (ASIO, first_mechanism(ASIO)), (SERVE,):
            if command[0] is not None:
                self.assert_another_user_cannot_start(
                    *command, "--port", "1",
                    saying="cannot listen on 127.0.0.1:1: Permission denied; ports below "
                           "net.ipv4.ip_unprivileged_port_start (usually 1024) need root or CAP_NET_BIND_SERVICE; choose "
                           "another --port")

    @unittest.skipIf(os.getuid() != 0, "this user cannot become another one, whose threads are limited")
    def test_without_the_threads_that_it_needs(self):
        for command, threads in (((RAW, "epoll", "--threads", "8"), 3), ((RAW, "pool", "--workers", "8"), 3),
                               ((ASIO, "callbacks", "--threads", "8"), 3), ((SERVE,), 2)):
            if command[0] is not None:
                self.assert_another_user_cannot_start(
                    *command, "--port", "0", threads=threads,
                    saying="cannot create a thread: Resource temporarily unavailable; ask for fewer threads or "
                           "connections, or raise the limit (ulimit -u)")

    @each_program
    def test_with_a_config_file_that_does_not_exist(self, program):
        self.assert_cannot_start(program, "--config", "/nowhere/config", saying="cannot read /nowhere/config")

    @each_program
    def test_with_a_directory_as_config_file(self, program):
        self.assert_cannot_start(program, "--port", "0", "--config", "/tmp", saying="cannot read /tmp")
