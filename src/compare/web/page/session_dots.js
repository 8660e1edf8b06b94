// A dot for the ratio of each session to the baseline, and the interval of all sessions together, in a row for each server.
// Drawn without Chart.js, and only after a session, so it costs nothing in between.
/* global hundredths, ratioText */
import {el} from './kit.js';
import {stylesOf} from './live_chart.js';
import {withoutNulls} from './verdicts.js';

// If there are more, every second one is left out, so that drawing does not grow with the run.
const MAX_DOTS = 60;
const ROW = 28;
const SVG = 'http://www.w3.org/2000/svg';
const MOST_TICKS = 6;

function svg(tag, attributes, ...children) {
    const element = document.createElementNS(SVG, tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children);
    return element;
}

export class SessionDots {
    constructor() {
        this.rows = el('div', {class: 'dots'});
        this.caption = el('figcaption', {});
        this.element = el('figure', {class: 'session-dots', hidden: true}, this.caption, this.rows);
        this.clear();
    }

    clear() {
        this.values = new Map();
        this.shown = '';
        this.element.hidden = true;
    }

    // `live`: a state of the run. Draws if a session has ended since the last state.
    addLive({latest, servers, baseline, sessions}, known) {
        const isNew = `${sessions}`;
        if (!latest || isNew === this.shown) return;
        this.shown = isNew;
        for (const {server, ratio} of latest.servers) this.add(server, ratio);
        this.draw({baseline, known, what: 'session', servers: servers.map(({title, ratio}) => ({title, medians: withoutNulls({ratio: ratio && {...ratio}})}))});
    }

    // Of a point of the results, in which every round of a server has its cost.
    showResults(point, known) {
        this.clear();
        const base = point.servers.find(({title}) => title === point.baseline)?.rounds ?? [];
        for (const {title, rounds = []} of point.servers)
            rounds.forEach((round, i) => round && base[i] && this.add(title, round.cpu_us_per_message / base[i].cpu_us_per_message));
        // A run that continues this one has these sessions already.
        this.shown = `${Math.max(0, ...point.servers.map(({rounds = []}) => rounds.length))}`;
        if (this.values.size > 0)
            this.draw({baseline: point.baseline, known, what: point.slice_seconds === undefined ? 'round' : 'session', servers: point.servers.filter(({medians}) => medians)});
    }

    add(title, value) {
        if (!Number.isFinite(value)) return;
        const values = this.values.get(title) ?? [];
        values.push(value);
        this.values.set(title, values.length <= MAX_DOTS ? values : values.filter((_, i) => i % 2 === 1));
    }

    draw({baseline, servers, known, what}) {
        this.element.hidden = false;
        this.caption.textContent = `CPU per message relative to ${baseline}: a dot for each ${what}; the bar is the 95 % confidence interval of all`;
        const styles = stylesOf(servers.map(({title}) => title), known);
        const rows = servers.map(({title, medians}) => ({title, ratio: medians?.ratio, dots: this.values.get(title) ?? [], text: ratioText({medians}) ?? '–'}));
        const scale = scaleOf(rows.flatMap(({ratio, dots}) => [...dots, ratio?.value, ratio?.low, ratio?.high]));
        this.rows.replaceChildren(...rows.map((row) => rowOf(row, scale, `var(--${styles.variable(row.title)})`)), axisOf(scale));
    }
}

// Where a value is, in per cent of the width. A wide range is logarithmic.
function scaleOf(values) {
    const known = values.filter((value) => Number.isFinite(value) && value > 0);
    const [least, most] = [Math.min(1, ...known), Math.max(1, ...known)];
    const isLogarithmic = most / least > 10;
    const of = isLogarithmic ? Math.log : (value) => value;
    const back = isLogarithmic ? Math.exp : (value) => value;
    const margin = Math.max(of(most) - of(least), 0.02) * 0.04;
    const [from, to] = [of(least) - margin, of(most) + margin];
    return {
        at: (value) => `${(100 * (of(value) - from) / (to - from)).toFixed(2)}%`,
        ticks: isLogarithmic ? powers(back(from), back(to)) : steps(from, to),
        textOf: isLogarithmic ? String : hundredths,
    };
}

// Round numbers between the two.
function steps(from, to) {
    const least = (to - from) / MOST_TICKS;
    const power = 10 ** Math.floor(Math.log10(least));
    const step = [1, 2, 5, 10].map((factor) => factor * power).find((one) => one >= least);
    return Array.from({length: MOST_TICKS + 1}, (_, i) => (Math.ceil(from / step) + i) * step).filter((value) => value <= to);
}

function powers(from, to) {
    const all = [0.01, 0.1, 1, 10, 100, 1000].flatMap((power) => [power, 2 * power, 5 * power]).filter((value) => value >= from && value <= to);
    return all.length <= MOST_TICKS ? all : all.filter((value) => Number.isInteger(Math.log10(value)));
}

function rowOf({title, ratio, dots, text}, {at}, colour) {
    const picture = svg('svg', {height: ROW, 'aria-hidden': 'true'},
        svg('line', {x1: at(1), x2: at(1), y1: 0, y2: ROW, class: 'one'}),
        // Apart from each other, so that equal ones can be counted.
        ...dots.map((value, i) => svg('circle', {cx: at(value), cy: (5 + (ROW - 10) * ((i * 0.618) % 1)).toFixed(1), r: 2.5})));
    picture.style.color = colour;
    if (Number.isFinite(ratio?.low))
        picture.append(svg('line', {x1: at(ratio.low), x2: at(ratio.high), y1: ROW / 2, y2: ROW / 2, class: 'interval'}));
    if (ratio) picture.append(svg('line', {x1: at(ratio.value), x2: at(ratio.value), y1: 4, y2: ROW - 4, class: 'middle'}));
    return el('div', {class: 'dots-row'}, el('span', {class: 'dots-name'}, title), picture, el('span', {class: 'dots-text'}, text));
}

function axisOf({at, ticks, textOf}) {
    const texts = svg('svg', {height: 18, 'aria-hidden': 'true'}, ...ticks.map((tick) => svg('text', {x: at(tick), y: 13, 'text-anchor': 'middle'}, textOf(tick))));
    return el('div', {class: 'dots-row axis'}, el('span', {}), texts, el('span', {}));
}
