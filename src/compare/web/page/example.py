#!/usr/bin/env python3
"""Makes example.json, the run that the live page shows until there is a run of this machine.

Reads results on standard input, and writes them without what is only needed to compute them again: the sessions of each
server, and the folders of their programs. Everything that was computed stays, so iomux-compare can still read the file:
    ./iomux compare run idle throughput --servers minimal,select,poll,epoll,io_uring,callbacks --sessions 12 --json - \\
        | python3 src/compare/web/page/example.py > src/compare/web/page/example.json
"""
import json
import sys
from pathlib import Path


def main():
    results = json.load(sys.stdin)
    for scenario in results['scenarios']:
        for point in scenario['points']:
            for server in point['servers']:
                server['rounds'] = []
                server['path'] = Path(server['path']).name
    print(json.dumps(results, ensure_ascii=False, separators=(',', ':')).replace('{"title":', '\n{"title":'))


if __name__ == '__main__':
    main()
