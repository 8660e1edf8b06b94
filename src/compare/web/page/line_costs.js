// What a line costs: its system calls per message, as counted in results, and µs per message, from an explanation.
/* global hundredths */

// The shortest time that a line without a system call shows.
const LEAST_TIME = 0.01;

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

// The costs of one file's lines, as CodeColumns takes them. `counts` is a Map from a call to its number per message, and
// `times` is what `timesIn` returns for the server. Either may be missing.
export function costsOfLines(file, lines, {counts, times, isLive}) {
    const costs = new Map();
    const ofLines = times?.lines?.get(file) ?? new Map();
    for (const {line, names} of lines.filter((one) => one.file === file)) {
        const others = lines.filter((one) => (one.file !== file || one.line !== line) && one.names.some((name) => names.includes(name)));
        // What is known of a call that several lines make cannot be divided among them.
        const [sum, together] = others.length > 0 ? ['Σ', `, together with ${placesText(others)}`] : ['', ''];
        const of = [], titles = [];
        if (counts) {
            of.push(`${sum}${hundredths(valueOf(names, counts))}`);
            titles.push(`${hundredths(valueOf(names, counts))} calls per message${together}`);
        }
        if (times?.lines) {
            of.push(`${hundredths(ofLines.get(line) ?? 0)} µs`);
            titles.push(titleOfLine(ofLines.get(line) ?? 0, times));
        } else if (times?.calls) {
            of.push(`${sum}${hundredths(valueOf(names, times.calls))} µs`);
            titles.push(`${hundredths(valueOf(names, times.calls))} µs per message in the kernel${together}`);
        }
        const isNone = counts && valueOf(names, counts) < 0.005 && !(ofLines.get(line) >= LEAST_TIME);
        if (of.length > 0) costs.set(line, {text: of.join(' · '), title: `${[...new Set(names)].join(' or ')}: ${titles.join('; ')}`, isLive, isNone});
    }
    for (const [line, us] of ofLines)
        if (us >= LEAST_TIME && !costs.has(line)) costs.set(line, {text: `${hundredths(us)} µs`, title: titleOfLine(us, times), isNone: true});
    return costs;
}

const titleOfLine = (us, {total}) => `${hundredths(us)} of ${hundredths(total)} µs per message in this line, with all that it calls`;

// The counted calls that no line of the server makes: those of a library, or of code that all servers share.
export function callsElsewhere(lines, counts) {
    const here = new Set(lines.flatMap(({names}) => names));
    return [...counts].filter(([name, count]) => !here.has(name) && name !== 'other' && count >= 0.005).sort((one, other) => other[1] - one[1]);
}

// The µs per message of each server of an explanation: `{calls, lines, total}`. `calls` is a Map from a system call to all
// that the kernel does in it; `lines` has a Map from lines to µs for each file, with all that is called there. `lines` is
// missing if they are unknown, or if the sources, which are those of `commit`, may have other lines now.
export function timesIn({functions, stacks, servers, environment}, commit) {
    const calls = servers.map(() => new Map());
    const isInCall = [];
    stacks.forEach(({function: name, caller, us}, i) => {
        const [, call] = /^__(?:x64_sys|arm64_sys|se_sys|do_sys)_(\w+)$/.exec(functions[name]?.name ?? '') ?? [];
        isInCall[i] = Boolean(call) || (isInCall[caller] ?? false);
        if (!call || isInCall[caller]) return;
        us.forEach((value, server) => calls[server].set(call, (calls[server].get(call) ?? 0) + value));
    });
    return servers.map(({lines, sampled_us: sum}, i) => {
        // Lines are means over sessions, as the first of the stacks is. With --all, no stack has times.
        const total = stacks[0]?.us[i];
        return {calls: total === undefined ? undefined : calls[i], total: total ?? sum,
            lines: lines?.length > 0 && environment?.commit === commit ? byFile(lines) : undefined};
    });
}

function byFile(lines) {
    const files = new Map();
    for (const {file, line, us} of lines) {
        if (!files.has(file)) files.set(file, new Map());
        files.get(file).set(line, us);
    }
    return files;
}

// Why an explanation has no times of lines of some servers; empty if it has those of all.
export function whyWithoutLines({servers, environment}, commit) {
    if (servers.some(({lines}) => !lines)) return 'an older program has written it';
    if (environment?.commit !== commit) return `the measured servers are those of commit ${environment?.commit ?? 'unknown'}, and this page has the sources of ${commit}`;
    const without = servers.filter(({lines}) => lines.length === 0).map(({server}) => server);
    return without.length > 0 ? `${without.join(' and ')} had no samples in lines of these sources` : '';
}
