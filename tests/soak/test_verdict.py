import unittest

from verdict import Measured, Tally, failures, shortfalls, tells_nothing


def measured(ping_ms=(1,), memory_gained=0, descriptors_gained=0, late_ms=0.1, **tally):
    tally = {"kind": "pings", "connects": 1, "replies": 1, **tally}
    return Measured([Tally(ping_ms=list(ping_ms), late_ms=[late_ms], **tally)], memory_gained, descriptors_gained)


SLOW = "ping p99 over 10 ms (a sleep ends 0.1 ms late here, p99)"


class AVerdict(unittest.TestCase):
    def assert_short(self, one, *expected):
        self.assertEqual(list(shortfalls(one, ping_bar_ms=10)), list(expected))

    def test_lets_a_server_pass_that_stays_as_it_was(self):
        self.assert_short(measured())

    def test_lets_it_give_back(self):
        self.assert_short(measured(memory_gained=-4096, descriptors_gained=-1))

    def test_allows_a_mebibyte(self):
        self.assert_short(measured(memory_gained=1 << 20))

    def test_fails_more_than_a_mebibyte(self):
        self.assert_short(measured(memory_gained=(1 << 20) + 4096), "memory grows by over 1 MiB")

    def test_fails_one_descriptor(self):
        self.assert_short(measured(descriptors_gained=1), "descriptors are left")

    def test_allows_one_slow_ping_in_a_hundred(self):
        self.assert_short(measured(ping_ms=[10] * 99 + [500]))

    def test_fails_two_slow_pings_in_a_hundred(self):
        self.assert_short(measured(ping_ms=[1] * 98 + [10.1] * 2), SLOW)

    def test_fails_the_slowest_of_few_pings(self):
        self.assert_short(measured(ping_ms=[1] * 10 + [10.1]), SLOW)

    def test_fails_where_nothing_was_pinged(self):
        self.assert_short(measured(ping_ms=()), SLOW)

    def test_names_everything_that_falls_short(self):
        self.assert_short(measured(ping_ms=[11], memory_gained=2 << 20, descriptors_gained=3),
                          SLOW, "memory grows by over 1 MiB", "descriptors are left")

    def test_tells_nothing_of_slow_pings_on_a_machine_that_is_late_itself(self):
        self.assertTrue(tells_nothing(measured(ping_ms=[11], late_ms=3), ping_bar_ms=10))
        self.assertFalse(tells_nothing(measured(ping_ms=[11], late_ms=1), ping_bar_ms=10))
        self.assertFalse(tells_nothing(measured(ping_ms=[9], late_ms=3), ping_bar_ms=10))

    def test_fails_what_a_client_saw(self):
        self.assertEqual(list(failures([Tally("churn", replies=7, failure="a wrong reply")])), ["churn: a wrong reply"])

    def test_fails_clients_that_checked_nothing(self):
        self.assertEqual(list(failures([Tally("churn", connects=7)])), ["churn: no reply was checked"])
