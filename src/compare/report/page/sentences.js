// What the figures say, in words.

const listed = (names) =>
    (names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`);

const rangeText = ([low, high]) => `${hundredths(low)}–${hundredths(high)}`;

// Best first. The bare loop keeps none of the promises that the others keep, so it takes no part; nor does, where more is
// better, whose figure is the generator's.
function ranked(point, figure, among = () => true) {
    const sign = figure.moreIsBetter ? -1 : 1;
    const isItsOwn = (server) => !figure.moreIsBetter || server.limit !== 'generator';
    return point.servers
        .filter((server) => !isTheFloor(server) && isKnown(figure, server) && isItsOwn(server) && among(server))
        .sort((one, other) => sign * (figure.value(one) - figure.value(other)));
}

// How much one costs over another, from both their ratios to the base. The interval is the widest that these allow.
function costOver(one, other) {
    const [a, b] = [one.medians.ratio, other.medians.ratio];
    const known = a.low !== undefined && b.low !== undefined;
    return {value: a.value / b.value, interval: known ? [a.low / b.high, a.high / b.low] : undefined};
}

const TOO_FEW = 'too few rounds to say how sure that is';
const isUnsure = (interval) => interval !== undefined && interval[0] <= 1 && interval[1] >= 1;

// `1.14 × (1.11–1.18) over epoll`
function costText(one, other, whom = other.title) {
    const {value, interval} = costOver(one, other);
    const range = interval ? rangeText(interval) : TOO_FEW;
    return `${hundredths(value)} × (${range}) over ${whom}${isUnsure(interval) ? ': no significant difference' : ''}`;
}

// The best, and those whose intervals overlap with its own.
function bestOf(point, figure) {
    const order = ranked(point, figure);
    const best = order[0];
    const limit = best && figure.interval?.(best)?.[1];
    const alike = limit === undefined ? [] : order.slice(1).filter((server) => figure.interval(server)?.[0] <= limit);
    return {best, alike};
}

function valueText(figure, server) {
    const interval = figure.interval?.(server);
    return figure.text(figure.value(server)) + (interval ? `, ${rangeText(interval)}` : '');
}

function alikeText(alike) {
    if (alike.length === 0) return '';
    const names = alike.length > 3 ? `${counted(alike.length, 'other')}` : listed(alike.map((server) => server.title));
    return `, not told apart from ${names}`;
}

function bestText(point, figure) {
    const {best, alike} = bestOf(point, figure);
    return best && `${best.title} ${figure.best} (${valueText(figure, best)})${alikeText(alike)}`;
}

function asioText(point) {
    const asio = ranked(point, FIGURES.ratio, isAsio)[0];
    const raw = ranked(point, FIGURES.ratio, isRaw)[0];
    if (!asio || !raw) return '';
    return `Asio's cheapest there, ${asio.title}, costs ${costText(asio, raw, `raw's cheapest, ${raw.title}`)}`;
}


// One sentence above a chart.
function sentenceOn(scenario, figure) {
    const points = scenario.points.filter((point) => ranked(point, figure).length > 0);
    if (points.length === 0) return NOTHING_KNOWN;
    const ends = points.length === 1 ? points : [points[0], points.at(-1)];
    const parts = ends.map((point) => `${labelOf(point)}: ${bestText(point, figure)}`);
    if (figure === FIGURES.ratio) parts.push(asioText(ends.at(-1)));
    else if (ends.length === 1) parts.push(worstText(ends[0], figure));
    return sentence(parts.filter((part) => part).join('; '));
}

function worstText(point, figure) {
    const order = ranked(point, figure);
    return order.length < 2 ? '' : `at the other end is ${order.at(-1).title} with ${figure.text(figure.value(order.at(-1)))}`;
}

const NOTHING_KNOWN = 'Nothing is known of it: no server was measured.';
const capital = (text) => text[0].toUpperCase() + text.slice(1);
const sentence = (text) => `${capital(text)}.`;

// Who is cheapest in how many of the points, most of them first.
function winnersOf(scenario) {
    const winners = new Map();
    for (const point of scenario.points) {
        const {best} = bestOf(point, FIGURES.ratio);
        if (best) winners.set(best.title, (winners.get(best.title) ?? 0) + 1);
    }
    return [...winners].sort((one, other) => other[1] - one[1]);
}

function crossoverSentence(scenario) {
    const order = winnersOf(scenario);
    if (order.length === 0) return NOTHING_KNOWN;
    const all = scenario.points.length;
    return sentence(`cheapest in most cells is ${order[0][0]} (${order[0][1]} of ${all})` +
        (order.length > 1 ? `; then ${listed(order.slice(1).map(([title, count]) => `${title} (${count})`))}` : ''));
}

// The answers at the top: a question, the answer, and for each place that it rests on what was found there.
function answers(results) {
    const growing = placesIn(results, 'throughput');
    const busy = growing.length > 0 ? growing : placesIn(results, 'comparison');
    const few = nearestToTen(busy);
    const many = busy.at(-1) === few ? undefined : busy.at(-1);
    const idle = placesIn(results, 'idle').filter(({point}) => point.work.idle > 0).at(-1);
    const measured = [few, many, idle].filter((place) => place);
    return [
        cheapestAt(busy.length === 1 ? 'Cheapest' : 'Cheapest for few connections', few, 'throughput'),
        ...(many ? [cheapestAt('Cheapest for many busy ones', many)] : []),
        cheapestAt('Cheapest beside many idle ones', idle, 'idle'),
        asioOverEpoll(measured),
    ];
}

// A scenario's points at which anyone was measured, each with the chart that it is in.
function placesIn(results, chart) {
    const points = results.scenarios.find((one) => one.name === chart)?.points ?? [];
    return points.filter((point) => ranked(point, FIGURES.ratio).length > 0).map((point) => ({chart, point}));
}

function nearestToTen(places) {
    const times = ({point: {work: {connections}}}) => Math.max(connections / 10, 10 / connections);
    return [...places].sort((one, other) => times(one) - times(other))[0];
}

const notMeasured = (question, wanted) =>
    ({question, answer: 'Not measured', why: [{command: `iomux-compare run ${wanted}`}]});

// Who is not told apart from the cheapest may be it as well.
function cheapestAt(question, place, wanted) {
    if (!place) return notMeasured(question, wanted);
    const {best, alike} = bestOf(place.point, FIGURES.ratio);
    const answer = alike.length > 2 ? `${best.title} or one of ${alike.length} others`
        : [best, ...alike].map((server) => server.title).join(' or ');
    const {interval, text, value} = FIGURES.ratio;
    const range = interval(best) ? `(${rangeText(interval(best))})${apartText(place.point, alike)}` : `(${TOO_FEW})`;
    const cost = `${text(value(best))} ${place.point.baseline}'s CPU time a message`;
    return {question, answer, why: [{...place, text: `${best.title} takes ${cost} ${range}`}]};
}

// Silence would leave open whether the others are as cheap.
function apartText(point, alike) {
    if (alike.length > 0) return alikeText(alike);
    return ranked(point, FIGURES.ratio).length > 1 ? ', told apart from all others' : ', with no other beside it';
}

// One place alone could mislead: between them the cost may differ by more than an interval is wide.
function asioOverEpoll(places) {
    const question = 'What Asio costs over raw epoll';
    const cheapest = (point, among) => ranked(point, FIGURES.ratio, among)[0];
    const pairs = places.map((place) => ({place, asio: cheapest(place.point, isAsio), epoll: cheapest(place.point, isEpoll)}))
        .filter(({asio, epoll}) => asio && epoll);
    if (pairs.length === 0) return notMeasured(question, 'throughput idle --servers minimal,epoll,callbacks');
    const costs = pairs.map(({asio, epoll}) => costOver(asio, epoll));
    return {
        question,
        answer: costs.every(({interval}) => isUnsure(interval)) ? 'No significant difference'
            : `${spanText(costs.map(({value}) => value))} × as much`,
        why: pairs.map(({place, asio, epoll}) => ({...place, text: `${asio.title}, Asio's cheapest, ${costText(asio, epoll)}`})),
    };
}

const spanText = (values) => [...new Set([Math.min(...values), Math.max(...values)].map(hundredths))].join(' to ');

function roundsText(results) {
    const counts = results.scenarios.flatMap((scenario) => scenario.points.flatMap((point) =>
        point.servers.filter((server) => server.medians).map((server) => server.round_count)));
    if (counts.length === 0) return '';
    const [least, most] = [Math.min(...counts), Math.max(...counts)];
    return least === most ? counted(most, 'round') : `${number(least)} to ${counted(most, 'round')}`;
}

const QUICK_TEXT =
    'A quick run, of few points, few servers and short rounds: without --quick there are more of them, and longer ones. ';
const FLOOR_TEXT =
    ' The bare loop, minimal, is no rival: it keeps none of the promises that the others keep.';

// How sure all that is.
function certainty(results) {
    let chance = 0;
    let all = 0;
    let floor = false;
    for (const scenario of results.scenarios)
        for (const point of scenario.points)
            for (const server of point.servers) {
                floor ||= isTheFloor(server);
                if (!server.medians?.ratio || server.title === point.baseline) continue;
                ++all;
                if (!['less', 'more'].includes(server.medians.ratio.verdict)) ++chance;
            }
    if (all === 0) return '';
    const rounds = roundsText(results);
    return `${results.options?.quick ? QUICK_TEXT : ''}Ratios are medians${rounds ? ` of ${rounds}` : ''}; ` +
        `behind each is the range that holds the truth in 95 of 100 cases. Of ${number(all)} ratios to the base, ` +
        `${number(all - chance)} differ from 1 by more than chance. ` +
        'Two servers whose ranges overlap are not told apart; one\'s cost over another\'s has the widest range ' +
        `that both ratios allow.${floor ? FLOOR_TEXT : ''}`;
}

// What to know before a figure is believed: a line each.
function notesOn(scenario, figure) {
    const titles = (holds) => [...new Set(scenario.points.flatMap((point) => point.servers.filter((server) =>
        server.medians && holds(server.medians, server)).map((server) => seriesOf(server, point))))];
    const notes = [];
    const add = (text, names) => { if (names.length > 0) notes.push(`${text}: ${listed(names)}.`); };
    if (figure !== FIGURES.ratio && figure !== FIGURES.cpu_us_a_message) {
        add('The load generator was the limit, not the server, so that this is the generator\'s figure',
            titles((_, server) => server.limit === 'generator'));
        add('Rate × mean latency is not the number of messages on their way, within 5 %',
            titles((medians) => medians.flight !== undefined && Math.abs(medians.flight - 1) > 0.05));
    }
    add('Over 1 % of the requests could not be sent within the window, so that latencies are too low: theirs are missing',
        titles((medians) => medians.unsent_share > 0.01));
    if (figure === FIGURES.ratio)
        add('Some rounds are far from the others, and count all the same', titles((medians) => medians.ratio?.outliers > 0));
    add('Some clients were never answered', titles((medians) => medians.starved > 0));
    return notes;
}
