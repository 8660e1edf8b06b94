// Sentences about the figures.

const listed = (names) =>
    (names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`);

const rangeText = ([low, high]) => `[${hundredths(low)}–${hundredths(high)}]`;

// The point's servers from best to worst, as the results have them. Not every server is ranked: minimal is not, because it
// gives none of the others' guarantees.
function ranked(point, figure) {
    const order = rankingOf(point, figure)?.order ?? [];
    return order.map((title) => serverNamed(point, title));
}

const rankingOf = (point, figure) => point.rankings?.find((ranking) => ranking.figure === figure.rankedBy);
const serverNamed = (point, title) => point.servers.find((server) => server.title === title);
const costAt = (point, pair) => point.costs?.find((cost) => cost.pair === pair);

const TOO_FEW = '(too few measurements for a confidence interval)';
const isUnsure = (cost) => cost.verdict === 'not told apart' && intervalOf(cost) !== undefined;

const halfWidth = ({low, high}) => (high - low) / 2;
const sameText = ({same_within: distance}) => `the same within ${number(100 * distance)} %`;
const unsureText = (cost) => (cost.same_within !== undefined ? sameText(cost) :
    `${cost.too_noisy ? 'too noisy to tell' : 'not told apart'} (±${Number((100 * halfWidth(cost)).toPrecision(2))} %)`);

// `1.14 × [1.11–1.18] the CPU time of epoll`
function costText(cost, otherName = cost.over) {
    const interval = intervalOf(cost);
    const range = interval ? rangeText(interval) : TOO_FEW;
    return `${hundredths(cost.value)} × ${range} the CPU time of ${otherName}${isUnsure(cost) ? `: ${unsureText(cost)}` : ''}`;
}

// The best server, and those that are not told apart from it.
function bestOf(point, figure) {
    const ranking = rankingOf(point, figure);
    if (!ranking) return {alike: []};
    return {best: serverNamed(point, ranking.best), alike: ranking.not_told_apart.map((title) => serverNamed(point, title))};
}

const mayBeBest = (point, figure, server) => {
    const {best, alike} = bestOf(point, figure);
    return server === best || alike.includes(server);
};

// The words of the terminal's table.
const VERDICTS = {less: 'cheaper', more: 'costlier'};

// A server's verdict, undefined if its cost was not compared.
function verdictOf(server) {
    const {verdict, same_within: distance} = server.medians?.ratio ?? {};
    return distance !== undefined ? sameText(server.medians.ratio) : VERDICTS[verdict] ?? verdict;
}

// `1.14 × [1.11–1.18]` or `1.14 × minimal [1.11–1.18]`, undefined if the server has no ratio to the baseline.
function ratioText({medians}, baseline = '') {
    if (!medians?.ratio) return undefined;
    const interval = intervalOf(medians.ratio);
    return [FIGURES.ratio.text(medians.ratio.value), baseline, interval ? rangeText(interval) : '']
        .filter((part) => part).join(' ');
}

function valueText(figure, server) {
    const interval = figure.interval?.(server);
    return figure.text(figure.value(server)) + (interval ? ` ${rangeText(interval)}` : '');
}

// `epoll or poll`, `epoll or one of 4 others`, as the terminal names them
const oneOf = (titles) => (titles.length > 3 ? `${titles[0]} or one of ${titles.length - 1} others` : titles.join(' or '));
const bestNames = ({best, alike}) => oneOf([best, ...alike].map(({title}) => title));

function bestText(point, figure) {
    const {best, alike} = bestOf(point, figure);
    if (!best) return undefined;
    const value = valueText(figure, best);
    if (rankingOf(point, figure).order.length === 1) return `only ${best.title} is ranked (${value})`;
    return `${bestNames({best, alike})} ${figure.best} (${alike.length > 0 ? `${best.title}: ${value}` : value})`;
}

function asioText(point) {
    const cost = costAt(point, 'asio_over_raw');
    if (!cost) return '';
    return `the cheapest Asio server, ${cost.server}, takes ${costText(cost, `the cheapest raw server, ${cost.over}`)}`;
}

// The text above a chart.
function sentenceOn(scenario, figure) {
    const points = scenario.points.filter((point) => ranked(point, figure).length > 0);
    if (points.length === 0) return NOTHING_KNOWN;
    const ends = points.length === 1 ? points : [points[0], points.at(-1)];
    const parts = ends.map((point) => `${labelOf(point)}: ${bestText(point, figure)}`);
    if (figure === FIGURES.ratio) parts.push(asioText(ends.at(-1)));
    else if (ends.length === 1) parts.push(worstText(ends[0], figure));
    return parts.filter((part) => part).map(sentence).join(' ');
}

function worstText(point, figure) {
    const order = ranked(point, figure);
    return order.length < 2 || mayBeBest(point, figure, order.at(-1)) ? '' : `the ${figure.moreIsBetter ? 'lowest' : 'highest'} is ${order.at(-1).title} (${figure.text(figure.value(order.at(-1)))})`;
}

const NOTHING_KNOWN = 'No data: no server was measured.';
const capitalised = (text) => text[0].toUpperCase() + text.slice(1);
const sentence = (text) => `${capitalised(text)}.`;

// `8 to 12`; without the second number if it is the same.
function spanText(numbers, unit) {
    const [least, most] = [Math.min(...numbers), Math.max(...numbers)];
    const last = typeof unit === 'string' ? `${number(most)} ${unit}` : unit(most);
    return least === most ? last : `${number(least)} to ${last}`;
}

const inSessions = (point) => point.slice_seconds !== undefined;
const countedAs = (noun) => (count) => counted(count, noun);

// How often and how long it was measured: `9 sessions of 10 slices of 20 ms`, `10 rounds of 0.4 s`.
function roundsText(results) {
    const measured = results.scenarios.flatMap(({points}) => points.flatMap((point) =>
        point.servers.filter((server) => server.medians && server.round_count > 0).map((server) => ({point, server}))));
    const sessions = measured.filter(({point}) => inSessions(point));
    const windows = measured.filter(({point}) => !inSessions(point));
    const counts = (some, noun) => spanText(some.map(({server}) => server.round_count), countedAs(noun));
    return [
        ...(sessions.length === 0 ? [] : [`${counts(sessions, 'session')} of ` +
            `${spanText(sessions.map(({server}) => server.slice_count ?? 0), countedAs('slice'))} of ` +
            spanText(sessions.map(({point}) => 1000 * point.slice_seconds), 'ms')]),
        ...(windows.length === 0 ? [] : [`${counts(windows, 'round')} of ` +
            spanText(windows.map(({point}) => point.work.seconds), 's')]),
    ].join(' and ');
}

// What the points of the scenario were measured in.
function repetitions({points}) {
    const kinds = new Set(points.map((point) => (inSessions(point) ? 'sessions' : 'rounds')));
    return [...kinds].sort().join(' or ');
}

const QUICK_TEXT =
    'This was a quick run with few points, few servers and short measurements. Without --quick a run measures more and longer. ';
// What the brackets and the words beside the answers mean.
const SURENESS = 'In brackets: the 95 % confidence interval. certain: the difference is at least twice its margin of error (half of the interval). likely: it is larger than the margin, but less than twice. not told apart: it may be chance. too noisy to tell: it may be chance, and the interval is wider than ±5 %.';

// Why minimal is in no answer; empty if it was not measured.
const unrankedText = ({scenarios}) => (scenarios.some(({points}) => points.some(({servers}) => servers.some(isMinimal)))
    ? 'Not ranked: minimal, a bare epoll loop, because it handles neither partial writes nor slow readers.' : '');

// Why servers are missing from a chart, one sentence for each reason.
// `Not measured: select (3,000 idle and 10,000 idle): supports only descriptors below 1,024.`
function gapsIn(scenario) {
    const gaps = new Map();  // from a reason to servers, each with the labels of its points
    for (const point of scenario.points)
        for (const server of point.servers) {
            const why = server.skipped ? `Not measured\n${server.skipped}` : server.failed && `Failed\n${server.failed}`;
            if (!why) continue;
            const title = seriesOf(server, point);
            const servers = gaps.get(why) ?? new Map();
            gaps.set(why, servers.set(title, [...servers.get(title) ?? [], labelOf(point)]));
        }
    return [...gaps].map(([reason, servers]) => {
        const [what, why] = reason.split('\n');
        return `${what}: ${gapText(scenario, servers)}: ${why}.`;
    });
}

// `all servers (900 idle)`, `poll and epoll (900 idle); select (900 idle and 3,000 idle)`
function gapText(scenario, servers) {
    const titles = new Map();  // by the points at which they are missing
    for (const [title, labels] of servers) {
        const points = listed(labels);
        titles.set(points, [...titles.get(points) ?? [], title]);
    }
    const names = (list) => (list.length > 1 && list.length === seriesIn(scenario).length ? 'all servers' : listed(list));
    return [...titles].map(([points, list]) => `${names(list)}${scenario.points.length > 1 ? ` (${points})` : ''}`).join('; ');
}

// How certain the results are.
function certainty(results) {
    const servers = results.scenarios.flatMap(({points}) => points.flatMap((point) => point.servers));
    const verdicts = servers.map((server) => server.medians?.ratio?.verdict).filter((verdict) => verdict && verdict !== 'baseline');
    if (verdicts.length === 0) return '';
    const significant = verdicts.filter((verdict) => verdict in VERDICTS).length;
    const same = servers.map(({medians}) => medians?.ratio).find((ratio) => ratio?.same_within !== undefined);
    const rounds = roundsText(results);
    return `${results.options?.quick ? QUICK_TEXT : ''}A ratio is a server's CPU time per message divided by that of the baseline, ` +
        `with a 95 % confidence interval${rounds ? `, from ${rounds}` : ''}. ` +
        `${number(significant)} of ${counted(verdicts.length, 'ratio')} differ significantly from 1. ` +
        'The CPU times of two servers are compared by their own ratio, which was measured in the same way. Two servers are ' +
        'called not told apart if the difference between them may be chance; this does not mean that they are equal.' +
        `${same ? ` They are called ${sameText(same)} if the whole interval of their ratio is within ${number(100 * same.same_within)} % of 1.` : ''}`;
}

// What the warnings on a ratio mean, as in the terminal.
const RATIO_WARNINGS = {
    bursts: 'the cost, of the server or of the baseline, has bursts that the trimmed mean leaves out (a garbage collector, for example). The ratio with them',
    groups: 'the sessions fall into two groups, so the ratio describes neither. The gap between them',
    autocorrelation: 'each session resembles the one before it, so the interval is too narrow. Autocorrelation',
    trend: 'the ratio changes within a session, so it depends on the length of a session. From the first cycle to the last',
};

function ratioWarningText({kind, value}) {
    if (kind === 'groups') return `${(100 * value).toFixed(1)} %`;
    return kind === 'trend' ? `${value < 0 ? '' : '+'}${(100 * value).toFixed(1)} %` : hundredths(value);
}

// The rows with this kind of warning, with what it is about: `epoll 1.08`, or `epoll (100 idle) 1.08`.
function rowsWarnedOf(kind, {points}) {
    return points.flatMap((point) => point.servers.flatMap((server) => (server.medians?.ratio?.warnings ?? [])
        .filter((warning) => warning.kind === kind).map((warning) =>
            `${server.title}${points.length > 1 ? ` (${labelOf(point)})` : ''} ${ratioWarningText(warning)}`)));
}

// The rows that lost datagrams, of all rounds together: `epoll 12 of 34,567`, or `epoll (16 sockets) 12 of 34,567`.
function rowsWithLosses({points}) {
    return points.flatMap((point) => point.servers.filter((server) => server.lost_datagrams).map(
        ({title, lost_datagrams: {lost, sent}}) =>
            `${title}${points.length > 1 ? ` (${labelOf(point)})` : ''} ${number(lost)} of ${number(sent)}`));
}

// In which rows a percentile is of the messages of all rounds together, as in the terminal.
function pooledNote({points}, {percentile, rankedBy}) {
    const rows = points.flatMap((point) => point.servers.filter((server) => server.pooled_percentiles?.includes(rankedBy))
        .map(({title}) => `${title}${points.length > 1 ? ` (${labelOf(point)})` : ''}`));
    return rows.length === 0 ? [] :
        [`${percentile} µs: of the messages of all rounds together, because some rounds have too few for one of their own: ${rows.join(', ')}.`];
}

// Warnings about a figure, one line each.
function notesOn(scenario, figure) {
    const titles = (holds) => [...new Set(scenario.points.flatMap((point) => point.servers.filter((server) =>
        server.medians && holds(server.medians, server)).map((server) => seriesOf(server, point))))];
    const notes = [];
    const add = (text, names) => { if (names.length > 0) notes.push(`${text}: ${listed(names)}.`); };
    if (figure !== FIGURES.ratio && figure !== FIGURES.cpu_us_per_message) {
        add('Throughput and latency were limited by the load generator, not by the server (CPU per message is still valid)',
            titles((_, server) => server.limit === 'generator'));
        add('Rate × mean latency differs by more than 5 % from the number of messages in flight',
            titles((medians) => medians.holds_littles_law === false));
    }
    add('More than 1 % of the requests could not be sent within the window; their latencies are missing, so those shown are too low',
        titles((medians) => medians.keeps_the_rate === false));
    if (figure === FIGURES.ratio)
        add(`Some ${repetitions(scenario)} are outliers; they are included`, titles((medians) => medians.ratio?.outliers > 0));
    add('Their cost was still changing at the end of their warm-up', titles((_, server) => server.warmup?.settled === false));
    if (figure === FIGURES.ratio)
        for (const [kind, text] of Object.entries(RATIO_WARNINGS)) add(`Warning: ${text}`, rowsWarnedOf(kind, scenario));
    add('Some clients were never answered', titles((medians) => medians.starved > 0));
    if (rowsWithLosses(scenario).length > 0)
        notes.push(`Lost datagrams (no reply in time): ${rowsWithLosses(scenario).join('; ')}.`);
    if (figure.percentile) notes.push(...pooledNote(scenario, figure));
    return notes;
}

// What the percentiles among the figures are: `p50, p99: the medians over the sessions.`
function medianNotes(scenario, figures) {
    const names = figures.map(({percentile}) => percentile).filter((name) => name);
    return names.length === 0 ? [] : [`${names.join(', ')}: the ${names.length === 1 ? 'median' : 'medians'} over the ${repetitions(scenario)}.`];
}
