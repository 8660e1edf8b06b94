// What the system calls of a line cost: calls per message, as counted in results, and µs per message, from an explanation.
/* global hundredths */

// Names in the sources and in the kernel's count. Others have the same name.
const NAMES_IN_KERNEL = {
    recv: ['recvfrom'], send: ['sendto'], poll: ['poll', 'ppoll'], select: ['select', 'pselect6'], pselect: ['pselect6'],
    epoll_wait: ['epoll_wait', 'epoll_pwait'], io_uring_submit: ['io_uring_enter'], io_uring_submit_and_wait_timeout: ['io_uring_enter'],
};
// Functions of liburing that make no system call.
const NO_CALL = /^io_uring_(prep_|get_|queue_|opcode_|buf_ring_)/;

// The system calls of a line, by their names in the kernel: `[['recvfrom']]`.
export function callsOfLine(html) {
    return [...html.matchAll(/<span class="call">::(\w+)<\/span>/g)].map(([, name]) => name).filter((name) => !NO_CALL.test(name))
        .map((name) => NAMES_IN_KERNEL[name] ?? [name]);
}

// The lines of a server's files that make system calls: `{file, line, names}`.
export function linesWithCalls(server, files) {
    return server.files.flatMap((file) => files[file].flatMap((html, i) => {
        const names = callsOfLine(html).flat();
        return names.length > 0 ? [{file, line: i + 1, names}] : [];
    }));
}

const valueOf = (names, each) => names.reduce((sum, name) => sum + (each.get(name) ?? 0), 0);
const placesText = (places) => places.map(({file, line}) => `${file}:${line}`).join(', ');

// The costs of one file's lines, as CodeColumns takes them. `counts` and `times` are Maps from a call to its number and
// its µs per message; `times` may be missing.
export function costsOfLines(file, lines, {counts, times, isLive}) {
    const costs = new Map();
    for (const {line, names} of lines.filter((one) => one.file === file)) {
        const others = lines.filter((one) => (one.file !== file || one.line !== line) && one.names.some((name) => names.includes(name)));
        // The count of a call that several lines make cannot be divided among them.
        const sum = others.length > 0 ? 'Σ' : '';
        const text = [counts ? `${sum}${hundredths(valueOf(names, counts))}` : '', times ? `${sum}${hundredths(valueOf(names, times))} µs` : ''];
        const title = `${[...new Set(names)].join(' or ')}: ${counts ? `${hundredths(valueOf(names, counts))} calls per message` : ''}${
            times ? `${counts ? ', ' : ''}${hundredths(valueOf(names, times))} µs per message` : ''}${
            others.length > 0 ? `, together with ${placesText(others)}` : ''}`;
        costs.set(line, {text: text.filter((part) => part).join(' · '), title, isLive, isNone: counts && valueOf(names, counts) < 0.005});
    }
    return costs;
}

// The counted calls that no line of the server makes: those of a library, or of code that all servers share.
export function callsElsewhere(lines, counts) {
    const here = new Set(lines.flatMap(({names}) => names));
    return [...counts].filter(([name, count]) => !here.has(name) && name !== 'other' && count >= 0.005).sort((one, other) => other[1] - one[1]);
}

// The µs per message of each system call, with all that the kernel does in it, from an explanation: a Map for each server.
export function timesIn({functions, stacks, servers}) {
    const times = servers.map(() => new Map());
    const isInCall = [];
    stacks.forEach(({function: name, caller, us}, i) => {
        const [, call] = /^__(?:x64_sys|arm64_sys|se_sys|do_sys)_(\w+)$/.exec(functions[name]?.name ?? '') ?? [];
        isInCall[i] = Boolean(call) || (isInCall[caller] ?? false);
        if (!call || isInCall[caller]) return;
        us.forEach((value, server) => times[server].set(call, (times[server].get(call) ?? 0) + value));
    });
    return times;
}
