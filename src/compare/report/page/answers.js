// The answers at the top of the page: a question, its answer, and the points that the answer is based on.
function answers(results) {
    const growing = placesIn(results, 'throughput');
    const busy = growing.length > 0 ? growing : placesIn(results, 'comparison');
    const few = nearestToTen(busy);
    const many = busy.at(-1) === few ? undefined : busy.at(-1);
    const idle = placesIn(results, 'idle').filter(({point}) => point.work.idle > 0).at(-1);
    const measured = [few, many, idle].filter((place) => place);
    return [
        cheapestAt(busy.length === 1 ? 'Cheapest' : 'Cheapest for few connections', few, 'throughput'),
        ...(many ? [cheapestAt('Cheapest for many busy connections', many)] : []),
        cheapestAt('Cheapest with many idle connections', idle, 'idle'),
        asioOverEpoll(measured),
    ];
}

// The scenario's points at which a server was measured, each with the name of its chart.
function placesIn(results, chart) {
    const points = results.scenarios.find((one) => one.name === chart)?.points ?? [];
    return points.filter((point) => ranked(point, FIGURES.ratio).length > 0).map((point) => ({chart, point}));
}

function nearestToTen(places) {
    const times = ({point: {work: {connections}}}) => Math.max(connections / 10, 10 / connections);
    return [...places].sort((one, other) => times(one) - times(other))[0];
}

const notMeasured = (question, wanted) =>
    ({question, answer: 'Not measured', why: [{command: `./iomux compare run ${wanted}`}]});

// Servers that are not distinguishable from the cheapest are named with it.
function cheapestAt(question, place, wanted) {
    if (!place) return notMeasured(question, wanted);
    const {best, alike} = bestOf(place.point, FIGURES.ratio);
    const answer = alike.length > 2 ? `${best.title} or one of ${alike.length} others`
        : [best, ...alike].map((server) => server.title).join(' or ');
    const {interval, text, value} = FIGURES.ratio;
    const range = interval(best) ? `(${rangeText(interval(best))})${apartText(place.point, alike)}` : `(${TOO_FEW})`;
    const cost = `${text(value(best))} ${place.point.baseline}'s CPU time per message`;
    return {question, answer, why: [{...place, text: `${best.title} takes ${cost} ${range}`}]};
}

// Says so explicitly if no other server is as cheap.
function apartText(point, alike) {
    if (alike.length > 0) return alikeText(alike);
    return ranked(point, FIGURES.ratio).length > 1 ? ', distinguishable from all others' : ', with no other server to compare';
}

// One point alone could mislead: the cost may differ between points by more than the width of an interval.
function asioOverEpoll(places) {
    const question = 'CPU cost of Asio relative to raw epoll';
    const found = places.map((place) => ({place, cost: costAt(place.point, 'asio_over_epoll')})).filter(({cost}) => cost);
    if (found.length === 0) return notMeasured(question, 'throughput idle --servers minimal,epoll,callbacks');
    const costs = found.map(({cost}) => cost);
    return {
        question,
        answer: costs.every(isUnsure) ? unsureAnswer(widest(costs)) : `${spanText(costs.map(({value}) => value))} ×`,
        why: found.map(({place, cost}) => ({...place, text: `${cost.server}, the cheapest Asio server, takes ${costText(cost)}`})),
    };
}

const unsureAnswer = (cost) => sentence(unsureText(cost)) + (cost.too_noisy ? ' Measure longer.' : '');
const widest = (costs) => [...costs].sort((one, other) => halfWidth(other) - halfWidth(one))[0];
const spanText = (values) => [...new Set([Math.min(...values), Math.max(...values)].map(hundredths))].join(' to ');
