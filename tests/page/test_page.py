"""The HTML report as a file: its content, and what it must not contain."""
import copy
import json
import re
import unittest

import sample
from pages import embedded_in, page_of, refusal_of


def titles_in(scenario):
    return [[server['title'] for server in point['servers']] for point in scenario['points']]


def with_one_server(server):
    results = sample.results()
    point = results['scenarios'][0]['points'][0]
    point['servers'] = [{**point['servers'][0], **server}]
    results['scenarios'] = [{**results['scenarios'][0], 'points': [point]}]
    return results


def shown_of(server):
    return json.loads(embedded_in(page_of(with_one_server(server))))['scenarios'][0]['points'][0]['servers'][0]


class Page(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.results = sample.results()
        cls.page = page_of(cls.results)

    def test_is_smaller_than_1_5_megabytes(self):
        self.assertLess(len(self.page.encode()), 1_500_000)

    def test_refers_to_no_other_files(self):
        # Scripts are left out, because Chart.js names its website in a comment.
        markup = re.sub(r'<script.*?</script>', '', self.page, flags=re.DOTALL)
        self.assertEqual(re.findall(r'(?:src|href)="(?!#|data:)[^"]*|url\(|@import', markup), [])
        self.assertIn("default-src 'none'", markup)

    def test_has_no_handlers_in_its_markup(self):
        markup = re.sub(r'<script.*?</script>', '', self.page, flags=re.DOTALL)
        self.assertEqual(re.findall(r'<[^>]+\son\w+=', markup), [])

    def test_has_json_that_cannot_close_its_script_element(self):
        json_text = embedded_in(self.page)
        self.assertNotIn('<', json_text)
        self.assertIn('</script><b>', json.loads(json_text)['claims'][1]['why'])

    def test_has_every_scenario_and_server(self):
        shown = json.loads(embedded_in(self.page))
        self.assertEqual([one['name'] for one in self.results['scenarios']], [one['name'] for one in shown['scenarios']])
        for made, kept in zip(self.results['scenarios'], shown['scenarios']):
            self.assertEqual(titles_in(made), titles_in(kept))


class ShortenedResults(unittest.TestCase):
    def test_have_numbers_of_five_digits(self):
        medians = {**sample.results()['scenarios'][0]['points'][0]['servers'][0]['medians'], 'cpu_us_per_message': 8.1234567,
                   'messages_per_second': 123456}
        shown = shown_of({'medians': medians})['medians']
        self.assertEqual((shown['cpu_us_per_message'], shown['messages_per_second']), (8.1235, 123456))

    def test_leave_out_nulls(self):
        self.assertNotIn('skipped', shown_of({}))

    def test_leave_out_rounds_and_paths(self):
        self.assertTrue({'rounds', 'path'}.isdisjoint(shown_of({})))

    def test_have_latencies_of_all_rounds_together(self):
        rounds = [{'load': {'histogram_ns': [[1000, 500], [2000, 480]]}}, None,
                  {'load': {'histogram_ns': [[1000, 500], [3000, 20]]}}]
        times = dict(map(tuple, shown_of({'rounds': rounds})['latency_at_share_us']))
        # Of 1,500 messages, 1,000 took 1 µs, 480 took 2 and 20 took 3. 1 in 100 are 15 messages; fewer are not shown.
        self.assertEqual({share: times.get(share) for share in (2, 4, 40, 100, 200)},
                         {2: 1, 4: 2, 40: 2, 100: 3, 200: None})

    def test_have_the_number_of_measured_rounds(self):
        self.assertEqual(shown_of({'rounds': [None, {'load': {}}]})['round_count'], 1)

    def test_have_the_most_slices_of_a_session(self):
        self.assertEqual(shown_of({'rounds': [{'load': {}, 'slices': [1, None]}, {'load': {}, 'slices': [1, 2, 3]}]})['slice_count'], 3)
        self.assertNotIn('slice_count', shown_of({'rounds': [{'load': {}, 'slices': None}]}))

    def test_have_the_datagrams_that_all_rounds_together_lost(self):
        rounds = [{'load': {'datagrams': {'sent': 1_234_567, 'lost': 7}}}, None, {'load': {}},
                  {'load': {'datagrams': {'sent': 20_000, 'lost': 5}}}]
        self.assertEqual(shown_of({'rounds': rounds})['lost_datagrams'], {'sent': 1_254_567, 'lost': 12})
        for lost in (0, None):
            self.assertNotIn('lost_datagrams', shown_of({'rounds': [{'load': {'datagrams': {'sent': 9, 'lost': lost}}}]}))

    def test_have_latencies_only_in_scenarios_about_latency(self):
        shown = json.loads(embedded_in(page_of(sample.results())))
        self.assertEqual([one['name'] for one in shown['scenarios']
                          if 'latency_at_share_us' in one['points'][0]['servers'][0]], ['comparison', 'latency'])

    def test_have_no_latencies_of_servers_without_any(self):
        for rounds in ([], [None], [{'load': {'histogram_ns': []}}], [{'load': {}}]):
            self.assertEqual(shown_of({'rounds': rounds})['latency_at_share_us'], [])


class InvalidResults(unittest.TestCase):
    def test_are_refused(self):
        results = copy.deepcopy(sample.results())
        del results['scenarios']
        self.assertRegex(refusal_of(results), '^cannot make a page of these results: ')


if __name__ == '__main__':
    unittest.main()
