// Texts about a run.
import {el, formatNumber} from './kit.js';

// The numbers of a request, in the order in which they are shown.
export const NUMBERS = {
    connections: {label: 'Busy connections', hint: 'they send messages'},
    idle: {label: 'Idle connections', hint: 'additional, they send nothing'},
    size: {label: 'Bytes per message', hint: ''},
    depth: {label: 'Messages in flight', hint: 'per connection'},
    rate: {label: 'Messages per second', hint: 'in total; empty: as many as possible'},
    idle_memory: {label: 'Idle connections for memory', hint: 'to measure the memory of each; 0: off'},
    sessions: {label: 'Sessions', hint: 'empty: as many as fit into the time'},
    slice_milliseconds: {label: 'Milliseconds per slice', hint: 'empty: 20, or more if needed'},
    precision_percent: {label: 'Precision in %', hint: 'end when all intervals are at most ± this'},
    budget_seconds: {label: 'Seconds', hint: 'empty: about 1 minute, or 2 with a precision'},
    rounds: {label: 'Rounds', hint: 'per server'},
    milliseconds: {label: 'Milliseconds per round', hint: ''},
};

const STATES = {
    queued: 'queued', running: 'running', finished: 'finished', failed: 'failed', stopped: 'stopped', interrupted: 'interrupted',
    unreadable: 'unreadable',
};

export const stateName = (run) => STATES[run.state] ?? run.state;

// `comparison`, `scenario`, `trace`, `claims` or `explanation`. An unreadable run without a request is shown where
// comparisons are.
export const kindOf = (run) => run.request?.kind ?? 'comparison';
export const isScenario = (run) => kindOf(run) === 'scenario';
// Whether it compares the cost of servers, at one point or several.
export const isComparison = (run) => kindOf(run) === 'comparison' || isScenario(run);

const reportOf = ({id}) => `/api/results/${id}/report`;

// Where a run is shown.
export function hashOf(run) {
    switch (kindOf(run)) {
        case 'trace': return `#see/${run.id}`;
        case 'claims': return '#learn';
        case 'explanation': return run.state === 'finished' ? reportOf(run) : '#saved';
        default: return `#run/${run.id}`;
    }
}

// Its name, or else its servers.
export const titleOf = (run) => run.name ?? serversOf(run);

export function serversOf(run) {
    if (!run.request) return 'unreadable run';
    if (kindOf(run) === 'claims') return 'claims of the article the project started from (Python I/O multiplexing, 2020)';
    const {servers} = run.request;
    return kindOf(run) === 'explanation' ? `why ${servers.join(' and ')} differ` : servers.join(', ');
}

// `64 connections, 900 idle, 64 bytes; 10 rounds of 400 ms`, `64 connections, 64 bytes; sessions until ±2 %`
export function loadText(request) {
    if (request.kind === 'claims') return request.quick ? 'quick tests' : 'full tests';
    if (request.kind === 'trace') return `trace of one ${formatNumber(request.size)}-byte message`;
    if (request.kind === 'scenario') return `scenario ${request.scenario}${request.quick ? ', fewer points' : ''}; ${sessionsText(request)}`;
    const parts = [];
    if (request.connections) parts.push(`${formatNumber(request.connections)} busy connection${request.connections === 1 ? '' : 's'}`);
    if (request.idle) parts.push(`${formatNumber(request.idle)} idle`);
    if (request.size) parts.push(`${formatNumber(request.size)} bytes`);
    if (request.depth > 1) parts.push(`${formatNumber(request.depth)} in flight per connection`);
    if (request.rate) parts.push(`${formatNumber(request.rate)} msgs/s`);
    if (request.kind === 'explanation') return parts.join(', ');
    return `${parts.join(', ')}; ${request.rounds ? `${formatNumber(request.rounds)} rounds of ${formatNumber(request.milliseconds)} ms` : sessionsText(request)}`;
}

function sessionsText({sessions, slice_milliseconds: slice, precision_percent: precision, budget_seconds: budget}) {
    return [sessions ? `${formatNumber(sessions)} sessions` : 'sessions', slice ? `of ${formatNumber(slice)} ms slices` : '',
        precision ? `until ±${formatNumber(precision)} %` : '', budget ? `for ${formatNumber(budget)} s` : '']
        .filter((part) => part).join(' ');
}

const AFTER_FAILURE = {
    comparison: 'Choose fewer connections or other servers, then start again.',
    scenario: 'Choose other servers, or measure a single load with the form.',
    trace: 'Choose other servers, then trace again.',
    claims: 'Test the claims again.',
    explanation: 'If this can be mended, ask again.',
};

// The state of a run in a sentence, and what to do next.
export function stateText(run) {
    switch (run.state) {
        case 'queued': {
            const before = run.place ?? 1;
            return `Queued behind ${before} ${before === 1 ? 'run' : 'runs'}. Only one run is active at a time, because concurrent runs would disturb each other.`;
        }
        case 'running': return 'Running. You can close this page; the run continues and reappears when you return.';
        case 'finished': return 'Finished.';
        case 'failed': return `Failed: ${run.error}. ${AFTER_FAILURE[kindOf(run)]}`;
        case 'stopped': return 'Stopped. No results were saved.';
        case 'unreadable': return `Cannot be read: ${run.error}. You can delete it in the view Saved.`;
        default: return 'Interrupted: the service ended before the run finished. Start the run again.';
    }
}

export function stepText(run) {
    const step = run.live?.step;
    if (run.state !== 'running') return '';
    if (!step) return kindOf(run) === 'claims' ? 'Testing the first claim.' : 'Starting the servers.';
    const point = run.live.scenario?.points[run.live.point - 1]?.label;
    return `${point ? `${point}: ` : ''}${step.server ? `${step.server}: ` : ''}${step.step}, at most ${step.seconds_left} s left`;
}

// A link to the full results of a run.
const REPORTS = {
    comparison: (run) => el('a', {href: reportOf(run)}, 'Report'),
    scenario: (run) => el('a', {href: reportOf(run)}, 'Report'),
    explanation: (run) => el('a', {href: reportOf(run)}, 'Explanation'),
    trace: (run) => el('a', {href: hashOf(run)}, 'See'),
    claims: (run) => el('a', {href: hashOf(run)}, 'Learn'),
};

// The links of a run that has finished.
export function resultLinks(run) {
    if (run.state !== 'finished') return [];
    return [REPORTS[kindOf(run)](run), el('a', {href: `/api/results/${run.id}`, download: `iomux-${run.id}.json`}, 'JSON')];
}

// The name of a server's code in the view Read; undefined if the server is not one of this project.
export function codeNameOf({name, program}) {
    if (program === 'raw') return `raw/${name}`;
    return program?.startsWith('asio') ? `asio/${name.split('/').at(-1)}` : undefined;
}
