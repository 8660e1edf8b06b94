// The calls of one message on a time axis that all servers of a trace share. Each thread has three lanes: its own code, the
// kernel, and waiting. The axis can be zoomed and moved with keys, buttons, wheel, mouse and touch.
import {el, formatNumber, setText} from './kit.js';
import {callText, endOf, laneOf, microseconds, ofMessage, ownCode} from './trace.js';

// The part of the axis before the message was sent, as a share of the part after.
const SHARE_BEFORE = 0.15;
// Leaves space for the last mark.
const END_MARGIN = 1.02;
const MOST_BARS = 400;  // per server
const SHORTEST = 0.5;   // µs, of the shown part
const STEP = 0.2;       // of the shown part, for each press
const ZOOM = 1.5;
const LABEL_PX = 44;     // the widest label of a tick

const LANES = {user: 'own code', kernel: 'kernel', waiting: 'waiting'};

// The smallest step of 1, 2 or 5 times a power of ten that is at least `least`.
function roundStep(least) {
    const power = 10 ** Math.floor(Math.log10(least));
    return [1, 2, 5, 10].map((digit) => digit * power).find((step) => step >= least);
}

export class Timeline {
    // `onCall(server, call)`: the pointer is at a call.
    constructor({servers}, headOf, onCall) {
        this.onCall = onCall;
        this.traced = servers.filter(({unavailable}) => !unavailable);
        this.whole = this.wholeAxis();
        this.placed = [];  // {element, from, to}: what is placed on the axis
        this.bars = new Map();
        this.ticks = el('div', {class: 'ticks', 'aria-hidden': 'true'});
        this.range = el('span', {class: 'quiet', role: 'status'});
        this.chart = el('div', {class: 'axis-chart', role: 'group', tabindex: 0, 'aria-labelledby': 'axis-title', 'aria-describedby': 'axis-keys'},
            el('div', {class: 'lane axis'}, el('span', {class: 'lane-name'}, 'µs'), this.ticks),
            ...servers.map((server) => this.serverRows(server, headOf)));
        this.element = el('figure', {class: 'time-axis'}, this.tools(), this.chart, this.legend());
        this.listen();
        this.show(this.whole);
    }

    wholeAxis() {
        const calls = this.traced.flatMap(ofMessage);
        const to = END_MARGIN * Math.max(1, ...calls.map(endOf), ...this.traced.map((server) => server.answered_us ?? 0));
        return {from: Math.max(Math.min(0, ...calls.map((call) => call.at_us)), -SHARE_BEFORE * to), to};
    }

    tools() {
        const tool = (text, label, keys, action) => el('button', {type: 'button', title: `${label} (${keys})`, 'aria-label': label, onclick: action}, text);
        return el('div', {class: 'actions axis-tools', role: 'group', 'aria-label': 'Time axis'},
            el('span', {id: 'axis-title', class: 'visually-hidden'}, 'Calls on the time axis'),
            tool('−', 'Zoom out', '−', () => this.zoom(ZOOM)), tool('+', 'Zoom in', '+', () => this.zoom(1 / ZOOM)),
            tool('←', 'Earlier', '←', () => this.move(-STEP)), tool('→', 'Later', '→', () => this.move(STEP)),
            tool('Whole message', 'Whole message', 'Home', () => this.show(this.whole)), this.range,
            el('span', {id: 'axis-keys', class: 'quiet'}, 'Keys in the chart: ', ...['+', '−', '←', '→', 'Home'].map((key) => el('kbd', {}, key)),
                '. Or drag it, pinch it, or turn the wheel with ', el('kbd', {}, 'Ctrl'), '.'));
    }

    legend() {
        const key = (kind, text) => el('span', {}, el('span', {class: `lane-key ${kind}`, 'aria-hidden': 'true'}), text);
        return el('figcaption', {class: 'code-legend'}, key('user', 'own code: between two calls of a thread; most of it is stops of the tracer, which cannot be told apart'),
            key('kernel', 'kernel: a call in which the thread did not sleep'),
            key('waiting', 'waiting: a call in which it slept; what the kernel did in it besides cannot be told apart'),
            key('sent', 'the client sends'), key('reply', 'the client has received the reply'),
            this.hasUnknown() ? el('span', {}, 'This trace does not say which calls slept: those of the stage wait, and those that began before the message, are shown as waiting.') : '');
    }

    hasUnknown() { return this.traced.some((server) => ofMessage(server).some(({sleeps}) => sleeps === undefined || sleeps === null)); }

    serverRows(server, headOf) {
        const head = el('h4', {}, headOf(server), server.name);
        const rows = el('section', {class: 'server-lanes', 'aria-label': `Lanes of ${server.name}`}, head);
        if (server.unavailable) {
            rows.append(el('p', {class: 'empty'}, `Not traced: ${server.unavailable}`));
            return rows;
        }
        const calls = ofMessage(server);
        head.append(el('span', {class: 'quiet'}, ` ${formatNumber(calls.length)} system calls for the message${
            Number.isFinite(server.answered_us) ? `, reply after ${microseconds(server.answered_us)} µs` : ''}`));
        const threads = [...new Set(calls.map(({thread}) => thread))];
        for (const thread of threads) {
            const own = calls.filter((call) => call.thread === thread).slice(0, MOST_BARS);
            const lanes = Object.fromEntries(Object.entries(LANES).map(([name, text]) => [name, this.lane(rows, server, name, threads.length > 1 ? `${text}, thread ${thread}` : text)]));
            for (const part of ownCode(own)) this.place(lanes.user, el('span', {class: 'part user', title: `own code, ${microseconds(part.to - part.from)} µs`}), part.from, part.to);
            for (const call of own) this.placeCall(lanes[laneOf(call)], server, call);
        }
        if (calls.length > MOST_BARS) rows.append(el('p', {class: 'quiet'}, `The first ${MOST_BARS} calls of each thread are drawn. The table lists all.`));
        return rows;
    }

    lane(rows, {answered_us: answered}, name, text) {
        const track = el('div', {class: 'track', 'aria-hidden': 'true'});
        rows.append(el('div', {class: `lane ${name}`}, el('span', {class: 'lane-name'}, text), track));
        this.place(track, el('span', {class: 'mark sent', title: 'the client begins to send'}), 0, 0);
        if (Number.isFinite(answered)) this.place(track, el('span', {class: 'mark', title: 'the client has received the reply'}), answered, answered);
        return track;
    }

    placeCall(track, server, call) {
        const text = callText(call);
        const bar = el('span', {class: `part call-bar of-${call.stage}`, title: `${text}, at ${microseconds(call.at_us)} µs, took ${microseconds(call.took_us)} µs`}, text);
        bar.addEventListener('pointerenter', () => this.onCall(server, call));
        bar.addEventListener('click', () => this.onCall(server, call));
        this.bars.set(call, bar);
        this.place(track, bar, call.at_us, endOf(call));
    }

    place(track, element, from, to) {
        this.placed.push({element, from, to});
        track.append(element);
    }

    // Marks calls, and no others.
    mark(calls) {
        for (const [call, bar] of this.bars) bar.classList.toggle('marked', calls.includes(call));
    }

    // Shows a part of the axis, {from, to}, within the whole.
    show({from, to}) {
        const length = Math.min(Math.max(to - from, SHORTEST), this.whole.to - this.whole.from);
        const begin = Math.min(Math.max(from, this.whole.from), this.whole.to - length);
        this.shown = {from: begin, to: begin + length};
        const share = (at) => 100 * (at - begin) / length;
        for (const {element, from: first, to: last} of this.placed) {
            const [left, right] = [Math.max(share(first), 0), Math.min(share(last), 101)];
            element.hidden = right < 0 || left > 100 || (first === last && share(first) < 0);
            element.classList.toggle('since-before', first < begin);
            element.style.left = `${left.toFixed(3)}%`;
            if (last > first) element.style.width = `${(right - left).toFixed(3)}%`;
        }
        this.drawTicks(share);
        const times = formatNumber((this.whole.to - this.whole.from) / length, 1);
        setText(this.range, `${microseconds(this.shown.from)} to ${microseconds(this.shown.to)} µs${times === '1.0' ? '' : `, ${times} times as large`}`);
    }

    drawTicks(share) {
        const {from, to} = this.shown;
        const step = roundStep((to - from) / (this.chart.clientWidth < 600 ? 3 : 6));
        const ticks = [];
        // A tick close to the end is left out, because its label would be cut off.
        const room = (to - from) * LABEL_PX / this.ticks.clientWidth;
        for (let at = Math.ceil(from / step) * step; at < to - room; at += step) {
            const tick = el('span', {class: 'tick'}, Math.abs(at) < step / 1000 ? 'sent' : formatNumber(at, step < 1 ? 1 : 0));
            tick.style.left = `${share(at).toFixed(3)}%`;
            ticks.push(tick);
        }
        this.ticks.replaceChildren(...ticks);
    }

    // Around a place given as a share of the shown part.
    zoom(factor, around = 0.5) {
        const {from, to} = this.shown;
        const length = Math.max((to - from) * factor, SHORTEST);
        const at = from + (to - from) * around;
        this.show({from: at - length * around, to: at + length * (1 - around)});
    }

    move(share) {
        const by = (this.shown.to - this.shown.from) * share;
        this.show({from: this.shown.from + by, to: this.shown.to + by});
    }

    listen() {
        const keys = {'+': () => this.zoom(1 / ZOOM), '=': () => this.zoom(1 / ZOOM), '-': () => this.zoom(ZOOM), '−': () => this.zoom(ZOOM),
            ArrowLeft: () => this.move(-STEP), ArrowRight: () => this.move(STEP), Home: () => this.show(this.whole)};
        this.chart.addEventListener('keydown', (event) => {
            if (!Object.hasOwn(keys, event.key) || event.ctrlKey || event.altKey || event.metaKey) return;
            event.preventDefault();
            keys[event.key]();
        });
        this.chart.addEventListener('wheel', (event) => {
            const {left, width} = this.ticks.getBoundingClientRect();
            if (event.ctrlKey) this.zoom(event.deltaY < 0 ? 1 / ZOOM : ZOOM, Math.min(Math.max((event.clientX - left) / width, 0), 1));
            else if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) this.move((event.deltaX || event.deltaY) / width);
            else return;
            event.preventDefault();
        }, {passive: false});
        this.listenToPointers();
        new ResizeObserver(() => this.show(this.shown)).observe(this.chart);
    }

    // One pointer drags the axis, two zoom it.
    listenToPointers() {
        const pointers = new Map();
        const shareOf = (x) => {
            const {left, width} = this.ticks.getBoundingClientRect();
            return (x - left) / width;
        };
        this.chart.addEventListener('pointerdown', (event) => {
            if (event.button === 0) pointers.set(event.pointerId, event.clientX);
        });
        this.chart.addEventListener('pointermove', (event) => {
            if (!pointers.has(event.pointerId)) return;
            const before = [...pointers.values()].map(shareOf);
            pointers.set(event.pointerId, event.clientX);
            const after = [...pointers.values()].map(shareOf);
            if (pointers.size === 1) this.move(before[0] - after[0]);
            else if (pointers.size === 2 && Math.abs(after[0] - after[1]) > 0.01)
                this.zoom(Math.abs(before[0] - before[1]) / Math.abs(after[0] - after[1]), (after[0] + after[1]) / 2);
        });
        for (const end of ['pointerup', 'pointercancel', 'pointerleave'])
            this.chart.addEventListener(end, (event) => pointers.delete(event.pointerId));
    }
}
