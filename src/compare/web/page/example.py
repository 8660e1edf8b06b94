#!/usr/bin/env python3
"""Makes example.json, the run that the live page shows until there is a run of this machine.

Reads results on standard input, and writes them without what is only needed to compute them again: the sessions of each
server. Everything that was computed from them stays, so the file can still be read by iomux-compare:
    ./iomux compare run idle throughput --servers minimal,select,poll,epoll,io_uring,callbacks --json - \\
        | python3 src/compare/web/page/example.py > src/compare/web/page/example.json
"""
import json
import sys


def main():
    results = json.load(sys.stdin)
    for scenario in results['scenarios']:
        for point in scenario['points']:
            for server in point['servers']:
                server['rounds'] = []
    print(json.dumps(results, ensure_ascii=False, separators=(',', ':')).replace('{"title":', '\n{"title":'))


if __name__ == '__main__':
    main()
