// What a visitor sees first: what idle connections cost, and the answers to three questions. They are those of an example
// that the page brings along, until they have been measured on this machine.
/* global FIGURES, SURENESS, counted, gapsIn, isKnown, labelOf, number, seriesIn, shownTitle, strengthMark, unrankedText, valueText */
import {actionButton, cell, el, formatDate, headRow, scrollable, showWhile} from './kit.js';
import {NO_CHARTS} from './live_chart.js';
import {PointsChart} from './points_chart.js';
import {statementOf, withoutNulls} from './verdicts.js';

const SCENARIO = 'idle';
const LIBRARY = 'CPU cost of Asio relative to raw epoll';
// The questions of the results that are shown, as older versions have worded them too. They name the numbers that were
// measured. Of several questions about busy connections, the first one is about the fewest.
const QUESTIONS = [/^Cheapest for [\d,]+ (busy )?connections?$/, /^Cheapest (for|with) [\d,]+ idle connections?/, RegExp(`^${LIBRARY}$`)];
const BASELINE = 'minimal';
// Seconds for each point.
const BUDGET = 20;
const REDRAW_MS = 500;

// Whether a run measures what the picture shows.
export const isPicture = (run) => run?.request?.kind === 'scenario' && run.request.scenario === SCENARIO;

export class FirstSight {
    // `onMeasure`: called with a request for a run that measures what the picture shows.
    constructor(app, onMeasure) {
        this.app = app;
        this.badge = el('p', {class: 'badge'});
        this.about = el('p', {class: 'quiet'});
        this.chart = new PointsChart('CPU time per message of each server by number of idle connections; the table below has the figures');
        this.gaps = el('div', {class: 'gaps'});
        this.figure = el('figure', {}, el('figcaption', {}, 'CPU time per message with 10 busy connections, relative to a bare epoll loop (minimal). Bars: 95 % confidence intervals.'),
            this.chart.element);
        this.answers = el('dl', {class: 'answers'});
        this.sureness = el('p', {class: 'quiet sureness'});
        this.table = el('div');
        this.measure = actionButton(app, {class: 'main'}, 'Measure this on my machine', () => onMeasure(this.request()));
        this.other = el('button', {type: 'button', hidden: true, onclick: () => this.toggle()});
        this.state = el('p', {class: 'quiet', id: 'first-state'});
        this.element = el('section', {class: 'first', 'aria-labelledby': 'first-title', hidden: true},
            this.badge, el('h2', {id: 'first-title'}, 'What does an idle connection cost?'), this.about,
            el('div', {class: 'actions'}, this.measure, this.other, this.state),
            el('div', {class: 'picture'}, el('div', {}, this.figure, this.gaps), el('div', {}, this.answers, this.sureness)),
            el('details', {}, el('summary', {}, 'The picture as a table'), this.table));
    }

    // Shows the answers, then loads what the picture needs. Without the example, nothing is shown. `own`: the newest results
    // of this machine, or null. `servers`: as GET /api/servers returns them.
    async load(own, servers) {
        try {
            this.example = withoutNulls(await (await fetch('/example.json')).json());
        } catch {
            return;
        }
        this.own = own;
        this.servers = servers;
        this.show(own ?? this.example);
        this.element.hidden = false;
        this.loaded = this.chart.load().then(() => this.draw(), () => {
            this.figure.replaceChildren(el('p', {class: 'quiet'}, NO_CHARTS));
        });
    }

    // The servers of the example that are available here.
    request() {
        const titles = scenarioOf(this.example).points[0].servers.map(({title}) => title);
        const servers = titles.filter((title) => this.servers.some(({name, unavailable}) => name === title && unavailable === null));
        return {kind: 'scenario', scenario: SCENARIO, servers, quick: false, budget_seconds: BUDGET};
    }

    bringIntoView() {
        this.element.scrollIntoView({block: 'nearest'});
    }

    draw() {
        if (this.chart.isLoaded) this.chart.show(this.scenario);
    }

    toggle() {
        this.show(this.shown === this.example ? this.own : this.example);
        this.draw();
    }

    show(results) {
        this.shown = results;
        this.scenario = scenarioOf(results);
        const isExample = results === this.example;
        this.badge.textContent = isExample ? 'Example from another machine' : 'Measured on this machine';
        this.about.textContent = aboutText(results);
        this.answers.replaceChildren(...answersOf(results));
        this.sureness.textContent = `${SURENESS} ${unrankedText(results)}`;
        this.showTable();
        this.measure.textContent = isExample && !this.own ? 'Measure this on my machine' : 'Measure again on my machine';
        this.other.hidden = !this.own;
        this.other.textContent = isExample ? 'Show my machine' : 'Show the example';
        this.state.textContent = this.purpose();
    }

    // What the button measures.
    purpose() {
        const most = Math.max(...scenarioOf(this.example).points.map(({at}) => at.idle));
        return `Measures ${counted(this.request().servers.length, 'server')} with up to ${number(most)} idle connections, which takes a few minutes. The first points appear within seconds.`;
    }

    // The figures of the picture, and why some are missing.
    showTable() {
        this.table.replaceChildren(tableOf(this.scenario));
        this.gaps.replaceChildren(...gapsIn(this.scenario).map((text) => el('p', {class: 'quiet'}, text)));
    }

    // Shows the points that a run has measured so far.
    follow(run) {
        if (run.state !== 'running' || !this.example) return;
        this.liveRun = run;
        this.redrawing ??= setTimeout(() => this.drawLive(), Math.max(0, (this.drawnAt ?? -REDRAW_MS) + REDRAW_MS - performance.now()));
    }

    drawLive() {
        this.redrawing = undefined;
        const run = this.liveRun;
        if (!run) return;
        showWhile(this.measure, false);
        this.other.hidden = true;
        const scenario = run.live.scenario && liveScenario(run.live, this.servers);
        const isMeasured = Boolean(scenario?.points.some(({servers}) => servers.some(({medians}) => medians)));
        this.state.textContent = isMeasured ? '' : 'Starting the servers on this machine …';
        // Until then the last picture stays, and the first points are drawn at once.
        if (!isMeasured) return;
        this.drawnAt = performance.now();
        this.badge.textContent = 'This machine, while it is measured';
        this.about.textContent = 'Each session makes the intervals narrower.';
        this.answers.replaceChildren(...run.live.scenario.points.map((point) => liveAnswer(point, run.live.servers.length)));
        this.scenario = scenario;
        this.showTable();
        if (!document.hidden) this.draw();
    }

    // A run is over, or another one is shown. `own`: its results, if it has measured what the picture shows.
    settle(own) {
        if (!this.example) return;
        clearTimeout(this.redrawing);
        this.liveRun = this.redrawing = undefined;
        showWhile(this.measure, true);
        this.own = own ?? this.own;
        this.show(this.own ?? this.example);
        this.draw();
    }
}

const scenarioOf = (results) => results.scenarios.find(({name}) => name === SCENARIO);

// What is known of the points so far, in the form of the results. Before its first session has ended, a point has the
// ratios of its last slices, without intervals.
function liveScenario(live, known) {
    const {scenario, servers: all} = live;
    const serverAt = (point, title) => {
        const {ratio, cpu_us_per_message: cpu, failed} = point.servers.find(({server}) => server === title) ?? firstOf(title, point, live);
        const skipped = point.skipped.find(({server}) => server === title)?.why;
        const {program, name} = known.find((one) => one.name === title) ?? {};
        return withoutNulls({title, program, name, skipped, failed, medians: ratio && {ratio: {...ratio}, cpu_us_per_message: cpu}});
    };
    return {name: scenario.name, varies: Object.keys(scenario.points[0].at), points: scenario.points.map((point) => ({
        at: point.at, label: point.label, baseline: BASELINE,
        servers: all.map(({title}) => serverAt(point, title)),
    }))};
}

function firstOf(title, point, {scenario: {points}, point: current, slices}) {
    if (point !== points[current - 1] || !slices) return {};
    const costOf = (name) => slices.servers.find(({server}) => server === name)?.cpu_us_per_message;
    const value = costOf(title) / costOf(BASELINE);
    return Number.isFinite(value) ? {ratio: {value}, cpu_us_per_message: costOf(title)} : {};
}

// `count`: of the servers that are measured.
function liveAnswer({label, verdict, sessions, skipped}, count) {
    const isSkipped = skipped.length === count;
    const state = sessions > 0 ? counted(sessions, 'session') : isSkipped ? 'cannot be measured here' : 'not measured yet';
    const text = verdict && verdict.strength !== 'too_few' ? statementOf(verdict) : isSkipped ? `${skipped[0].why}.` : '…';
    return el('div', {}, el('dt', {}, el('strong', {}, label), ` ${state}`), el('dd', {class: 'why'}, text));
}

// `AMD EPYC · 2 cores · virtual machine · Linux 6.18 · 30 Nov 2026, 13:20:01`
function aboutText({environment: {cpu, cores, virtual_machine: isVirtual, kernel}, created}) {
    return [cpu, cores && `${cores} ${cores === 1 ? 'core' : 'cores'}`, isVirtual && 'virtual machine', kernel, formatDate(created)]
        .filter((part) => part).join(' · ');
}

function answersOf({brief}) {
    return QUESTIONS.flatMap((question) => brief.find((one) => question.test(one.question)) ?? [])
        .map((one) => el('div', {}, el('dt', {}, one.question === LIBRARY ? `What a library costs: ${one.question}` : one.question), ...answerOf(one)));
}

function answerOf({answer, why, command}) {
    if (!answer) return [el('dd', {class: 'answer'}, 'Not measured'), el('dd', {class: 'why'}, 'To measure it, run ', el('code', {}, command))];
    // A single load is that of the question.
    const loadOf = ({load, point}) => (why.length > 1 && (load || point) ? `${load || point}: ` : '');
    return [el('dd', {class: 'answer'}, answer), ...why.map((reason) => el('dd', {class: 'why'},
        strengthMark(reason.strength, reason.sure), ` ${loadOf(reason)}${reason.text}.`))];
}

function tableOf(scenario) {
    return scrollable('CPU time per message by idle connections', el('table', {},
        el('caption', {}, 'CPU time per message with 10 busy connections relative to minimal, with its 95 % confidence interval'),
        headRow('server', ...scenario.points.map(labelOf)),
        el('tbody', {}, ...seriesIn(scenario).map(({title, rows}) => el('tr', {}, el('th', {scope: 'row'}, shownTitle(title, rows.find((row) => row))),
            ...rows.map((row) => (row && isKnown(FIGURES.ratio, row) ? cell(valueText(FIGURES.ratio, row)) : remark(row))))))));
}

const remark = (row) => el('td', {class: 'remark'}, row?.skipped ?? row?.failed ?? '–');
