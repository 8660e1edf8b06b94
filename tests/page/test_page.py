"""The HTML report as a file: what is in it, and what is not."""
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

    def test_is_less_than_a_megabyte_and_a_half(self):
        self.assertLess(len(self.page.encode()), 1_500_000)

    def test_refers_to_nothing_outside(self):
        # Chart.js names its home in a comment.
        markup = re.sub(r'<script.*?</script>', '', self.page, flags=re.DOTALL)
        self.assertEqual(re.findall(r'(?:src|href)="(?!#|data:)[^"]*|url\(|@import', markup), [])
        self.assertIn("default-src 'none'", markup)

    def test_has_no_handlers_in_its_markup(self):
        markup = re.sub(r'<script.*?</script>', '', self.page, flags=re.DOTALL)
        self.assertEqual(re.findall(r'<[^>]+\son\w+=', markup), [])

    def test_has_nothing_in_its_json_that_could_end_it(self):
        json_text = embedded_in(self.page)
        self.assertNotIn('<', json_text)
        self.assertIn('</script><b>', json.loads(json_text)['claims'][1]['why'])

    def test_has_every_scenario_and_server(self):
        shown = json.loads(embedded_in(self.page))
        self.assertEqual([one['name'] for one in self.results['scenarios']], [one['name'] for one in shown['scenarios']])
        for made, kept in zip(self.results['scenarios'], shown['scenarios']):
            self.assertEqual(titles_in(made), titles_in(kept))


class Shortened(unittest.TestCase):
    def test_numbers_have_five_digits(self):
        medians = {**sample.results()['scenarios'][0]['points'][0]['servers'][0]['medians'], 'cpu_us_a_message': 8.1234567,
                   'messages_per_second': 123456}
        shown = shown_of({'medians': medians})['medians']
        self.assertEqual((shown['cpu_us_a_message'], shown['messages_per_second']), (8.1235, 123456))

    def test_what_is_null_is_left_out(self):
        self.assertNotIn('skipped', shown_of({}))

    def test_neither_rounds_nor_paths_are_in_it(self):
        self.assertTrue({'rounds', 'path'}.isdisjoint(shown_of({})))

    def test_latencies_are_those_of_all_rounds(self):
        rounds = [{'load': {'histogram_ns': [[1000, 500], [2000, 480]]}}, None,
                  {'load': {'histogram_ns': [[1000, 500], [3000, 20]]}}]
        times = dict(map(tuple, shown_of({'rounds': rounds})['latency_at_share_us']))
        # Of 1,500: 1,000 took 1 µs, 480 took 2, and 20 took 3. One in a hundred is 15 of them; of fewer nothing is said.
        self.assertEqual({share: times.get(share) for share in (2, 4, 40, 100, 200)},
                         {2: 1, 4: 2, 40: 2, 100: 3, 200: None})

    def test_rounds_that_were_measured_are_counted(self):
        self.assertEqual(shown_of({'rounds': [None, {'load': {}}]})['round_count'], 1)

    def test_latencies_are_kept_where_the_scenario_is_about_them(self):
        shown = json.loads(embedded_in(page_of(sample.results())))
        self.assertEqual([one['name'] for one in shown['scenarios']
                          if 'latency_at_share_us' in one['points'][0]['servers'][0]], ['comparison', 'latency'])

    def test_servers_without_latencies_have_none(self):
        for rounds in ([], [None], [{'load': {'histogram_ns': []}}], [{'load': {}}]):
            self.assertEqual(shown_of({'rounds': rounds})['latency_at_share_us'], [])


class Unfit(unittest.TestCase):
    def test_results_are_refused(self):
        results = copy.deepcopy(sample.results())
        del results['scenarios']
        self.assertRegex(refusal_of(results), '^these are no results that a page can show: ')


if __name__ == '__main__':
    unittest.main()
