// "Why?" beside each server that costs more or less than the baseline: asks the service to explain the difference, under
// the load of the run or of a scenario's point, and shows the explanation. If the service cannot, it says why.
import {actionButton, el, guarded, isOver, setText, showWhile} from './kit.js';
import {explainedLoad} from './explained_load.js';
import {resultLinks, stateText, stepText} from './runs.js';

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

    // Adds the buttons to the rows of the run's table of verdicts, which is about this point.
    async offer(run, scenario, point, table) {
        const {bounds} = await this.app.servers();
        const {load, reason, options} = explainedLoad(run, scenario, point, bounds);
        const differing = point.servers.filter(({medians}) => ['less', 'more'].includes(medians?.ratio?.verdict));
        if (load) for (const server of differing) this.offerFor(server, point.baseline, load, table);
        else if (differing.length > 0) table.append(this.whyNot(reason, options, point.baseline, differing[0].title));
    }

    offerFor({title, medians}, baseline, load, table) {
        const row = [...table.querySelectorAll('table.verdicts tbody tr')].find((one) => one.querySelector('th').textContent === title);
        row.querySelector('td.verdict').append(' ', actionButton(this.app,
            {class: 'why', 'aria-label': `Why does ${title} cost ${medians.ratio.verdict} than ${baseline}?`}, 'Why?',
            () => this.ask(load, baseline, title)));
    }

    whyNot(reason, options, baseline, server) {
        const quoted = [baseline, server].map((title) => (title.includes(' ') ? `'${title}'` : title)).join(' ');
        return el('p', {class: 'quiet'}, `This page cannot explain differences under this load: ${reason}.`,
            ...(options ? [' In a terminal: ', el('code', {}, `./iomux compare explain ${quoted} ${options}`)] : []));
    }

    async ask(load, baseline, server) {
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
