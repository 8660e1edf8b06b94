// An independent implementation of what `iomux-compare monitor` measures. One of N eventfds, chosen at random, is made
// ready, one wait finds it, and it is read. Prints `mechanism N µs` for each N: the CPU time of the process per
// operation, the median of several runs.
#define _GNU_SOURCE
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <time.h>
#include <unistd.h>

enum { MOST = 10000, RUNS = 15 };

static int fds[MOST];
static struct pollfd polled[MOST];
static int epoll;

static int find_by_select(int n) {
    fd_set set;
    FD_ZERO(&set);
    for (int i = 0; i < n; ++i) FD_SET(fds[i], &set);
    if (select(fds[n - 1] + 1, &set, NULL, NULL, NULL) != 1) abort();
    for (int i = 0; i < n; ++i)
        if (FD_ISSET(fds[i], &set)) return fds[i];
    abort();
}

static int find_by_poll(int n) {
    if (poll(polled, (nfds_t)n, -1) != 1) abort();
    for (int i = 0; i < n; ++i)
        if (polled[i].revents & POLLIN) return polled[i].fd;
    abort();
}

static int find_by_epoll(int n) {
    struct epoll_event event;
    (void)n;
    if (epoll_wait(epoll, &event, 1, -1) != 1) abort();
    return event.data.fd;
}

static double cpu_us(void) {
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return 1e6 * (double)now.tv_sec + 1e-3 * (double)now.tv_nsec;
}

static int by_value(const void* a, const void* b) {
    const double left = *(const double*)a, right = *(const double*)b;
    return (left > right) - (left < right);
}

static double run(int (*find)(int), int n, int operations) {
    const double start = cpu_us();
    for (int i = 0; i < operations; ++i) {
        uint64_t one = 1;
        const int fd = fds[random() % n];
        if (write(fd, &one, sizeof one) != sizeof one || find(n) != fd) abort();
        if (read(fd, &one, sizeof one) != sizeof one) abort();
    }
    return (cpu_us() - start) / operations;
}

static double measure(int (*find)(int), int n) {
    double costs[RUNS];
    const int operations = 20000000 / (n * 60 + 4000) + 10;
    run(find, n, operations);
    for (int i = 0; i < RUNS; ++i) costs[i] = run(find, n, operations);
    qsort(costs, RUNS, sizeof costs[0], by_value);
    return costs[RUNS / 2];
}

int main(void) {
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    for (int i = 0; i < MOST; ++i) {
        if ((fds[i] = eventfd(0, 0)) < 0) return perror("eventfd"), 1;
        polled[i] = (struct pollfd){.fd = fds[i], .events = POLLIN};
    }
    for (int n = 10; n <= MOST; n *= 10) {
        if (fds[n - 1] < FD_SETSIZE) printf("select %d %.4f\n", n, measure(find_by_select, n));
        printf("poll %d %.4f\n", n, measure(find_by_poll, n));
        epoll = epoll_create1(0);
        for (int i = 0; i < n; ++i) {
            struct epoll_event event = {.events = EPOLLIN, .data.fd = fds[i]};
            epoll_ctl(epoll, EPOLL_CTL_ADD, fds[i], &event);
        }
        printf("epoll %d %.4f\n", n, measure(find_by_epoll, n));
        close(epoll);
    }
    return 0;
}
