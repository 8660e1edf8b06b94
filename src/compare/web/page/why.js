// "Why?" beside each server that costs more or less than the baseline: asks the service to explain the difference, under
// the load of the run, and shows the explanation.
import {actionButton, el, guarded, isOver, setText, showWhile} from './kit.js';
import {resultLinks, stateText, stepText} from './runs.js';

// What an explanation takes over from the run.
const LOAD = ['connections', 'size', 'depth', 'idle', 'rate'];

export class Why {
    constructor(app) {
        this.app = app;
        this.title = el('h3', {id: 'why-title', tabindex: -1});
        this.state = el('p', {role: 'status'});
        this.step = el('p', {class: 'quiet'});
        this.stop = actionButton(app, {hidden: true}, 'Stop', () => app.remove(`/api/runs/${this.id}`));
        this.links = el('span', {class: 'links'});
        this.summary = el('div');
        this.element = el('section', {id: 'why', hidden: true, 'aria-labelledby': 'why-title'}, this.title, this.state, this.step,
            el('p', {class: 'actions'}, this.stop, this.links), this.summary);
    }

    clear() {
        this.stopFollowing?.();
        this.stopFollowing = this.id = null;
        this.element.hidden = true;
    }

    // Adds the buttons to the rows of the run's table of verdicts.
    offer(run, point, table) {
        for (const row of table.querySelectorAll('table.verdicts tbody tr')) {
            const server = point.servers.find(({title}) => title === row.querySelector('th')?.textContent);
            const verdict = server?.medians?.ratio?.verdict;
            if (verdict !== 'less' && verdict !== 'more') continue;
            row.querySelector('td.verdict').append(' ', actionButton(this.app,
                {class: 'why', 'aria-label': `Why does ${server.title} cost ${verdict} than ${point.baseline}?`}, 'Why?',
                () => this.ask(run.request, point.baseline, server.title)));
        }
    }

    async ask(request, baseline, server) {
        const load = Object.fromEntries(LOAD.map((name) => [name, request[name] ?? null]));
        const run = await this.app.post('/api/runs', {kind: 'explanation', servers: [baseline, server], ...load});
        this.clear();
        this.id = run.id;
        this.element.hidden = false;
        this.title.textContent = `Why ${server} and ${baseline} differ`;
        this.summary.replaceChildren();
        this.update(run);
        this.title.focus();
        this.stopFollowing = this.app.follow(run.id, (newer) => this.update(newer));
    }

    update(run) {
        if (run.id !== this.id) return;
        setText(this.state, stateText(run));
        this.state.dataset.state = run.state;
        setText(this.step, stepText(run));
        showWhile(this.stop, !isOver(run));
        if (!isOver(run)) return this.links.replaceChildren();
        this.links.replaceChildren(...resultLinks(run));
        if (run.state === 'finished') guarded(this.app, () => this.showSummary(run.id), this.state);
    }

    async showSummary(id) {
        const {summary, warnings} = await this.app.get(`/api/results/${id}`);
        if (id !== this.id) return;
        this.summary.replaceChildren(...summary.map((sentence) => el('p', {}, sentence)),
            ...warnings.map((warning) => el('p', {class: 'quiet'}, `Warning: ${warning}.`)));
    }
}
