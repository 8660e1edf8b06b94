// What a trace says: the calls of the message, their texts, and what a thread did between them.
import {cell, el, formatNumber, headRow, scrollable} from './kit.js';
import {codeNameOf} from './runs.js';

const LOWEST_ADDRESS = 2 ** 32;
const OTHER = 'the call is part of no stage; examples are calls for memory and threads';

export const endOf = (call) => call.at_us + call.took_us;
export const ofMessage = (server) => server.calls.filter((call) => call.step === 'message');
export const microseconds = (value) => formatNumber(value, Math.abs(value) < 1000 ? 1 : 0);
export const resultOf = ({error, result}) => error ?? (result >= LOWEST_ADDRESS ? `0x${result.toString(16)}` : `${result}`);
export const callText = (call) => `${call.call} → ${resultOf(call)}`;

// `kernel` or `waiting`. A trace of version 1 does not say whether the thread slept in the call.
export function laneOf({sleeps, stage, at_us: at}) {
    if (sleeps === undefined || sleeps === null) return stage === 'wait' || at < 0 ? 'waiting' : 'kernel';
    return sleeps > 0 ? 'waiting' : 'kernel';
}

// When a thread ran its own code: between two of its calls.
export function ownCode(calls) {
    return calls.slice(1).map((call, i) => ({from: endOf(calls[i]), to: call.at_us})).filter(({from, to}) => to > from);
}

// A link to the server's code for the stage, beside that of the other servers.
export function stageLink({stage}, server, others) {
    const name = codeNameOf(server);
    if (stage === 'other') return el('span', {title: OTHER}, stage);
    if (!name) return el('span', {}, stage);
    const words = [name, ...others.map(codeNameOf).filter((other) => other && other !== name), stage];
    return el('a', {href: `#read/${words.map(encodeURIComponent).join('/')}`, title: `show the code of ${server.name}`}, stage);
}

export function callsTable({servers}) {
    const rows = servers.flatMap((server) => server.calls.map((call) => ({server, call})));
    if (rows.length === 0) return '';
    return el('details', {open: true}, el('summary', {}, 'All calls of the connection'),
        scrollable('All calls', el('table', {class: 'calls-table'},
            el('caption', {}, `Times in µs since the client began the step; a negative time means that the call was already waiting. Stage “other”: ${OTHER}.`),
            headRow('server', 'step', 'stage', 'call', 'result', 'at', 'took', 'slept', 'thread', 'details'),
            el('tbody', {}, ...rows.map(({server, call}) => el('tr', {}, el('th', {scope: 'row'}, server.name), cell(call.step),
                el('td', {}, stageLink(call, server, servers.filter((other) => other !== server))), el('td', {class: 'call'}, call.call),
                cell(resultOf(call)), cell(microseconds(call.at_us)), cell(microseconds(call.took_us)), cell(formatNumber(call.sleeps ?? undefined)), cell(`${call.thread}`), cell(call.detail)))))));
}
