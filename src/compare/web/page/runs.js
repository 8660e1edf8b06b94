// A run in words.
import {el, known} from './kit.js';

// The numbers of a run's request, in the order in which they are told.
export const NUMBERS = {
    connections: {label: 'Connections', hint: 'all of them busy'},
    idle: {label: 'Idle connections', hint: 'open beside those, and silent'},
    size: {label: 'Bytes a message', hint: ''},
    depth: {label: 'Messages at a time', hint: 'of each connection'},
    rate: {label: 'Messages a second', hint: 'empty: as fast as they go'},
    rounds: {label: 'Rounds', hint: 'each server, in turns'},
    milliseconds: {label: 'Milliseconds a round', hint: ''},
    idle_memory: {label: 'Idle for memory', hint: 'to tell what one of them takes'},
};

const STATES = {
    queued: 'waits', running: 'goes on', finished: 'finished', failed: 'failed', stopped: 'stopped', interrupted: 'interrupted',
};

export const stateName = (run) => STATES[run.state] ?? run.state;

// `comparison`, `trace` or `claims`.
export const kindOf = (run) => run.request.kind;
export const isComparison = (run) => kindOf(run) === 'comparison';

// Where a run is shown.
export function hashOf(run) {
    switch (kindOf(run)) {
        case 'trace': return `#see/${run.id}`;
        case 'claims': return '#learn';
        default: return `#run/${run.id}`;
    }
}

export const whatOf = (run) => (kindOf(run) === 'claims' ? 'the document’s claims' : run.request.servers.join(', '));

// `64 connections, 900 idle, 64 bytes; 10 rounds of 400 ms`
export function loadText(request) {
    if (request.kind === 'claims') return request.quick ? 'each tried, in short' : 'each tried';
    if (request.kind === 'trace') return `one message of ${known(request.size)} bytes, traced`;
    const parts = [];
    if (request.connections) parts.push(`${known(request.connections)} connections`);
    if (request.idle) parts.push(`${known(request.idle)} idle beside`);
    if (request.size) parts.push(`${known(request.size)} bytes`);
    if (request.depth > 1) parts.push(`${known(request.depth)} messages at a time`);
    if (request.rate) parts.push(`${known(request.rate)} a second`);
    const rounds = request.rounds ? `; ${known(request.rounds)} × ${known(request.milliseconds)} ms` : '';
    return parts.join(', ') + rounds;
}

const AFTER_FAILURE = {
    comparison: 'Take fewer connections or other servers, and start again.',
    trace: 'Take other servers, and trace again.',
    claims: 'Try them again.',
};

// What a run's state means, and what to do next.
export function stateText(run) {
    switch (run.state) {
        case 'queued': {
            const before = run.place ?? 1;
            return `Waits for ${before} ${before === 1 ? 'run' : 'runs'} before it: one goes on at a time, for two would measure each other.`;
        }
        case 'running': return 'Goes on. It also does when you leave the page, which finds it again.';
        case 'finished': return 'Finished.';
        case 'failed': return `Failed: ${run.error}. ${AFTER_FAILURE[kindOf(run)]}`;
        case 'stopped': return 'Stopped. Nothing of it is kept but that it was.';
        default: return 'Interrupted: the service ended before the run did. Start it again.';
    }
}

export function stepText(run) {
    const step = run.live?.step;
    if (run.state !== 'running') return '';
    if (!step) return kindOf(run) === 'claims' ? 'The first claim is tried.' : 'The servers start.';
    return `${step.server ? `${step.server}: ` : ''}${step.step}, ${step.seconds_left} s left at most`;
}

// What tells a run's results in whole.
const REPORTS = {
    comparison: (run) => el('a', {href: `/api/results/${run.id}/report`}, 'Report'),
    trace: (run) => el('a', {href: hashOf(run)}, 'See'),
    claims: (run) => el('a', {href: hashOf(run)}, 'Learn'),
};

// The links of a run that has finished.
export function resultLinks(run) {
    if (run.state !== 'finished') return [];
    return [REPORTS[kindOf(run)](run), el('a', {href: `/api/results/${run.id}`, download: `iomux-${run.id}.json`}, 'JSON')];
}

// What Read calls the code of a server, as the service names it; nothing where it is not ours.
export function codeNameOf({name, program}) {
    if (program === 'raw') return `raw/${name}`;
    return program?.startsWith('asio') ? `asio/${name.split('/').at(-1)}` : undefined;
}
