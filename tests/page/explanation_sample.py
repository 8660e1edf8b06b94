"""An explanation as iomux-compare writes it."""
from pathlib import Path


def estimate(us, distance):
    return {'us': us, 'low_us': us - distance, 'high_us': us + distance, 'p': 0.001}


def part(layer, stage, us, told_apart, functions):
    difference = estimate(us[1] - us[0], 0.05) if len(us) == 2 else None
    return {'layer': layer, 'stage': stage, 'us': us, 'difference': difference, 'told_apart': told_apart,
            'functions': [{'function': name, 'us': costs} for name, costs in functions.items()]}


def server(title, program, name, us):
    return {'server': title, 'program': program, 'name': name, 'failed': None, 'cost': estimate(us, 0.1), 'samples': 900,
            'messages': 180_000, 'sampled_us': us, 'metered_us': us, 'unknown_share': 0.01,
            'hardware': {'cycles': 12345.6, 'instructions': 9876.5, 'cache_misses': None, 'branch_misses': 3.21}}


EPOLL = (Path(__file__).resolve().parents[2] / 'raw/epoll.cpp').read_text().splitlines()
LINE_OF_WAIT = next(number for number, line in enumerate(EPOLL, 1) if '::epoll_wait(' in line)
FUNCTIONS = [('main', 'program'), ('iomux::raw::Epoll::wait', 'program'), ('do_epoll_wait', 'kernel'),
             ('iomux::asio::Callbacks::read', 'program'), ('boost::asio::detail::scheduler::run', 'program'),
             ('iomux::server::Connection::update', 'program')]
# The last one is in no file.
LINES = {'iomux::raw::Epoll::wait': [{'file': 'raw/epoll.cpp', 'line': LINE_OF_WAIT, 'us': [2.5, 0]},
                                     {'file': 'src/server/nothing.cpp', 'line': 7, 'us': [0.5, 0]}]}
# The function and the caller of each, and its costs. The first is the root.
STACKS = [(None, None, [4.0, 5.0]), (0, 0, [4.0, 5.0]), (1, 1, [3.0, 0]), (2, 2, [2.5, 0]), (4, 1, [0, 4.0]),
          (3, 4, [0, 1.5]), (5, 1, [1.0, 1.0])]


def explanation():
    """callbacks costs 1 µs more than epoll."""
    return {
        'format': 'iomux-explanation', 'version': 1, 'partial': False,
        'no_hardware_counts': None, 'environment': {'kernel': 'Linux 6.1', 'cpu': 'a CPU'},
        'work': {'text': '50 connections, 64 bytes'}, 'sessions': 9, 'sampled_sessions': 12,
        'servers': [server('epoll', 'raw', 'epoll', 4.0), server('callbacks', 'asio', 'callbacks', 5.0)],
        'sampled_difference': estimate(1.0, 0.1),
        'parts': [part('library', 'other', [0, 2.5], True, {'boost::asio::detail::scheduler::run': [0, 2.5]}),
                  part('wait mechanism', 'wait', [3.0, 0], True, {'do_epoll_wait': [3.0, 0]}),
                  part('own code', 'other', [0, 1.5], True, {'iomux::asio::Callbacks::read': [0, 1.5]}),
                  part('unknown', 'other', [1.0, 1.0], False, {'unknown code': [1.0, 1.0]})],
        'functions': [{'name': name, 'in': where, 'lines': LINES.get(name, [])} for name, where in FUNCTIONS],
        'stacks': [{'function': function, 'caller': caller, 'us': us} for function, caller, us in STACKS],
        'summary': ['The first sentence.'], 'warnings': [],
    }


def profile():
    """epoll alone."""
    whole = explanation()
    for one in [*whole['parts'], *whole['stacks']]:
        del one['us'][1:]
    for one in whole['parts']:
        one.update(difference=None, told_apart=False)
        for function in one['functions']:
            del function['us'][1:]
    for one in whole['functions']:
        one['lines'] = [{**line, 'us': line['us'][:1]} for line in one['lines']]
    del whole['servers'][1:]
    whole['sampled_difference'] = None
    whole['parts'] = [one for one in whole['parts'] if one['us'][0] > 0]
    whole['stacks'] = [one for i, one in enumerate(whole['stacks']) if i not in (4, 5)]
    whole['stacks'][4]['caller'] = 1
    return whole


def of_all():
    """epoll and callbacks beside minimal, and a server that cannot run."""
    whole = explanation()
    minimal, epoll, callbacks = (server(name, program, name, us) for name, program, us in
                                 (('minimal', 'raw', 4.0), ('epoll', 'raw', 4.0), ('callbacks', 'asio', 5.0)))
    for one, verdict, parts in (epoll, 'not told apart', [part('own code', 'other', [1.0, 1.1], False, {})]), \
            (callbacks, 'more', whole['parts']):
        ratio = {'value': one['cost']['us'] / 4, 'low': 0.98, 'high': 1.27, 'p': 0.01, 'verdict': verdict}
        one['beside_baseline'] = {'ratio': ratio, 'difference': estimate(1.0, 0.1),
                                  'sampled_difference': estimate(1.0, 0.1), 'parts': parts}
    skipped = {**server('io_uring', 'raw', 'io_uring', 0), 'cost': None, 'skipped': 'this kernel forbids it'}
    return {**whole, 'baseline': 'minimal', 'servers': [minimal, epoll, callbacks, skipped], 'parts': [],
            'functions': [], 'stacks': [{'function': None, 'caller': None, 'us': []}]}
