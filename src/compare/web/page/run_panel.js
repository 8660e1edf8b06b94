// The part of the view Run that shows a run: its state, live figures, charts and verdicts.
import {actionButton, el, formatDate, formatNumber, guarded, isOver, loadScript, setText, showWhile} from './kit.js';
import {History} from './history.js';
import {LiveCharts, NO_CHARTS, loadCharts} from './live_chart.js';
import {SessionDots} from './session_dots.js';
import {LiveTable} from './live_table.js';
import {isPinned, togglePin} from './pins.js';
import {hashOf, isComparison, isScenario, loadText, resultLinks, stateText, stepText, titleOf} from './runs.js';
import {pointOf, resultsOf, statementOf, statementsIn, verdictsOf} from './verdicts.js';
import {Why} from './why.js';

// Figures are redrawn at most so often, less often if the user prefers reduced motion.
const REDRAW_MS = 500;
const SLOW_REDRAW_MS = 1000;
// Of the run that goes on until it is sure, with a limit on its time.
const SURE_PERCENT = 2;
const SURE_SECONDS = 300;
const reducedMotion = matchMedia('(prefers-reduced-motion: reduce)');

const UNTIL_SURE = {precision_percent: SURE_PERCENT, budget_seconds: SURE_SECONDS};

// The same request, until all intervals are narrow.
function surer({rounds, milliseconds, ...request}) {
    return {...request, sessions: null, ...UNTIL_SURE};
}

// The number of sessions that a run can go on from; 0 if it must begin anew: a scenario, windows, and the servers of
// --server, whose commands the results do not have.
function sessionsToContinue(run, point) {
    if (isScenario(run) || point?.slice_seconds === undefined || point.servers.some(({origin}) => origin === 'brought')) return 0;
    return Math.max(...point.servers.map(({rounds = []}) => rounds.length));
}

export class RunPanel {
    // `onAgain`: called with a request to run again; `onContinue`: with one that continues a run.
    constructor(app, onAgain, onContinue) {
        this.app = app;
        this.onAgain = onAgain;
        this.onContinue = onContinue;
        this.servers = [];
        this.title = el('h2', {id: 'run-title'}, 'No run of your own yet');
        this.about = el('p', {class: 'lead'}, 'Choose servers and one load, then press Start. The figures of the servers appear here while they are measured.');
        this.state = el('p', {role: 'status', id: 'run-state'});
        this.step = el('p', {class: 'quiet', id: 'run-step'});
        this.progress = el('progress', {hidden: true, 'aria-label': 'Share of the time that has passed'});
        this.stop = actionButton(app, {hidden: true}, 'Stop', () => app.remove(`/api/runs/${this.id}`));
        this.stopAll = actionButton(app, {hidden: true}, 'Stop this and all queued runs', () => this.stopAllRuns());
        this.pin = el('button', {type: 'button', hidden: true, onclick: () => this.togglePin()}, 'Pin');
        this.again = actionButton(app, {hidden: true}, 'Run again', () => onAgain(this.run.request));
        this.links = el('span', {class: 'links'});
        this.charts = el('div', {class: 'charts'});
        this.verdict = el('div', {class: 'main-verdict', id: 'verdict'});
        this.table = new LiveTable();
        this.verdicts = el('div', {id: 'verdicts'});
        this.why = new Why(app);
        this.dots = new SessionDots();
        this.element = el('section', {'aria-labelledby': 'run-title'}, this.title, this.about, this.state, this.step, this.progress,
            el('p', {class: 'actions'}, this.stop, this.stopAll, this.pin, this.again, this.links),
            this.verdict, this.dots.element, this.verdicts, this.why.element, this.charts, this.table.element);
    }

    async show(id) {
        if (this.id === id) return;
        this.stopFollowing?.();
        this.id = id;
        this.run = null;
        this.clear();
        try {
            const run = await this.app.get(`/api/runs/${id}`);
            if (this.id !== id) return;
            if (!isComparison(run)) {
                this.id = null;
                return location.replace(hashOf(run));
            }
            if (run.request?.continues && !isOver(run)) await this.showSessionsBefore(run);
            if (this.id !== id) return;
            this.update(run);
        } catch (error) {
            if (this.id === id) this.id = null;
            throw error;
        }
        if (!isOver(this.run)) this.stopFollowing = this.app.follow(id, (run) => this.update(run));
    }

    // The sessions that a run has from the one that it continues. Its live figures have them, but not each by itself.
    async showSessionsBefore({id, request}) {
        const results = await resultsOf(this.app, request.continues).catch(() => null);  // they may have been removed
        const point = results && pointOf(results);
        if (this.id !== id || !point) return;
        await this.drawDots(() => this.dots.showResults(point, this.servers));
        if (this.id === id) this.history = History.ofResults(point, {isOver: false});
    }

    // The button, and what it does, below a verdict that is in doubt.
    goOnFrom(run, results) {
        const sessions = sessionsToContinue(run, pointOf(results));
        const goOn = actionButton(this.app, {}, `Measure on until it is sure (±${SURE_PERCENT} %)`,
            () => (sessions > 0 ? this.onContinue({continues: run.id, ...UNTIL_SURE}) : this.onAgain(surer(run.request))));
        const remark = sessions > 0 ? `goes on from the ${formatNumber(sessions)} ${sessions === 1 ? 'session' : 'sessions'} of this run` : 'a new run, with more sessions';
        return el('p', {class: 'actions'}, goOn, el('span', {class: 'quiet'}, remark));
    }

    // In a narrow window the run is below the form.
    bringIntoView() {
        if (this.state.getBoundingClientRect().bottom > innerHeight) this.element.scrollIntoView();
    }

    clear() {
        clearTimeout(this.redrawing);
        this.redrawing = undefined;
        this.drawnAt = -Infinity;
        this.clearCharts();
        this.verdicts.replaceChildren();
        this.why.clear();
        this.verdict.replaceChildren();
        this.dots.clear();
        for (const action of [this.stop, this.stopAll, this.again]) showWhile(action, false);
        this.pin.hidden = this.progress.hidden = true;
        for (const text of [this.about, this.state, this.step, this.links]) text.replaceChildren();
        this.title.textContent = 'Run';
        this.table.clear();
    }

    clearCharts() {
        this.liveCharts?.destroy();
        this.liveCharts = this.history = null;
        this.charts.replaceChildren();
    }

    update(run) {
        if (run.id !== this.id) return;
        const ends = isOver(run) && this.run && !isOver(this.run);
        const isNew = run.state !== this.run?.state || run.place !== this.run?.place;
        this.run = run;
        if (isNew) this.updateState(run);
        if (!isScenario(run)) this.addFigures(run.live);
        this.onUpdate(run);
        if (isNew) this.draw();
        else this.drawLater();
        if (isNew && run.state === 'finished') this.showResults(run);
        if (ends) this.onEnd(run);
    }

    updateState(run) {
        this.title.textContent = titleOf(run);
        this.about.textContent = `${run.request ? `${loadText(run.request)}. ` : ''}Requested on ${formatDate(run.created)}.`;
        if (run.request?.continues) this.about.append(' It continues ', el('a', {href: `#run/${run.request.continues}`}, 'an earlier run'), '.');
        this.state.textContent = stateText(run);
        this.state.dataset.state = run.state;
        showWhile(this.stop, !isOver(run));
        this.progress.hidden = this.step.hidden = run.state !== 'running';
        showWhile(this.again, isOver(run) && run.request);
        this.links.replaceChildren(...resultLinks(run));
        this.updatePin();
        this.updateQueue();
        this.app.retitle();
    }

    updatePin() {
        if (!this.run) return;
        this.pin.hidden = this.run.state !== 'finished' || isScenario(this.run);
        this.pin.textContent = isPinned(this.id) ? 'Unpin' : 'Pin';
    }

    togglePin() {
        togglePin(this.id);
        this.updatePin();
        this.onPin();
    }

    async waiting() {
        return (await this.app.get('/api/runs')).runs.filter((run) => run.state === 'queued' && run.id !== this.id);
    }

    updateQueue() {
        if (this.run.state !== 'running') return showWhile(this.stopAll, false);
        guarded(this.app, async () => showWhile(this.stopAll, (await this.waiting()).length > 0), this.state);
    }

    async stopAllRuns() {
        for (const run of await this.waiting()) await this.app.remove(`/api/runs/${run.id}`);
        await this.app.remove(`/api/runs/${this.id}`);
    }

    addFigures(live) {
        if (live.servers.length === 0) return;
        // A run may turn out to need windows instead of sessions.
        if (this.history && this.history.inSessions !== (live.sessions !== null)) this.clearCharts();
        this.history ??= History.ofLive(live);
        this.history.addLive(live, performance.now());
    }

    drawLater() {
        const wait = this.drawnAt + (reducedMotion.matches ? SLOW_REDRAW_MS : REDRAW_MS) - performance.now();
        this.redrawing ??= setTimeout(() => this.draw(), Math.max(wait, 0));
    }

    draw() {
        clearTimeout(this.redrawing);
        this.redrawing = undefined;
        this.drawnAt = performance.now();
        const {live} = this.run;
        setText(this.step, stepText(this.run));
        this.table.show(live);
        this.progress.max = Math.max(live.seconds, 1);
        this.progress.value = live.seconds - (live.step?.seconds_left ?? live.seconds);
        this.showVerdict(live.verdict);
        if (live.servers.length === 0 || isScenario(this.run)) return;
        this.drawCharts(live.servers.map((server) => server.title));
        this.drawDots(() => this.dots.addLive(live, this.servers));
        if (!document.hidden) this.liveCharts?.redraw();
    }

    // Their colours are loaded first. Later they are drawn at once, together with the rest.
    async drawDots(draw) {
        if (this.hasColours) return draw();
        const {id} = this;
        try {
            await loadScript('/chart_style.js');
        } catch {
            return;
        }
        this.hasColours = true;
        if (id === this.id) draw();
    }

    // Of the sessions so far. That of the results is shown with them.
    showVerdict(verdict) {
        if (this.run.state === 'finished') return;
        const text = (!isOver(this.run) && verdict?.text) || '';
        if (this.verdict.textContent !== text) this.verdict.replaceChildren(text ? statementOf(verdict) : '');
    }

    async drawCharts(titles) {
        if (this.liveCharts || this.charts.childElementCount > 0) return;
        const {id} = this;
        this.charts.append(el('p', {class: 'quiet'}, 'Loading charts …'));
        try {
            await loadCharts();
        } catch {
            this.charts.replaceChildren(el('p', {class: 'quiet'}, NO_CHARTS));
            return;
        }
        // Meanwhile another run may be shown.
        if (id === this.id) this.liveCharts ??= new LiveCharts(this.charts, titles, this.servers, this.history);
    }

    showResults(run) {
        return guarded(this.app, async () => {
            const results = await resultsOf(this.app, run.id);
            if (run.id !== this.id) return;
            this.verdict.replaceChildren(...statementsIn(results, this.goOnFrom(run, results)));
            this.verdicts.replaceChildren(...verdictsOf(results));
            this.table.element.hidden = true;
            const point = pointOf(results);
            if (!point) return;
            this.drawDots(() => this.dots.showResults(point, this.servers));
            await this.why.offer(run, results.scenarios[0], point, this.verdicts);
            if (run.id !== this.id || isScenario(run)) return;
            // What the page has seen of the run may be little: it was opened late, or the rounds were short.
            this.history = History.ofResults(point);
            this.liveCharts?.show(this.history);
            await this.drawCharts(point.servers.map((server) => server.title));
        }, this.state);
    }
}
