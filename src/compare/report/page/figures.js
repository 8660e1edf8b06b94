// What is known of a server at a point, by figure: its value, how sure that is, and the words for it.

const NUMBER = new Intl.NumberFormat('en', {maximumSignificantDigits: 3});
const WHOLE = new Intl.NumberFormat('en', {maximumFractionDigits: 0});

const number = (value) => (Math.abs(value) >= 1000 ? WHOLE : NUMBER).format(value);
const hundredths = (value) => (value >= 10 ? number(value) : value.toFixed(2));
const counted = (count, noun) => `${number(count)} ${noun}${count === 1 ? '' : 's'}`;

const FIGURES = {
    ratio: {
        name: 'Against the base',
        best: 'is cheapest',
        axis: (point) => `CPU a message, ${point.baseline ?? 'base'} = 1`,
        value: (server) => server.medians?.ratio?.value,
        interval: (server) => intervalOf(server.medians?.ratio),
        text: (value) => `${hundredths(value)} ×`,
    },
    cpu_us_a_message: {
        name: 'CPU µs a message',
        best: 'is cheapest',
        axis: () => 'CPU time a message, µs',
        value: (server) => server.medians?.cpu_us_a_message,
        text: (value) => `${number(value)} µs`,
    },
    messages_per_second: {
        name: 'Messages a second',
        best: 'answers most messages',
        axis: () => 'messages a second',
        value: (server) => server.medians?.messages_per_second,
        text: (value) => `${number(value)} a second`,
        moreIsBetter: true,
    },
    p50: latencyFigure('p50', 'median latency'),
    p99: latencyFigure('p99', 'p99 latency'),
    p99_9: latencyFigure('p99_9', 'p99.9 latency'),
    memory: {
        name: 'Memory',
        best: 'takes least memory',
        axis: () => 'memory of an idle connection, KiB',
        value: (server) => server.idle_connection && memoryOf(server.idle_connection) / 1024,
        text: (value) => `${number(value)} KiB`,
    },
    system_calls: {
        name: 'System calls',
        best: 'makes fewest system calls',
        axis: () => 'system calls a message',
        value: (server) => callsOf(server),
        text: (value) => hundredths(value),
    },
};

function latencyFigure(key, name) {
    return {
        name: key === 'p50' ? 'Median latency' : name,
        best: `has the lowest ${name}`,
        axis: () => `${name}, µs`,
        value: (server) => server.medians?.latency_us?.[key],
        text: (value) => `${number(value)} µs`,
    };
}

function intervalOf(known) {
    return known?.low === undefined ? undefined : [known.low, known.high];
}

// Its own, and the kernel's stacks for its threads.
function memoryOf(idle) {
    return idle.bytes + (idle.kernel_stack_bytes ?? 0);
}

function callsOf(server) {
    const calls = server.system_calls;
    if (!calls) return undefined;
    return calls.all_a_message ?? Object.values(calls.a_message).reduce((sum, count) => sum + count, 0);
}

// By the names that results give them; the first is what is drawn unless another is asked for.
const FIGURES_NAMED = {
    cpu_us_a_message: ['ratio', 'cpu_us_a_message'], messages_per_second: ['messages_per_second'],
    latency_us_p99: ['p99', 'p50', 'p99_9'], idle_connection_bytes: ['memory'], system_calls_a_message: ['system_calls'],
};
const OF_MESSAGES = ['ratio', 'cpu_us_a_message', 'messages_per_second', 'p99'];

const aboutOf = (scenario) => scenario.figures?.[0];

// Those of which the scenario has something, what it is about first.
function figuresOf(scenario) {
    const names = (scenario.figures ?? []).flatMap((name) => FIGURES_NAMED[name] ?? []);
    return [...new Set([...names, ...OF_MESSAGES])].map((key) => FIGURES[key])
        .filter((figure) => scenario.points.some((point) => point.servers.some((server) => isKnown(figure, server))));
}

function isKnown(figure, server) {
    return Number.isFinite(figure.value(server));
}

const isTheFloor = (server) => server.program === 'raw' && server.name === 'minimal';
const isAsio = (server) => (server.program ?? '').startsWith('asio');
const isRaw = (server) => server.program === 'raw';
const isEpoll = (server) => isRaw(server) && server.title === 'epoll';

// A server told a number that the scenario varies is still the same server.
function seriesOf(server, point) {
    return Object.entries(point.at ?? {})
        .reduce((title, [key, value]) => title.replace(` --${key} ${value}`, ''), server.title);
}

// The server's row at each point of the scenario; nothing where it has none.
function seriesIn(scenario) {
    const series = new Map();
    scenario.points.forEach((point, i) => point.servers.forEach((server) => {
        const title = seriesOf(server, point);
        if (!series.has(title)) series.set(title, {title, rows: scenario.points.map(() => undefined)});
        series.get(title).rows[i] = server;
    }));
    return [...series.values()];
}

const VARIED = {
    connections: 'connections', idle: 'idle connections beside', size: 'bytes a message',
    depth: 'messages on their way in each connection', rate: 'messages a second that are asked for', active: 'share that is active',
    flooders: 'clients that flood', descriptors: 'descriptors that are watched',
};
const variedName = (key) => VARIED[key] ?? key.replaceAll('_', ' ');
const variedValue = (key, value) => (key === 'active' ? `${number(value * 100)} %` : number(value));
// Their number only tells them apart.
const areCases = (scenario) => scenario.varies[0] === 'case';

const bytesText = (bytes) => (bytes >= 1024 && bytes % 1024 === 0 ? `${number(bytes / 1024)} KiB` : counted(bytes, 'byte'));

// A scenario's only point has no label: it is all of its work.
function labelOf(point) {
    if (point.label) return point.label;
    const {work} = point;
    return work ? `${counted(work.connections, 'connection')} × ${bytesText(work.size)}` : 'this work';
}

const spansMuch = (values) => Math.min(...values) > 0 && Math.max(...values) / Math.min(...values) > 20;
