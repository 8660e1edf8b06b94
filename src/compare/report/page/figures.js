// The figures of a server at a point: value, confidence interval, name and text of each.

const NUMBER = new Intl.NumberFormat('en', {maximumSignificantDigits: 3});
const WHOLE = new Intl.NumberFormat('en', {maximumFractionDigits: 0});

const number = (value) => (Math.abs(value) >= 1000 ? WHOLE : NUMBER).format(value);
const hundredths = (value) => (value >= 10 ? number(value) : value.toFixed(2));
const counted = (count, noun) => `${number(count)} ${noun}${count === 1 ? '' : 's'}`;

// `rankedBy`: the figure whose ranking in the results applies.
const FIGURES = {
    ratio: {
        rankedBy: 'cpu_us_per_message',
        name: 'Relative CPU',
        best: 'is cheapest',
        axis: (point) => `CPU per message, ${point.baseline ?? 'baseline'} = 1`,
        value: (server) => server.medians?.ratio?.value,
        interval: (server) => intervalOf(server.medians?.ratio),
        text: (value) => `${hundredths(value)} ×`,
    },
    cpu_us_per_message: {
        rankedBy: 'cpu_us_per_message',
        name: 'CPU µs per message',
        best: 'is cheapest',
        axis: () => 'CPU time per message, µs',
        value: (server) => server.medians?.cpu_us_per_message,
        text: (value) => `${number(value)} µs`,
    },
    messages_per_second: {
        rankedBy: 'messages_per_second',
        name: 'Messages per second',
        best: 'has the highest throughput',
        axis: () => 'messages per second',
        value: (server) => server.medians?.messages_per_second,
        interval: (server) => server.intervals?.messages_per_second,
        text: (value) => `${number(value)} msgs/s`,
        moreIsBetter: true,
    },
    p50: latencyFigure('p50', 'median latency'),
    p99: latencyFigure('p99', 'p99 latency'),
    p99_9: latencyFigure('p99_9', 'p99.9 latency'),
    memory: {
        rankedBy: 'idle_connection_bytes',
        name: 'Memory',
        best: 'uses the least memory',
        axis: () => 'memory per idle connection, KiB',
        value: (server) => server.idle_connection && memoryOf(server.idle_connection) / 1024,
        text: (value) => `${number(value)} KiB`,
    },
    system_calls: {
        rankedBy: 'system_calls_per_message',
        name: 'System calls',
        best: 'makes the fewest system calls',
        axis: () => 'system calls per message',
        value: (server) => callsOf(server),
        text: (value) => hundredths(value),
    },
};

function latencyFigure(key, name) {
    return {
        rankedBy: `latency_us_${key}`,
        name: key === 'p50' ? 'Median latency' : name,
        percentile: key.replace('_', '.'),
        best: `has the lowest ${name}`,
        axis: () => `${name}, µs`,
        value: (server) => server.medians?.latency_us?.[key],
        interval: (server) => server.intervals?.[`latency_us_${key}`],
        text: (value) => `${number(value)} µs`,
    };
}

function intervalOf(known) {
    return known?.low === undefined ? undefined : [known.low, known.high];
}

// The process's memory plus the kernel stacks of its threads, as in the ranking.
function memoryOf(idle) {
    return idle.bytes + (idle.kernel_stack_bytes ?? 0);
}

const callsOf = (server) => server.system_calls?.all_per_message;

// Calls that would be shown as 0.00 per message are left out. `calls`: pairs of a name and its count per message.
const shownCalls = (calls) => calls.filter(([, count]) => count >= 0.005);

// Whether the server has more than one latency percentile to draw.
const hasPercentiles = (server) => server.latency_at_share_us?.length > 1;

// Figures by their names in the results. The first one is shown by default.
const FIGURES_BY_NAME = {
    cpu_us_per_message: ['ratio', 'cpu_us_per_message'], messages_per_second: ['messages_per_second'],
    latency_us_p99: ['p99', 'p50', 'p99_9'], idle_connection_bytes: ['memory'], system_calls_per_message: ['system_calls'],
};
const COMMON_FIGURES = ['ratio', 'cpu_us_per_message', 'messages_per_second', 'p99'];

// The scenario's main figure.
const mainFigureOf = (scenario) => scenario.figures?.[0];

// The figures that the scenario has data for, its main figure first.
function figuresOf(scenario) {
    const names = (scenario.figures ?? []).flatMap((name) => FIGURES_BY_NAME[name] ?? []);
    return [...new Set([...names, ...COMMON_FIGURES])].map((key) => FIGURES[key])
        .filter((figure) => scenario.points.some((point) => point.servers.some((server) => isKnown(figure, server))));
}

function isKnown(figure, server) {
    return Number.isFinite(figure.value(server));
}

const isMinimal = (server) => server.program === 'raw' && server.name === 'minimal';
const isAsio = (server) => (server.program ?? '').startsWith('asio');
const isRaw = (server) => server.program === 'raw';

// A server's title where its library is not shown otherwise: `callbacks (Asio)`. Titles such as asio/blocking show it.
const shownTitle = (title, server) => (server && isAsio(server) && !title.startsWith('asio') ? `${title} (Asio)` : title);

// The server's title without options that the scenario varies, so that all its points form one series.
function seriesOf(server, point) {
    return Object.entries(point.at ?? {})
        .reduce((title, [key, value]) => title.replace(` --${key} ${value}`, ''), server.title);
}

// The server's row at each point of the scenario, undefined if the server was not run there.
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
    connections: 'connections', idle: 'additional idle connections', size: 'bytes per message',
    depth: 'messages in flight per connection', rate: 'requested messages per second', active: 'share of active connections',
    flooders: 'flooding clients', descriptors: 'watched descriptors',
};
const variedName = (key) => VARIED[key] ?? key.replaceAll('_', ' ');
const variedValue = (key, value) => (key === 'active' ? `${number(value * 100)} %` : number(value));
// Cases are numbered only to distinguish them.
const areCases = (scenario) => scenario.varies[0] === 'case';

const bytesText = (bytes) => (bytes >= 1024 && bytes % 1024 === 0 ? `${number(bytes / 1024)} KiB` : counted(bytes, 'byte'));

// A scenario's only point has no label, so its workload is shown.
function labelOf(point) {
    if (point.label) return point.label;
    const {work} = point;
    if (!work) return 'this workload';
    return `${counted(work.connections, 'connection')} × ${bytesText(work.size)}${work.idle ? `, ${number(work.idle)} idle` : ''}`;
}

const needsLogarithm = (values) => Math.min(...values) > 0 && Math.max(...values) / Math.min(...values) > 20;
