"""Made-up results in the format of iomux-compare. Each server's cost grows in its own way."""
import collections
import math
import random

# program, name, title, CPU µs per message with few connections, growth per open and active connection, system calls
SERVERS = [
    ('raw', 'minimal', 'minimal', 8.0, 0, 0, {'epoll_wait': 1, 'recvfrom': 1, 'sendto': 1}),
    ('raw', 'blocking', 'blocking', 9.1, 0.0004, 0.02, {'recvfrom': 1, 'sendto': 1}),
    ('raw', 'pool', 'pool', 9.2, 0.0004, 0.02, {'recvfrom': 1, 'sendto': 1}),
    ('raw', 'nonblocking', 'nonblocking', 7.7, 0.08, 0, {'recvfrom': 2.4, 'sendto': 1, 'accept4': 0.4}),
    ('raw', 'select', 'select', 8.1, 0.02, -0.01, {'pselect6': 1, 'recvfrom': 1, 'sendto': 1}),
    ('raw', 'poll', 'poll', 8.0, 0.015, -0.01, {'ppoll': 1, 'recvfrom': 1, 'sendto': 1}),
    ('raw', 'epoll', 'epoll', 8.3, 0, 0, {'epoll_wait': 1, 'recvfrom': 1, 'sendto': 1}),
    ('raw', 'epoll-et', 'epoll-et', 8.6, 0, 0, {'epoll_wait': 1, 'recvfrom': 1.9, 'sendto': 1}),
    ('raw', 'epoll-oneshot', 'epoll-oneshot', 9.4, 0, 0.002,
     {'epoll_wait': 1, 'epoll_ctl': 1, 'recvfrom': 1, 'sendto': 1}),
    ('raw', 'epoll-exclusive', 'epoll-exclusive', 8.9, 0, 0.002, {'epoll_wait': 1, 'recvfrom': 1, 'sendto': 1}),
    ('raw', 'io_uring', 'io_uring', 8.0, 0, -0.004, {'io_uring_enter': 1}),
    ('asio', 'blocking', 'asio/blocking', 9.5, 0.0004, 0.02, {'recvmsg': 1, 'sendmsg': 1}),
    ('asio', 'readiness', 'readiness', 10.1, 0, 0, {'epoll_wait': 1, 'epoll_ctl': 1, 'recvfrom': 1, 'sendto': 1}),
    ('asio', 'callbacks', 'callbacks', 9.0, 0, 0, {'epoll_wait': 1, 'recvmsg': 2, 'sendmsg': 1}),
    ('asio', 'coroutines', 'coroutines', 9.3, 0, 0, {'epoll_wait': 1, 'recvmsg': 2, 'sendmsg': 1}),
    ('asio-select', 'callbacks', 'asio-select/callbacks', 10.4, 0.02, 0,
     {'select': 1, 'recvmsg': 2, 'sendmsg': 1, 'eventfd': 0.1}),
]
# Bytes per idle connection, of servers that need many.
MEMORY = {'blocking': 8600, 'pool': 8600, 'asio/blocking': 9900, 'callbacks': 1460, 'coroutines': 1990}


CPU = 'cpu_us_per_message'
RATE = 'messages_per_second'
P99 = 'latency_us_p99'


def results(seed=1):
    made = _Made(random.Random(seed))
    return {
        'format': 'iomux-results', 'version': 2, 'created': '2026-11-25T14:20:15Z',
        'environment': {'kernel': 'Linux 6.18.0', 'cpu': 'Made-up Processor <9000>', 'cores': 2, 'virtual_machine': True,
                        'congestion_control': 'cubic', 'compiler': 'GCC 12.2.0', 'build_type': 'Release',
                        'version': '0.1.0', 'governor': 'performance', 'machine_check': {
                            'cores': [0, 1], 'busy_share': 0.01, 'steal_share': 0, 'load_average': 0.5, 'doubts': []},
                        'mitigations': {'meltdown': 'Mitigation: PTI'}, 'limits': {'descriptors': 20000, 'somaxconn': '4096'}},
        'options': {'quick': False, 'least_rounds': 10, 'most_rounds': 10, 'precision': None, 'budget_seconds': None,
                    'seed': 123, 'baseline': None},
        'brief': [
            answer('Cheapest for few connections', 'io_uring or epoll', ('throughput', '10 connections')),
            answer('Cheapest for many busy connections', 'epoll or one of 3 others', ('throughput', '1,000 connections')),
            answer('Cheapest with many idle connections', 'epoll', ('idle', '10,000 idle')),
            answer('CPU cost of Asio relative to raw epoll', '1.10 to 1.20 ×', ('throughput', '10 connections'),
                   ('throughput', '1,000 connections'), ('idle', '10,000 idle'))],
        'scenarios': [
            made.scenario('comparison', 'What does a message cost?', [CPU], {}),
            made.scenario('throughput', 'How does the CPU cost per message change with the number of connections?',
                          [CPU, RATE],
                          {f'{n:,} connection{"s" * (n > 1)}': {'connections': n} for n in (1, 10, 100, 1000)}),
            made.scenario('latency', 'What are the CPU cost per message and the latency at a fixed message rate?',
                          [CPU, P99],
                          {f'{n:,} messages per second': {'rate': n} for n in (500, 2000, 8000)}),
            made.scenario('idle', 'How do idle connections affect the CPU cost per message?', [CPU],
                          {f'{n:,} idle': {'idle': n} for n in (0, 100, 900, 3000, 10000)}),
            made.scenario('active', 'Which server needs the least CPU per message, by number of connections and share '
                          'of active ones?', [CPU],
                          {f'{n:,}, {share:.0%} active': {'connections': n, 'active': share}
                           for n in (10, 100, 900, 8000) for share in (0.01, 0.1, 0.5, 1)}),
            made.scenario('churn', 'What is the CPU cost per message if every message uses a new connection?',
                          [CPU, RATE],
                          {f'{n} connections': {'connections': n} for n in (1, 16, 64)}),
            made.scenario('size', 'How does the CPU cost per message change with the message size?', [CPU],
                          {f'{n} bytes': {'size': n} for n in (16, 256, 4096, 65536)}),
            made.scenario('depth', 'How do several messages in flight per connection affect the CPU cost per message?',
                          [CPU],
                          {f'{n} in flight': {'depth': n} for n in (1, 4, 16)}),
            made.scenario('memory', 'How much memory does an idle connection use?', ['idle_connection_bytes'],
                          {f'{n:,} idle': {'idle': n} for n in (100, 1000)}),
            made.scenario('syscalls', 'Which system calls does a server make per message, and how many?',
                          ['system_calls_per_message'],
                          {f'{n} connections': {'connections': n} for n in (1, 64)}),
            made.scenario('slow', 'Which server has the highest throughput if handling a message takes time?',
                          [RATE, CPU],
                          {name: {'case': i} for i, name in enumerate(('at once', '100 µs busy', '1 ms asleep'))}),
            made.scenario('udp', 'What is the CPU cost per datagram?', [CPU, RATE],
                          {f'{n} sockets': {'connections': n} for n in (1, 64)}),
        ],
        'monitor': {'unit': 'µs an operation', 'points': [
            with_ranking('us', {'descriptors': n, 'mechanisms': [
                {'name': 'select', 'not_measured': 'descriptors of 1024 and more'} if n > 1000 else
                {'name': 'select', 'us': 1.1 + n * 0.08, 'low': 1 + n * 0.079, 'high': 1.2 + n * 0.083},
                {'name': 'poll', 'us': 1 + n * 0.082, 'low': 0.9 + n * 0.08, 'high': 1.1 + n * 0.084},
                {'name': 'epoll', 'us': 0.47, 'low': 0.45, 'high': 0.5}]}) for n in (10, 100, 1000, 10000)],
            'active': [with_ranking('ns_per_event', {'descriptors': 100, 'share': share, 'mechanisms': [
                {'name': 'poll', 'ns_per_event': 27 / share, 'low': 26 / share, 'high': 28 / share},
                {'name': 'epoll', 'ns_per_event': 205, 'low': 201, 'high': 209}]}) for share in (0.1, 0.3, 1)]},
        'claims': [
            {'id': 'epoll-independent',
             'claim': 'The cost of epoll does not depend on the number of connections.',
             'experiment': 'One of n descriptors becomes ready, is waited for and read.',
             'figures': [{'name': 'time with 10 descriptors', 'value': 0.47, 'unit': 'µs'},
                         {'name': 'time with 10,000 descriptors', 'value': 0.54, 'unit': 'µs'}],
             'verdict': 'holds_only_when', 'why': 'few of the connections are active'},
            {'id': 'select-1024', 'claim': 'select cannot watch more than 1,024 connections.',
             'experiment': 'A descriptor above 1,024 is watched.', 'figures': [], 'verdict': 'does_not_hold',
             'why': 'The limit is the number of a descriptor, not how many descriptors there are. </script><b>'},
            {'id': 'poll-no-limit', 'claim': 'poll has no limit.',
             'experiment': 'More descriptors are watched than RLIMIT_NOFILE allows.', 'figures': [],
             'verdict': 'not_measured', 'why': 'RLIMIT_NOFILE could not be lowered'},
        ],
    }


def answer(question, found, *places):
    """The answer to a question in brief, with a made-up reason for each scenario and point."""
    return {'question': question, 'answer': found, 'command': None,
            'why': [{'scenario': scenario, 'point': point, 'load': f'the load of {point}', 'strength': 'likely', 'sure': 'likely',
                     'text': f'epoll takes 1.0{i} × [0.9{i}–1.1{i}] the CPU time of minimal at {point}'}
                    for i, (scenario, point) in enumerate(places)]}


def crossover(points):
    """The servers that are the cheapest at some of the points, with a made-up sentence."""
    rankings = [one for point in points for one in point['rankings'] if one['figure'] == CPU]
    counts = collections.Counter(one['best'] for one in rankings)
    apart = collections.Counter(one['best'] for one in rankings if not one['not_told_apart'])
    return {'text': f'Lowest CPU time per message: {counts.most_common(1)[0][0]} and others.',
            'winners': [{'server': title, 'points': count, 'told_apart': apart[title]}
                        for title, count in counts.most_common()]}


def not_measured(question, command):
    return {'question': question, 'answer': None, 'why': [], 'command': command}


FIGURES = {
    CPU: lambda server: _medians(server).get('ratio'),
    RATE: lambda server: {'value': _medians(server).get(RATE)},
    **{f'latency_us_{name}': lambda server, name=name: {'value': _medians(server).get('latency_us', {}).get(name)}
       for name in ('p50', 'p99', 'p99_9')},
    'idle_connection_bytes': lambda server: server.get('idle_connection') and {
        'value': server['idle_connection']['bytes'] + server['idle_connection']['kernel_stack_bytes']},
    'system_calls_per_message': lambda server: server.get('system_calls') and {
        'value': server['system_calls']['all_per_message']},
}


def _medians(server):
    return server.get('medians') or {}


def summarise(point):
    """Adds the rankings and costs that iomux-compare stores for a point with such servers."""
    able = [server for server in point['servers'] if not server.get('skipped') and not server.get('failed')]
    ranked = [server for server in able if server['name'] != 'minimal']
    point['rankings'] = []
    for figure, estimate_of in FIGURES.items():
        estimates = {server['title']: estimate_of(server) for server in ranked}
        estimates = {title: one for title, one in estimates.items() if one and one['value'] is not None}
        if estimates:
            point['rankings'].append({'figure': figure, **ranking(estimates, figure == RATE)})
    point['costs'] = costs_of([server for server in ranked if _medians(server).get('ratio')])
    return point


def ranking(estimates, more_is_better=False):
    """The ranking of values with or without intervals, by title."""
    order = sorted(estimates, key=lambda title: estimates[title]['value'] * (-1 if more_is_better else 1))
    low, high = ({title: one.get(end) or one['value'] for title, one in estimates.items()} for end in ('low', 'high'))
    best = order[0]
    return {'best': best, 'order': order,
            'not_told_apart': [title for title in order[1:] if low[title] <= high[best] and low[best] <= high[title]]}


def with_ranking(unit, point):
    """A point of the monitor with the ranking of its mechanisms."""
    measured = {one['name']: {**one, 'value': one[unit]} for one in point['mechanisms'] if unit in one}
    return {**point, 'ranking': ranking(measured)}


def costs_of(servers):
    cheapest = lambda among: min((server for server in servers if among(server)), default=None,  # noqa: E731
                                 key=lambda server: server['medians']['ratio']['value'])
    asio = cheapest(lambda server: server['program'].startswith('asio'))
    others = {'asio_over_raw': cheapest(lambda server: server['program'] == 'raw'),
              'asio_over_epoll': cheapest(lambda server: server['program'] == 'raw' and server['title'] == 'epoll')}
    return [{'pair': pair, 'server': asio['title'], 'over': other['title'],
             **cost(asio['medians']['ratio'], other['medians']['ratio'])}
            for pair, other in others.items() if asio and other]


def cost(one, other):
    """One ratio to the baseline, divided by another."""
    value = one['value'] / other['value']
    if one.get('low') is None or other.get('low') is None:
        return {'value': value, 'low': None, 'high': None, 'verdict': 'too few to tell', 'too_noisy': False}
    low, high = one['low'] / other['high'], one['high'] / other['low']
    return {'value': value, 'low': low, 'high': high,
            'verdict': 'not told apart' if low <= 1 <= high else 'less' if value < 1 else 'more',
            'too_noisy': low <= 1 <= high and (high - low) / 2 > 0.05}


class _Made:
    def __init__(self, chance):
        self.chance = chance

    def scenario(self, name, question, figures, points):
        varies = list(next(iter(points.values()), {}))
        made = [self.point(name, label if at else '', at) for label, at in (points or {'': {}}).items()]
        return {'name': name, 'question': question, 'figures': figures, 'varies': varies,
                'server_cores': [1], 'load_cores': [0], 'interrupts_charged': False,
                'crossover': crossover(made) if len(varies) == 2 else None, 'points': made}

    def point(self, scenario, label, at):
        work = {'connections': 64, 'size': 64, 'depth': 1, 'idle': 0, 'rate': None, 'churn': scenario == 'churn',
                'datagrams': scenario == 'udp', 'flooders': 0, 'simulated_work': '', 'idle_memory': 0, 'warmup_seconds': 0.2,
                'seconds': 0.4, 'service': 'echo', 'framing': 'chunk'}
        work.update({key: value for key, value in at.items() if key in work})
        return summarise({'at': at, 'label': label, 'work': work, 'baseline': 'minimal', 'slice_seconds': None,
                          'servers': [self.server(scenario, at, work, *server) for server in SERVERS]})

    def server(self, scenario, at, work, program, name, title, cost, for_open, for_active, calls):
        row = {'title': title, 'program': program, 'name': name, 'options': [], 'path': f'/usr/bin/iomux-{program}',
               'summary': f'{title}, made up', 'skipped': None, 'failed': None,
               'idle_connection': {'connections': 900, 'bytes': MEMORY.get(title, 980.0),
                                   'kernel_stack_bytes': 16384 if title in MEMORY and MEMORY[title] > 5000 else 0,
                                   'socket_bytes': 3737.0},
               'idle_connection_unknown': None,
               'system_calls': {'source': 'tracepoints', 'per_message': calls, 'all_per_message': sum(calls.values())},
               'limit': 'server', 'medians': None, 'rounds': [None] * 10}
        connections = work['connections']
        if name == 'select' and connections + work['idle'] > 1000 or program == 'asio-select' and connections > 900:
            row['skipped'] = 'supports only descriptors below 1,024'
            return row
        if scenario == 'slow' and title == 'minimal':
            row['failed'] = 'load: connection 3 to 127.0.0.1:40123: the server closed the connection'
            return row
        active = at.get('active', 1) * connections
        cost += for_open * (connections + work['idle']) / max(1, active ** 0.5) + for_active * active ** 0.8
        cost += work['size'] * 0.0004
        cost /= work['depth'] ** 0.6 * (1.7 if scenario == 'depth' else 1)
        self.measure(row, max(cost, 2), connections)
        return row

    def measure(self, row, cost, connections):
        floor = 8.0
        noise = self.chance.uniform(0.005, 0.03)
        value = cost / floor * self.chance.uniform(0.99, 1.01)
        low, high = value - noise, value + noise
        verdict = 'not told apart' if low <= 1 <= high else 'more' if value > 1 else 'less'
        if row['title'] == 'minimal':
            value, low, high, verdict = 1, 1, 1, 'baseline'
        wait = connections * cost
        row['medians'] = {
            'messages_per_second': 1e6 / cost, 'cpu_us_per_message': cost,
            'ratio': {'value': value, 'low': low, 'high': high, 'p': 0.002 if verdict in ('less', 'more') else 0.7,
                      'verdict': verdict, 'outliers': 0},
            'latency_us': {'p50': wait, 'p99': wait * 2.2, 'p99_9': wait * 3.1}, 'starved': 0, 'load_cpu_share': 0.7,
            'server_cpu_share': 0.98, 'in_flight_ratio': 1.0, 'holds_littles_law': True, 'keeps_the_rate': True}
        row['rounds'] = [self.round(cost, wait) for _ in range(10)]

    def round(self, cost, wait):
        buckets = [[int(1000 * wait * (0.5 + i * 0.1)), int(4000 * math.exp(-abs(i - 5) / 1.9)) + (i < 24)]
                   for i in range(26)]
        return {'cpu_us_per_message': cost, 'load': {'connections': 64, 'histogram_ns': [b for b in buckets if b[1]]}}
