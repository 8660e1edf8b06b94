import signal
import unittest

from programs import (
    AMPLIFIED,
    AMPLIFYING,
    HOLDING_LINES,
    Server,
    ask,
    each_server,
    hold_the_drain,
    receive,
    receive_all,
    wait_until,
)


class Signal(unittest.TestCase):
    def assert_drains_by(self, mechanism, number):
        with Server(mechanism) as server, server.connect() as client:
            ask(client, b"hi", b"hi_suffix")
            server.send_signal(number)
            self.assertEqual(receive_all(client), b"")
            client.close()
            self.assertEqual(server.wait(), 0)

    @each_server
    def test_to_terminate_drains(self, mechanism):
        self.assert_drains_by(mechanism, signal.SIGTERM)

    @each_server
    def test_to_interrupt_drains(self, mechanism):
        self.assert_drains_by(mechanism, signal.SIGINT)

    @each_server
    def test_truncates_no_reply(self, mechanism):
        with Server(mechanism, *AMPLIFYING, "--drain-timeout", "60") as server, hold_the_drain(server) as client:
            server.send_signal(signal.SIGTERM)
            self.assertEqual(1 + len(receive_all(client)), HOLDING_LINES * AMPLIFIED)
            client.close()
            self.assertEqual(server.wait(), 0)

    @each_server
    def test_ends_at_the_drain_timeout_at_the_latest(self, mechanism):
        with Server(mechanism, *AMPLIFYING, "--drain-timeout", "100ms") as server, hold_the_drain(server):
            server.send_signal(signal.SIGTERM)
            self.assertEqual(server.wait(), 0)

    def assert_second_ends_at_once(self, mechanism, first, second):
        with Server(mechanism, *AMPLIFYING, "--drain-timeout", "1000") as server, hold_the_drain(server):
            server.send_signal(first)
            wait_until(lambda: not server.is_listening(), "the server stops listening")
            self.assertIsNone(server.process.poll())
            server.send_signal(second)
            self.assertEqual(server.wait(), 128 + second)

    @each_server
    def test_a_second_time_ends_at_once(self, mechanism):
        self.assert_second_ends_at_once(mechanism, signal.SIGTERM, signal.SIGTERM)

    @each_server
    def test_of_another_kind_a_second_time_ends_at_once(self, mechanism):
        self.assert_second_ends_at_once(mechanism, signal.SIGTERM, signal.SIGINT)

    @each_server
    def test_to_stop_and_continue_loses_no_client(self, mechanism):
        with Server(mechanism) as server:
            server.send_signal(signal.SIGSTOP)
            clients = [server.connect() for _ in range(20)]
            for client in clients:
                client.sendall(b"hi")
            server.send_signal(signal.SIGCONT)
            for client in clients:
                self.assertEqual(receive(client, 9), b"hi_suffix")
                client.close()
