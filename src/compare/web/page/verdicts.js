// The results of a run: figures and verdicts, in the words of the report.
/* global FIGURES, callsOf, certainty, gapsIn, medianNotes, notesOn, ratioText, repetitions, labelOf, sentenceOn, unrankedText,
   verdictOf */
import {BROWSER_CORES} from './live_table.js';
import {cell, el, formatNumber, headRow, scrollable} from './kit.js';

let newest = {};

// The results in the form that the report's sentences use: without nulls, and with the number of rounds and of the slices
// of each, and the datagrams that were lost. Several parts of a view use the same results, which never change, so the
// newest ones are cached.
export function resultsOf(app, id) {
    if (newest.id === id) return newest.results;
    const results = fetched(app, id);
    newest = {id, results};
    results.catch(() => { newest = {}; });
    return results;
}

async function fetched(app, id) {
    const results = withoutNulls(await app.get(`/api/results/${id}`));
    for (const scenario of results.scenarios)
        for (const point of scenario.points)
            for (const server of point.servers) {
                const rounds = (server.rounds ?? []).filter((round) => round);
                server.round_count = rounds.length;
                server.slice_count = Math.max(0, ...rounds.map((round) => round.slices?.length ?? 0));
                server.lost_datagrams = lostDatagrams(rounds);
            }
    return results;
}

// The results without their rounds, which are most of them, and without what is computed only from these.
export async function summaryOf(app, id) {
    return withoutNulls(await app.get(`/api/results/${id}/summary`));
}

// Of all rounds together; undefined if none was lost.
function lostDatagrams(rounds) {
    const sum = (member) => rounds.reduce((all, round) => all + (round.load?.datagrams?.[member] ?? 0), 0);
    return sum('lost') > 0 ? {lost: sum('lost'), sent: sum('sent')} : undefined;
}

// Removes the members that are null, at every depth. Returns the same object.
export function withoutNulls(value) {
    for (const [key, element] of Object.entries(value))
        if (element === null && !Array.isArray(value)) delete value[key];
        else if (element !== null && typeof element === 'object') withoutNulls(element);
    return value;
}

// A statement of the results or of a live run, with how sure it is.
export const statementOf = ({text, strength}) => el('span', {class: `statement ${strength}`}, text);

// That of the last point that has one.
export const verdictIn = ({scenarios}) => scenarios[0]?.points.findLast(({verdict}) => verdict)?.verdict;

// The last point that was measured, or the last one.
export function pointOf({scenarios: [scenario]}) {
    return scenario?.points.findLast(({servers}) => servers.some(({medians}) => medians)) ?? scenario?.points.at(-1);
}

// What each point says. `goOn` measures on until it is sure; it is shown if that may say more.
export function statementsIn({scenarios}, goOn) {
    const statements = scenarios[0].points.flatMap(({verdict}) => verdict ?? []);
    return [...statements.map((statement) => el('p', {}, statementOf(statement))), ...(statements.some(isInDoubt) ? [goOn] : [])];
}

export function verdictsOf(results) {
    const scenario = results.scenarios[0];
    const point = pointOf(results);
    if (!point) return [];
    const figures = [FIGURES.ratio, FIGURES.messages_per_second, FIGURES.p50, FIGURES.p99];
    const notes = [unrankedText(results), ...(scenario.points.length > 1 ? gapsIn(scenario) : []), ...figures.flatMap((figure) => notesOn(scenario, figure)),
        ...medianNotes(scenario, figures)].filter((note) => note);
    return [
        el('p', {class: 'answer'}, sentenceOn(scenario, FIGURES.ratio)),
        ...(scenario.points.length > 1 ? [el('h3', {}, labelOf(point))] : []),
        scrollable('Verdicts', el('table', {class: 'verdicts'},
            el('caption', {}, `Medians of the ${repetitions(scenario)}, and CPU relative to ${point.baseline ?? 'the baseline'} with its 95 % confidence interval`),
            headRow('server', 'CPU µs per message', `relative to ${point.baseline ?? 'the baseline'}`, 'verdict', 'messages per second', 'p50 µs', 'p99 µs', 'system calls per message'),
            el('tbody', {}, ...point.servers.map((server) => rowOf(server, point))))),
        el('p', {class: 'quiet'}, `${coresText(scenario)}${BROWSER_CORES}.`),
        el('p', {class: 'quiet'}, certainty(results)),
        ...[...new Set(notes)].map((note) => el('p', {class: 'quiet'}, note)),
        ...(hasTooFewRounds(point) ? [el('p', {}, `Too few ${repetitions(scenario)} for verdicts. Run again with at least 10.`)] : []),
    ];
}

// Whether a longer measurement may say more.
const isInDoubt = ({strength}) => ['likely', 'not_told_apart', 'too_noisy', 'too_few'].includes(strength);

// Empty if the processes were not pinned.
function coresText({server_cores: server, load_cores: load}) {
    const cores = (list) => `core${list.length === 1 ? '' : 's'} ${list.join(', ')}`;
    return server?.length && load?.length ? `Servers ran on ${cores(server)}, the load generator on ${cores(load)}. ` : '';
}

// With 10 rounds or sessions, differences between as many servers as a run can have may be significant.
const hasTooFewRounds = (point) => point.servers.some((server) => verdictOf(server) === 'too few to tell');

function rowOf(server, point) {
    const head = el('th', {scope: 'row'}, server.title);
    const {medians} = server;
    if (!medians) return el('tr', {}, head, el('td', {class: 'remark', colspan: 7}, server.failed ?? server.skipped ?? 'not measured'));
    const verdict = verdictOf(server) ?? '–';
    return el('tr', {}, head, cell(formatNumber(medians.cpu_us_per_message, 2)), cell(ratioText(server) ?? '–'),
        el('td', {class: `verdict ${verdict}`}, verdict), cell(formatNumber(medians.messages_per_second)),
        cell(formatNumber(medians.latency_us?.p50)), cell(formatNumber(medians.latency_us?.p99)), cell(formatNumber(callsOf(server), 2)));
}
