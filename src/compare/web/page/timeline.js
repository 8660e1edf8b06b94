// A trace drawn: for each server the calls of the message, on one axis of time; and all calls as a table.
import {cell, el, headRow, known, wide} from './kit.js';
import {codeNameOf} from './runs.js';

const MOST_ROWS = 40;
// Of the time after the message is sent, how much is shown of that before.
const BEFORE = 0.15;
// Room for the mark of what comes last.
const AFTER = 1.02;
const LEAST_ADDRESS = 2 ** 32;

const endOf = (call) => call.at_us + call.took_us;
const ofMessage = (server) => server.calls.filter((call) => call.step === 'message');
const microseconds = (value) => known(value, Math.abs(value) < 1000 ? 1 : 0);

const resultOf = ({error, result}) => error ?? (result >= LEAST_ADDRESS ? `0x${result.toString(16)}` : `${result}`);

// Where its code for a stage is read, beside that of the others.
function stageOf({stage}, server, others) {
    const name = codeNameOf(server);
    if (stage === 'other' || !name) return el('span', {}, stage);
    const words = [name, ...others.map(codeNameOf).filter((other) => other && other !== name), stage];
    return el('a', {href: `#read/${words.map(encodeURIComponent).join('/')}`, title: `its code in ${server.name}`}, stage);
}

export class Timelines {
    constructor({servers}) {
        this.servers = servers;
        this.scale();
        this.elements = servers.map((server) => this.sectionOf(server, servers.filter((other) => other !== server)));
    }

    // One for all, so that what is longer is longer.
    scale() {
        const calls = this.servers.flatMap(ofMessage);
        this.to = AFTER * Math.max(1, ...calls.map(endOf), ...this.servers.map((server) => server.answered_us ?? 0));
        this.from = Math.max(Math.min(0, ...calls.map((call) => call.at_us)), -BEFORE * this.to);
    }

    place(microseconds) {
        const share = (microseconds - this.from) / (this.to - this.from);
        return `${(100 * Math.min(1, Math.max(0, share))).toFixed(3)}%`;
    }

    sectionOf(server, others) {
        const head = el('h4', {}, server.name);
        if (server.unavailable) return el('section', {class: 'trace'}, head, el('p', {class: 'empty'}, `Not traced: ${server.unavailable}`));
        const calls = ofMessage(server);
        head.append(el('span', {class: 'quiet'}, ` ${known(calls.length)} system calls for the message` +
            (Number.isFinite(server.answered_us) ? `, answered after ${microseconds(server.answered_us)} µs` : '')));
        const threads = new Set(calls.map((call) => call.thread)).size;
        const rest = calls.length - MOST_ROWS;
        const rows = calls.slice(0, MOST_ROWS).map((call) => this.rowOf(call, server, others, threads > 1));
        const later = calls.findIndex((call) => call.at_us > server.answered_us);
        rows.splice(later < 0 ? rows.length : later, 0, this.answerOf(server));
        return el('section', {class: 'trace'}, head, el('ol', {class: 'timeline'}, this.axis(), ...rows),
        rest > 0 ? el('p', {class: 'quiet'}, `${known(rest)} further calls are in the table.`) : '');
    }

    axis() {
        const step = roundStep((this.to - this.from) / 4);
        const track = el('span', {class: 'track'});
        // The last would be cut off where it is near the end.
        for (let at = 0; at < this.to - step / 3; at += step) track.append(this.at(at, el('span', {class: 'tick'}, at === 0 ? 'sent' : known(at))));
        return el('li', {class: 'axis', 'aria-hidden': 'true'}, el('span', {class: 'stage-name'}, 'stage'), el('span', {class: 'call-name'}, 'call → answer'),
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
            el('span', {class: 'track', 'aria-hidden': 'true'}, bar), el('span', {class: 'time'}, el('span', {class: 'unseen'}, 'at '), call.at_us < 0 ? 'waited already' : microseconds(call.at_us)),
            el('span', {class: 'time'}, el('span', {class: 'unseen'}, 'took '), microseconds(call.took_us), el('span', {class: 'unseen'}, ' µs')));
    }

    answerOf({answered_us: answered}) {
        if (!Number.isFinite(answered)) return '';
        return el('li', {class: 'answered'}, el('span', {class: 'stage-name'}), el('span', {class: 'call-name'}, 'the client has its reply'),
            el('span', {class: 'track', 'aria-hidden': 'true'}, this.at(answered, el('span', {class: 'mark'}))),
            el('span', {class: 'time'}, microseconds(answered)), el('span', {class: 'time'}));
    }
}

// 1, 2 or 5 and noughts, and no less than asked for.
function roundStep(least) {
    const power = 10 ** Math.floor(Math.log10(least));
    return [1, 2, 5, 10].map((digit) => digit * power).find((step) => step >= least);
}

export function callsTable({servers}) {
    const rows = servers.flatMap((server) => server.calls.map((call) => ({server, call})));
    if (rows.length === 0) return '';
    return el('details', {open: true}, el('summary', {}, 'All calls, from the connection’s first to its last'),
        wide('All calls', el('table', {class: 'calls-table'},
            el('caption', {}, 'In µs since the client began the step; what began before it was waiting already'),
            headRow('server', 'step', 'stage', 'call', 'result', 'at', 'took', 'thread', 'about'),
            el('tbody', {}, ...rows.map(({server, call}) => el('tr', {}, el('th', {scope: 'row'}, server.name), cell(call.step),
                el('td', {}, stageOf(call, server, servers.filter((other) => other !== server))), el('td', {class: 'call'}, call.call),
                cell(resultOf(call)), cell(microseconds(call.at_us)), cell(microseconds(call.took_us)), cell(`${call.thread}`), cell(call.detail)))))));
}
