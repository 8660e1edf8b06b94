// The view Learn: one short page per I/O mechanism (`#learn/epoll`), with the claims that the article the project started
// from (Python I/O multiplexing, 2020) makes about it, and the verdicts measured on this machine.
/* global FIGURES, claimElement, sentenceOn */
import {actionButton, el, formatDate, guarded, isOver, setText, showWhile} from './kit.js';
import {codeNameOf, hashOf, isComparison, kindOf, loadText, stateText, stepText} from './runs.js';
import {summaryOf} from './verdicts.js';

export const mount = (root, app) => new LearnView(root, app);

class LearnView {
    constructor(root, app) {
        this.app = app;
        this.contents = el('nav', {'aria-label': 'Models', class: 'models'});
        this.claimsTest = new ClaimsTest(app, () => guarded(app, () => this.showVerdicts(), this.tested));
        this.tested = el('p', {class: 'quiet'});
        this.page = el('article', {'aria-labelledby': 'model-title'});
        root.append(el('h2', {}, 'Learn'), el('p', {class: 'lead'},
            'How each I/O mechanism works and what it costs. Each page also lists what the article the project started from (Python I/O multiplexing, 2020) claims about the mechanism. An experiment tests each claim on this machine.'),
        el('div', {class: 'learn'}, this.contents, this.page));
    }

    async show([id]) {
        this.asked = id;
        this.models = await (this.loading ??= this.load().catch((error) => {
            this.loading = null;
            throw error;
        }));
        await this.showVerdicts();
        if (id !== this.asked) return;  // meanwhile another model was requested
        const model = this.models.find((one) => one.id === id) ?? this.model ?? this.models[0];
        if (model !== this.model) this.showModel(model);
        await this.showComparison(model);
    }

    title() {
        return this.model?.title;
    }

    async load() {
        const [{models}, {servers}] = await Promise.all([this.app.get('/learn.json'), this.app.servers()]);
        this.servers = servers;
        this.contents.replaceChildren(...models.map(({id, title}) => el('a', {href: `#learn/${id}`}, title)));
        return models;
    }

    showModel(model) {
        this.model = model;
        [...this.contents.children].forEach((link, i) => {
            if (this.models[i] === model) link.setAttribute('aria-current', 'page');
            else link.removeAttribute('aria-current');
        });
        this.claims = el('ul', {class: 'claims'});
        this.compared = el('p', {class: 'quiet'});
        this.page.replaceChildren(el('h3', {id: 'model-title'}, model.title), ...model.text.map((text) => el('p', {}, text)),
            el('p', {class: 'quiet'}, `Man pages: ${model.man.join(', ')}.`),
            el('h4', {}, 'Servers to compare'), this.serversOf(model), this.comparisonOf(model), this.compared,
            el('h4', {}, 'Claims of the article'), this.tested, this.claimsTest.element, this.claims);
        this.fillClaims();
    }

    // Links to each server's code and trace, beside the first other server of the page.
    serversOf({servers}) {
        const found = servers.map((name) => this.servers.find((server) => server.name === name)).filter((server) => server);
        return el('ul', {class: 'model-servers'}, ...found.map((server) => {
            const beside = found.find((other) => other !== server);
            return el('li', {}, el('b', {}, server.name), `: ${server.summary} `, server.unavailable === null
                ? el('span', {class: 'links'}, ...linksTo(server, beside)) : el('span', {class: 'quiet'}, `(not available on this machine: ${server.unavailable})`));
        }));
    }

    comparisonOf(model) {
        const request = this.requestOf(model);
        return el('p', {class: 'actions'}, actionButton(this.app, {}, `Compare ${request.servers.join(', ')}`, async () =>
            this.app.go(hashOf(await this.app.post('/api/runs', request)))), el('span', {class: 'quiet'}, loadText(request)));
    }

    requestOf({compare}) {
        const isHere = (name) => this.servers.some((server) => server.name === name && server.unavailable === null);
        return {...compare, servers: compare.servers.filter(isHere)};
    }

    // The result of the newest run of the model's comparison.
    async showComparison(model) {
        const asked = Object.entries(this.requestOf(model)).map(([name, value]) => [name, JSON.stringify(value)]);
        const {results} = await this.app.get('/api/results');
        const newest = results.find((run) => isComparison(run) && asked.every(([name, value]) => JSON.stringify(run.request[name]) === value));
        const scenario = newest && (await summaryOf(this.app, newest.id)).scenarios[0];
        if (model !== this.model) return;
        this.compared.replaceChildren(...(scenario ? [el('a', {href: hashOf(newest)}, `Result of ${formatDate(newest.created)}`),
            `: ${sentenceOn(scenario, FIGURES.ratio)}`] : []));
    }

    async showVerdicts() {
        const {claims, of} = await this.app.get('/api/claims');
        this.known = new Map(claims.map((claim) => [claim.id, claim]));
        this.tested.replaceChildren(of ? `Tested on ${formatDate(of.created)}.` : 'Not tested on this machine yet.');
        this.fillClaims();
    }

    fillClaims() {
        if (!this.model) return;
        const claims = this.model.claims.map((id) => this.known.get(id)).filter((claim) => claim);
        this.claims.replaceChildren(...claims.map(claimElement));
    }
}

function linksTo(server, beside) {
    const words = (names) => names.filter((name) => name).map(encodeURIComponent).join('/');
    const code = codeNameOf(server);
    return [code ? el('a', {href: `#read/${words([code, beside && codeNameOf(beside)])}`, 'aria-label': `Read ${server.name}`}, 'Read') : '',
        el('a', {href: `#see/${words([server.name, beside?.name])}`, 'aria-label': `See ${server.name}`}, 'See')];
}

// Tests all claims in one run.
class ClaimsTest {
    constructor(app, onEnd) {
        this.app = app;
        this.onEnd = onEnd;
        this.start = actionButton(app, {}, 'Test the claims on this machine', async () =>
            this.follow((await app.post('/api/runs', {kind: 'claims', quick: true})).id));
        this.stop = actionButton(app, {hidden: true}, 'Stop', () => app.remove(`/api/runs/${this.id}`));
        this.state = el('span', {role: 'status'});
        this.about = el('span', {class: 'quiet'}, 'tests all claims of the article in about 30 seconds');
        this.step = el('p', {class: 'quiet', hidden: true});
        this.element = el('div', {class: 'claims-test'}, el('p', {class: 'actions'}, this.start, this.about, this.stop, this.state), this.step);
        app.onRunChange((run) => {
            if (run && kindOf(run) === 'claims') this.follow(run.id);
        });
    }

    follow(id) {
        if (this.id === id) return;
        this.stopFollowing?.();
        this.id = id;
        this.ended = false;
        this.stopFollowing = this.app.follow(id, (run) => this.update(run));
    }

    update(run) {
        const over = isOver(run);
        const text = run.state === 'finished' ? '' : stateText(run);
        setText(this.state, text);
        setText(this.step, stepText(run));
        this.step.hidden = this.step.textContent === '';
        showWhile(this.start, over);
        this.about.hidden = !over;
        showWhile(this.stop, !over);
        if (!over || this.ended) return;
        this.ended = true;
        this.onEnd();
    }
}
