// Draws a trace: per server a timeline of the message's calls, and a table of all calls.
import {cell, el, formatNumber, headRow, scrollable} from './kit.js';
import {codeNameOf} from './runs.js';

const MAX_ROWS = 40;
// The part of the axis before the message was sent, as a share of the part after.
const SHARE_BEFORE = 0.15;
// Leaves space for the last mark.
const END_MARGIN = 1.02;
const LOWEST_ADDRESS = 2 ** 32;

const endOf = (call) => call.at_us + call.took_us;
const ofMessage = (server) => server.calls.filter((call) => call.step === 'message');
const microseconds = (value) => formatNumber(value, Math.abs(value) < 1000 ? 1 : 0);

const resultOf = ({error, result}) => error ?? (result >= LOWEST_ADDRESS ? `0x${result.toString(16)}` : `${result}`);

const OTHER = 'the call is part of no stage; examples are calls for memory and threads';

// A link to the server's code for the stage, beside that of the other servers.
function stageOf({stage}, server, others) {
    const name = codeNameOf(server);
    if (stage === 'other') return el('span', {title: OTHER}, stage);
    if (!name) return el('span', {}, stage);
    const words = [name, ...others.map(codeNameOf).filter((other) => other && other !== name), stage];
    return el('a', {href: `#read/${words.map(encodeURIComponent).join('/')}`, title: `show the code of ${server.name}`}, stage);
}

export class Timelines {
    constructor({servers}) {
        this.servers = servers;
        this.scale();
        this.elements = servers.map((server) => this.sectionOf(server, servers.filter((other) => other !== server)));
    }

    // All timelines have the same scale, so that lengths can be compared.
    scale() {
        const calls = this.servers.flatMap(ofMessage);
        this.to = END_MARGIN * Math.max(1, ...calls.map(endOf), ...this.servers.map((server) => server.answered_us ?? 0));
        this.from = Math.max(Math.min(0, ...calls.map((call) => call.at_us)), -SHARE_BEFORE * this.to);
    }

    place(microseconds) {
        const share = (microseconds - this.from) / (this.to - this.from);
        return `${(100 * Math.min(1, Math.max(0, share))).toFixed(3)}%`;
    }

    sectionOf(server, others) {
        const head = el('h4', {}, server.name);
        if (server.unavailable) return el('section', {class: 'trace'}, head, el('p', {class: 'empty'}, `Not traced: ${server.unavailable}`));
        const calls = ofMessage(server);
        head.append(el('span', {class: 'quiet'}, ` ${formatNumber(calls.length)} system calls for the message` +
            (Number.isFinite(server.answered_us) ? `, reply after ${microseconds(server.answered_us)} µs` : '')));
        const threads = new Set(calls.map((call) => call.thread)).size;
        const rest = calls.length - MAX_ROWS;
        const rows = calls.slice(0, MAX_ROWS).map((call) => this.rowOf(call, server, others, threads > 1));
        const later = calls.findIndex((call) => call.at_us > server.answered_us);
        rows.splice(later < 0 ? rows.length : later, 0, this.answerOf(server));
        return el('section', {class: 'trace'}, head, el('ol', {class: 'timeline'}, this.axis(), ...rows),
        rest > 0 ? el('p', {class: 'quiet'}, `The table lists ${formatNumber(rest)} more calls.`) : '');
    }

    axis() {
        const step = roundStep((this.to - this.from) / 4);
        const track = el('span', {class: 'track'});
        // A tick close to the end is left out, because its label would be cut off.
        for (let at = 0; at < this.to - step / 3; at += step) track.append(this.at(at, el('span', {class: 'tick'}, at === 0 ? 'sent' : formatNumber(at))));
        return el('li', {class: 'axis', 'aria-hidden': 'true'}, el('span', {class: 'stage-name'}, 'stage'), el('span', {class: 'call-name'}, 'call → result'),
            track, el('span', {class: 'time'}, 'at µs'), el('span', {class: 'time'}, 'took µs'));
    }

    at(microseconds, element) {
        element.style.left = this.place(microseconds);
        return element;
    }

    rowOf(call, server, others, withThread) {
        const bar = this.at(call.at_us, el('span', {class: 'bar'}));
        bar.style.right = `calc(100% - ${this.place(endOf(call))})`;
        const waited = call.at_us < this.from;
        if (waited) bar.classList.add('since-before');
        return el('li', {class: `of-${call.stage}`}, el('span', {class: 'stage-name'}, stageOf(call, server, others)),
            el('span', {class: 'call-name'}, el('span', {class: 'call'}, call.call), ` → ${resultOf(call)}`,
                withThread ? el('span', {class: 'quiet'}, ` thread ${call.thread}`) : ''),
            el('span', {class: 'track', 'aria-hidden': 'true'}, bar), el('span', {class: 'time'}, el('span', {class: 'visually-hidden'}, 'at '), call.at_us < 0 ? 'already waiting' : microseconds(call.at_us)),
            el('span', {class: 'time'}, el('span', {class: 'visually-hidden'}, 'took '), microseconds(call.took_us), el('span', {class: 'visually-hidden'}, ' µs')));
    }

    answerOf({answered_us: answered}) {
        if (!Number.isFinite(answered)) return '';
        return el('li', {}, el('span', {class: 'stage-name'}), el('span', {class: 'call-name'}, 'client has received the reply'),
            el('span', {class: 'track', 'aria-hidden': 'true'}, this.at(answered, el('span', {class: 'mark'}))),
            el('span', {class: 'time'}, microseconds(answered)), el('span', {class: 'time'}));
    }
}

// The smallest step of 1, 2 or 5 times a power of ten that is at least `least`.
function roundStep(least) {
    const power = 10 ** Math.floor(Math.log10(least));
    return [1, 2, 5, 10].map((digit) => digit * power).find((step) => step >= least);
}

export function callsTable({servers}) {
    const rows = servers.flatMap((server) => server.calls.map((call) => ({server, call})));
    if (rows.length === 0) return '';
    return el('details', {open: true}, el('summary', {}, 'All calls of the connection'),
        scrollable('All calls', el('table', {class: 'calls-table'},
            el('caption', {}, `Times in µs since the client began the step; a negative time means that the call was already waiting. Stage “other”: ${OTHER}.`),
            headRow('server', 'step', 'stage', 'call', 'result', 'at', 'took', 'thread', 'details'),
            el('tbody', {}, ...rows.map(({server, call}) => el('tr', {}, el('th', {scope: 'row'}, server.name), cell(call.step),
                el('td', {}, stageOf(call, server, servers.filter((other) => other !== server))), el('td', {class: 'call'}, call.call),
                cell(resultOf(call)), cell(microseconds(call.at_us)), cell(microseconds(call.took_us)), cell(`${call.thread}`), cell(call.detail)))))));
}
