import unittest

from verdict import Measured, Tally, failures, shortfalls, tells_nothing


def measured(ping_ms=(1,), memory_gained=0, descriptors_gained=0, late_ms=0.1, **tally):
    tally = {"kind": "pings", "connects": 1, "replies": 1, **tally}
    return Measured([Tally(ping_ms=list(ping_ms), late_ms=[late_ms], **tally)], memory_gained, descriptors_gained)


SLOW = "ping p99 above 10 ms (sleeps end 0.1 ms late, p99)"


class AVerdict(unittest.TestCase):
    def assert_short(self, one, *expected):
        self.assertEqual(list(shortfalls(one, ping_bar_ms=10)), list(expected))

    def test_passes_a_server_that_did_not_grow(self):
        self.assert_short(measured())

    def test_passes_a_server_that_shrank(self):
        self.assert_short(measured(memory_gained=-4096, descriptors_gained=-1))

    def test_allows_a_mebibyte(self):
        self.assert_short(measured(memory_gained=1 << 20))

    def test_fails_more_than_a_mebibyte(self):
        self.assert_short(measured(memory_gained=(1 << 20) + 4096), "memory grew by more than 1 MiB")

    def test_fails_one_descriptor(self):
        self.assert_short(measured(descriptors_gained=1), "descriptors are still open")

    def test_allows_one_slow_ping_in_a_hundred(self):
        self.assert_short(measured(ping_ms=[10] * 99 + [500]))

    def test_fails_two_slow_pings_in_a_hundred(self):
        self.assert_short(measured(ping_ms=[1] * 98 + [10.1] * 2), SLOW)

    def test_fails_the_slowest_of_few_pings(self):
        self.assert_short(measured(ping_ms=[1] * 10 + [10.1]), SLOW)

    def test_fails_without_a_ping(self):
        self.assert_short(measured(ping_ms=()), SLOW)

    def test_names_every_failure(self):
        self.assert_short(measured(ping_ms=[11], memory_gained=2 << 20, descriptors_gained=3),
                          SLOW, "memory grew by more than 1 MiB", "descriptors are still open")

    def test_gives_no_verdict_on_slow_pings_if_sleeps_are_late_too(self):
        self.assertTrue(tells_nothing(measured(ping_ms=[11], late_ms=3), ping_bar_ms=10))
        self.assertFalse(tells_nothing(measured(ping_ms=[11], late_ms=1), ping_bar_ms=10))
        self.assertFalse(tells_nothing(measured(ping_ms=[9], late_ms=3), ping_bar_ms=10))

    def test_fails_with_the_failure_of_a_client(self):
        self.assertEqual(list(failures([Tally("churn", replies=7, failure="wrong reply")])), ["churn: wrong reply"])

    def test_fails_clients_that_checked_nothing(self):
        self.assertEqual(list(failures([Tally("churn", connects=7)])), ["churn: no reply was checked"])
