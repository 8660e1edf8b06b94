"""Measures whether watching changes the results: fifty WebSockets follow one run, and no WebSocket follows another.

    watchers.py [--pairs N] [--watchers N] [--servers NAME,...] [--sessions N] [--rate N]

This is a benchmark, to be run by hand on an idle machine; it is not a test. It needs the same environment as the tests:
IOMUX_SERVE, IOMUX_RAW and IOMUX_ASIO name the programs, and IOMUX_ASIO_BACKENDS is empty.

Runs come in pairs, one watched and one not, in alternating order. Each pair gives watched / unwatched, for the CPU time
per message and for its ratio to the first server. The median over the pairs and the range are printed. The limit: the
medians of the ratios differ from 1 by less than 1 %.
The service avoids the cores of server and load (avoid_measured_cores). With only two cores it shares the load's, so a
closed loop sends less while it is watched. A rate below the server's capacity (--rate) shows only the server's costs.
"""

import argparse
import os
import selectors
import statistics
import threading
import time

from web import Service

FIGURES = {"msgs/s": lambda medians: medians["messages_per_second"],
           "CPU µs/msg": lambda medians: medians["cpu_us_per_message"],
           "ratio": lambda medians: medians["ratio"]["value"]}
# The service disconnects clients that send nothing for a minute.
SECONDS_BETWEEN_PONGS = 15
PONG = bytes([0x8A, 0x80, 0, 0, 0, 0])


class Watchers:
    """WebSockets that receive each frame at once and count the bytes."""

    def __init__(self, service, run, number):
        self.feeds = [service.follow(run) for _ in range(number)]
        assert all(feed.status == 101 for feed in self.feeds)
        self.bytes = 0
        self.thread = threading.Thread(target=self.watch)
        self.thread.start()

    def watch(self):
        last_pong = time.monotonic()
        with selectors.DefaultSelector() as selector:
            for feed in self.feeds:
                selector.register(feed.socket, selectors.EVENT_READ)
            while selector.get_map():
                if time.monotonic() > last_pong + SECONDS_BETWEEN_PONGS:
                    last_pong = time.monotonic()
                    for key in selector.get_map().values():
                        key.fileobj.sendall(PONG)
                for key, _ in selector.select(SECONDS_BETWEEN_PONGS):
                    piece = key.fileobj.recv(65536)
                    self.bytes += len(piece)
                    if not piece:
                        selector.unregister(key.fileobj)

    def end(self):
        """Waits until the service closes the WebSockets at the end of the run. Returns the number of bytes."""
        self.thread.join()
        for feed in self.feeds:
            feed.socket.close()
        return self.bytes


def medians_of(service, run):
    servers = service.get(f"/api/results/{run}")["scenarios"][0]["points"][0]["servers"]
    return {server["title"]: server["medians"] for server in servers}


def measure(service, request, watchers):
    run = service.start(request)
    watching = Watchers(service, run, watchers)
    seen = watching.end()
    service.wait_for_state(run, "finished")
    return medians_of(service, run), seen


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--pairs", type=int, default=10)
    parser.add_argument("--watchers", type=int, default=50)
    parser.add_argument("--servers", default="minimal,epoll,callbacks")
    parser.add_argument("--sessions", type=int, default=8)
    parser.add_argument("--rate", type=int)
    options = parser.parse_args()
    request = {"servers": options.servers.split(","), "sessions": options.sessions, "rate": options.rate}
    ratios = {}
    with Service() as service:
        # Pages may be on other machines, so the watchers share the cores of the service.
        os.sched_setaffinity(0, os.sched_getaffinity(service.process.pid))
        for pair in range(options.pairs):
            measured = {}
            for watchers in (0, options.watchers) if pair % 2 else (options.watchers, 0):
                # One more WebSocket in both cases, to notice the end of the run.
                measured[watchers], seen = measure(service, request, watchers + 1)
                print(f"pair {pair + 1}, {watchers} watchers: {seen >> 10} KiB of frames", flush=True)
            for server, medians in measured[0].items():
                for figure, value_in in FIGURES.items():
                    ratio = value_in(measured[options.watchers][server]) / value_in(medians)
                    ratios.setdefault((server, figure), []).append(ratio)
    for (server, figure), values in ratios.items():
        print(f"{server} {figure}: watched / unwatched {statistics.median(values):.4f}, "
              f"from {min(values):.4f} to {max(values):.4f} in {len(values)} pairs")


if __name__ == "__main__":
    main()
