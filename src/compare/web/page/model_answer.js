// Which server a load needs, from the rankings of measured points. Nothing is interpolated: the nearest point answers.
/* global FIGURES, bestNames, bestOf, counted, number, oneOf, rankingOf, ratioText, valueText */

// The time that a handler takes, of which one that returns at once takes the least.
const AT_ONCE_US = 1;

// How many times as large one is as the other, as a logarithm, so that distances can be added.
const distance = (one, other) => Math.abs(Math.log(Math.max(one, AT_ONCE_US) / Math.max(other, AT_ONCE_US)));

const idleOf = ({connections, active}) => Math.round(connections * (1 - active / 100));

// `busy:100us`, `sleep:1ms`; the empty text of a handler that returns at once.
function handlerOf({work}) {
    const [, kind, time, unit] = /^(busy|sleep):(\d+)(us|ms)$/.exec(work.simulated_work ?? '') ?? [];
    return kind ? {kind, us: Number(time) * (unit === 'ms' ? 1000 : 1)} : {kind: '', us: AT_ONCE_US};
}

const bytesOf = (size) => (size >= 1024 && size % 1024 === 0 ? `${number(size / 1024)} KiB` : counted(size, 'byte'));

// What a load asks, each answered by a scenario. `applies`: whether it matters. `away`: how far a point is from the load.
export const QUESTIONS = [
    {
        scenario: 'active', figure: 'ratio', applies: () => true,
        asked: ({connections, active}) => `${counted(connections, 'connection')}, ${number(active)} % of them active`,
        away: ({at}, {connections, active}) => distance(at.connections, connections) + distance(100 * at.active, active),
    },
    {
        scenario: 'idle', figure: 'ratio', applies: (load) => idleOf(load) > 0,
        asked: (load) => `${counted(idleOf(load), 'idle connection')} and a few busy ones`,
        away: ({at}, load) => distance(at.idle, idleOf(load)),
    },
    {
        scenario: 'slow', figure: 'messages_per_second', applies: ({handler}) => handler !== 'none',
        asked: ({handler, handlerUs}) => `a handler that ${handler === 'busy' ? 'computes' : 'waits'} for ${number(handlerUs)} µs`,
        away: (point, {handler, handlerUs}) => {
            const {kind, us} = handlerOf(point);
            return distance(us, handlerUs) + (kind && kind !== handler ? 1000 : 0);
        },
    },
    {
        scenario: 'size', figure: 'ratio', applies: () => true,
        asked: ({size}) => `messages of ${bytesOf(size)}`,
        away: ({at}, {size}) => distance(at.size, size),
    },
];

// The answer of a scenario's results to a question; undefined if they rank no server.
export function answerOf(question, scenario, load) {
    const figure = FIGURES[question.figure];
    const ranked = scenario.points.filter((point) => rankingOf(point, figure));
    if (ranked.length === 0) return undefined;
    const away = (point) => question.away(point, load);
    const point = ranked.reduce((nearest, one) => (away(one) < away(nearest) ? one : nearest));
    const {best, alike} = bestOf(point, figure);
    return {
        point, isExact: away(point) < 0.01, servers: [best, ...alike].map(({title}) => title), order: rankingOf(point, figure).order,
        names: bestNames({best, alike}), figures: figuresText(best, point, figure), certainty: certaintyOf(point, figure, alike),
    };
}

// `epoll takes 1.00 × minimal [0.98–1.02]`: its figure with the 95 % confidence interval.
function figuresText(best, point, figure) {
    if (figure === FIGURES.messages_per_second) return `${best.title} has ${valueText(figure, best)}`;
    return best.title === point.baseline ? `${best.title} is the baseline` : `${best.title} takes ${ratioText(best)} the CPU time of ${point.baseline}`;
}

function certaintyOf(point, figure, alike) {
    if (rankingOf(point, figure).order.length === 1) return 'Only one server was ranked.';
    if (alike.length === 0) return 'Sure: it differs significantly from all other servers.';
    return 'Not sure: these are not told apart, so the difference may be chance.';
}

// The servers that are the best, or not told apart from it, in most of the answers, and in how many.
function mostOftenBest(answers) {
    const counts = new Map();
    for (const title of answers.flatMap(({servers}) => servers)) counts.set(title, (counts.get(title) ?? 0) + 1);
    const most = Math.max(...counts.values());
    return {most, titles: [...counts.keys()].filter((title) => counts.get(title) === most)};
}

// The choice and a sentence about it. `missing`: the number of questions without an answer.
export function choiceOf(answers, missing) {
    if (answers.length === 0) return {names: '', text: 'Nothing has been measured for this load yet.'};
    const {most, titles} = mostOftenBest(answers);
    const rest = missing === 0 ? '' : ` ${missing === 1 ? 'One question is' : `${number(missing)} questions are`} not measured yet.`;
    const questions = answers.length === 1 ? 'in the only measured question' : `in ${most === answers.length ? 'all' : `${number(most)} of`} ${number(answers.length)} measured questions`;
    const others = most === answers.length ? '' : ' No server is in all of them, so look at the question that matters most to you.';
    return {names: oneOf(titles), text: `The best, or not told apart from the best, ${questions}.${others}${rest}`};
}

export const isResultsFile = (results) => results?.format === 'iomux-results' && results.version === 2 && Array.isArray(results.scenarios);
