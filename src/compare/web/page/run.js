// The view Run: a form, and the run that the address names or else the active run.
import {act, el, formatDate, guarded, isOver} from './kit.js';
import {FirstSight, isPicture} from './first_sight.js';
import {Pins} from './pins.js';
import {RunForm} from './run_form.js';
import {RunPanel} from './run_panel.js';
import {hashOf, isComparison, isScenario, stateName, titleOf} from './runs.js';
import {resultsOf, statementOf, summaryOf, verdictIn} from './verdicts.js';

export const mount = (root, app) => new RunView(root, app);

class RunView {
    constructor(root, app) {
        this.app = app;
        this.panel = new RunPanel(app, (request) => this.again(request), (request) => this.beginWith(request));
        this.pins = new Pins(app);
        this.panel.onPin = () => guarded(app, () => this.pins.show(), this.panel.pin);
        this.pins.onUnpin = () => this.panel.updatePin();
        this.formPlace = el('div');
        this.firstSight = new FirstSight(app, (request) => this.beginWith(request));
        this.newest = el('p', {class: 'newest', hidden: true});
        this.top = el('div', {}, this.newest, this.firstSight.element);
        // Shown when the form and the first sight are known, so that nothing moves.
        this.body = el('div', {class: 'run', hidden: true}, this.formPlace,
            el('div', {class: 'shown'}, this.panel.element, this.pins.element));
        root.append(el('h2', {class: 'visually-hidden'}, 'Run'), this.top, this.body);
        this.root = root;
        this.ready = this.load().finally(() => { this.body.hidden = false; });
        this.panel.onEnd = (run) => { if (isScenario(run)) guarded(app, () => this.showPicture(run), this.panel.state); };
        this.panel.onUpdate = (run) => { if (isPicture(run)) this.firstSight.follow(run); };
        app.onRunChange((run) => {
            if (run && isComparison(run) && !this.panel.id && !this.asked) this.showRun(run.id);
        });
    }

    async load() {
        // Together, so that what is below does not move when the rest arrives.
        const [known, own] = await Promise.all([this.app.servers(), this.loadOwn().catch(() => null)]);
        this.known = known;
        await this.firstSight.load(own, known.servers);
        this.panel.servers = this.known.servers;
        this.form = new RunForm(this.known, () => this.start());
        this.formPlace.append(this.form.element);
    }

    // The newest run of this machine comes before the picture. Returns the newest results that the picture can show, or null.
    // Without them, the page has the example.
    async loadOwn() {
        const {results} = await this.app.get('/api/results');
        const [run] = results.filter((one) => one.request && isComparison(one));
        this.newest.hidden = !run;
        if (!run) return null;
        const verdict = verdictIn(await summaryOf(this.app, run.id));
        this.newest.replaceChildren(el('strong', {}, 'Your newest run: '), el('a', {href: hashOf(run)}, titleOf(run)),
            `, ${formatDate(run.created)}. `, verdict ? statementOf(verdict) : '');
        const picture = results.find(isPicture);
        return picture ? summaryOf(this.app, picture.id) : null;
    }

    // The first sight is above the form, unless another run is shown; then it is below that.
    placeFirstSight() {
        const isAbove = this.root.firstElementChild.nextElementSibling === this.top;
        const belongsAbove = !this.panel.id || isPicture(this.panel.run);
        if (isAbove && !belongsAbove) this.root.append(this.top);
        else if (!isAbove && belongsAbove) this.root.firstElementChild.after(this.top);
    }

    async show([id]) {
        this.isShown = true;
        this.asked = Boolean(id);
        await (this.ready ??= this.load()).catch((error) => {
            this.ready = null;
            throw error;
        });
        await this.pins.show();
        const current = this.app.currentRun();
        const wanted = id ?? (current && isComparison(current) ? current.id : this.panel.id);
        if (wanted) await this.showRun(wanted);
        this.placeFirstSight();
    }

    hide() {
        this.isShown = false;
    }

    title() {
        const {run} = this.panel;
        return run ? `${titleOf(run)}, ${stateName(run)}` : '';
    }

    // Puts the run's id into the address, so that a reload shows it again.
    async showRun(id) {
        if (this.isShown && !location.hash.startsWith(`#run/${id}`)) this.app.readdress(`#run/${id}`);
        const isNew = this.panel.id !== id;
        await this.panel.show(id);
        this.placeFirstSight();
        if (isNew && this.isShown && this.asked) (isPicture(this.panel.run) ? this.firstSight : this.panel).bringIntoView();
        const {run} = this.panel;
        if (!run?.request) return;
        await this.ready;
        if (isScenario(run) || this.firstSight.liveRun) await this.showPicture(run);
    }

    // The picture shows the run while it is measured, then its results. If another run is shown, it no longer follows the
    // last one.
    async showPicture(run) {
        if (isPicture(run) && !isOver(run)) this.firstSight.follow(run);
        else this.firstSight.settle(isPicture(run) && run.state === 'finished' ? await resultsOf(this.app, run.id) : null);
    }

    async start() {
        if (!this.form.isValid()) return;
        await act(this.app, this.form.start, () => this.begin());
    }

    begin() {
        return this.beginWith(this.form.request());
    }

    again(request) {
        if (request.kind === 'scenario') return this.beginWith(request);
        this.form.fill(request);
        return this.begin();
    }

    async beginWith(request) {
        this.app.go(`#run/${(await this.app.post('/api/runs', request)).id}`);
    }
}
