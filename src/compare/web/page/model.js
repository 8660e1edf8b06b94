// The view Choose: a load, and the servers that suit it, from what was measured on this machine (`#model/1000/10/none/0/64`:
// connections, percentage of active ones, kind and µs of the handler, bytes per message).
import {actionButton, el, formatDate, guarded, parseFile, wellFormed} from './kit.js';
import {QUESTIONS, answerOf, isResultsFile, choiceOf} from './model_answer.js';
import {hashOf} from './runs.js';
import {summaryOf, withoutNulls} from './verdicts.js';
/* global capitalised, labelOf */

const SCENARIOS = QUESTIONS.map(({scenario}) => scenario);
const SERVERS = {slow: ['epoll', 'io_uring', 'callbacks', 'pool', 'blocking'], other: ['minimal', 'select', 'poll', 'epoll', 'io_uring', 'callbacks']};
const USUAL = ['1000', '10', 'none', '100', '64'];
const COMMAND = `./iomux compare run ${SCENARIOS.join(' ')} --quick --json model.json`;

export const mount = (root, app) => new ModelView(root, app);

class ModelView {
    constructor(root, app) {
        this.app = app;
        this.sources = new Map();  // by scenario: {scenario, created, hash}
        const number = (id, label, hint, min, max) => {
            const input = el('input', {type: 'number', id: `model-${id}`, min, max, required: true, oninput: () => this.changed()});
            this[id] = input;
            return el('label', {class: 'field', for: input.id}, label, input, el('span', {class: 'quiet'}, hint));
        };
        this.handler = el('select', {id: 'model-handler', oninput: () => this.changed()},
            ...[['none', 'replies at once'], ['busy', 'computes'], ['sleep', 'waits (for a disk, another service)']].map(([value, text]) => el('option', {value}, text)));
        this.fields = el('div', {class: 'model-fields'}, number('connections', 'Connections', 'open at the same time', 1, 1000000),
            number('active', 'Active, %', 'the share that sends messages', 1, 100),
            el('label', {class: 'field', for: 'model-handler'}, 'The handler', this.handler, el('span', {class: 'quiet'}, 'what a message needs before its reply')),
            number('handlerUs', 'Handler time, µs', 'for each message', 1, 10000000), number('size', 'Bytes per message', '', 1, 1048576));
        this.verdict = el('div', {class: 'model-verdict', role: 'status'});
        this.answers = el('dl', {class: 'answers'});
        this.file = el('input', {type: 'file', id: 'model-file', accept: '.json,application/json', onchange: () => guarded(this.app, () => this.readFile(), this.file)});
        root.append(el('h2', {}, 'Which model for me'), el('p', {class: 'lead'},
            'Describe your load. The answer is the nearest point that was measured on this machine; nothing is interpolated.'),
        el('form', {class: 'model-form', onsubmit: (event) => event.preventDefault()}, this.fields), this.verdict, this.answers,
        el('details', {class: 'by-hand'}, el('summary', {}, 'Measure in a terminal instead'), el('p', {}, 'This command measures all four questions: ', el('code', {}, COMMAND)),
            el('label', {class: 'field', for: 'model-file'}, 'Then choose the file that it wrote. It stays in this browser.', this.file)));
        this.fill(USUAL);
        app.onRunChange((run) => { if (this.isShown && !run) guarded(app, () => this.reload(), this.verdict); });
    }

    async show(words) {
        this.isShown = true;
        if (words.length === USUAL.length) this.fill(words);
        await this.reload();
    }

    hide() { this.isShown = false; }

    title() {
        const {connections, active} = this.load();
        return QUESTIONS[0].asked({connections, active});
    }

    fill([connections, active, handler, handlerUs, size]) {
        Object.assign(this.connections, {value: connections});
        Object.assign(this.active, {value: active});
        this.handler.value = ['busy', 'sleep'].includes(handler) ? handler : 'none';
        Object.assign(this.handlerUs, {value: handlerUs});
        Object.assign(this.size, {value: size});
    }

    load() {
        const [connections, active, handlerUs, size] = ['connections', 'active', 'handlerUs', 'size'].map((name) => this[name].valueAsNumber);
        return {connections, active, handler: this.handler.value, handlerUs, size};
    }

    changed() {
        this.showAnswers();
        if (!this.isValid()) return;
        const {connections, active, handler, handlerUs, size} = this.load();
        history.replaceState(null, '', `#model/${[connections, active, handler, handlerUs, size].join('/')}`);
        this.app.retitle();
    }

    isValid() {
        return [this.connections, this.active, this.handlerUs, this.size].every((input) => input.validity.valid);
    }

    // The newest stored results of each scenario, unless a file was chosen for it.
    async reload() {
        const {servers} = await this.app.servers();
        this.available = servers.filter(({unavailable}) => !unavailable).map(({name}) => name);
        for (const name of SCENARIOS) {
            if (this.sources.get(name)?.isFile) continue;
            const {results} = await this.app.get(`/api/results?${new URLSearchParams({search: `scenario ${name}`, limit: 20})}`);
            const run = results.find(({request}) => request.kind === 'scenario' && request.scenario === name);
            if (!run || this.sources.get(name)?.hash === hashOf(run)) continue;
            const scenario = (await summaryOf(this.app, run.id)).scenarios.find((one) => one.name === name);
            if (scenario) this.sources.set(name, {scenario, created: run.created, hash: hashOf(run)});
        }
        this.showAnswers();
    }

    async readFile() {
        const [file] = this.file.files;
        if (!file) return;
        let results;
        try {
            results = withoutNulls(await parseFile(file));
        } catch {
            // It is refused below.
        }
        const found = isResultsFile(results) ? results.scenarios.filter(({name}) => SCENARIOS.includes(name)) : [];
        if (found.length === 0) throw Object.assign(new Error(`${wellFormed(file.name)} has no results of ${SCENARIOS.join(', ')}`), {hint: `choose a file that ${COMMAND} has written`});
        for (const scenario of found) this.sources.set(scenario.name, {scenario, created: results.created, isFile: true});
        this.showAnswers();
    }

    showAnswers() {
        const load = this.load();
        this.handlerUs.disabled = load.handler === 'none';
        if (!this.isValid()) {
            this.verdict.replaceChildren(el('p', {class: 'quiet'}, 'Fill in all numbers.'));
            return;
        }
        const asked = QUESTIONS.filter((question) => question.applies(load)).map((question) => {
            const source = this.sources.get(question.scenario);
            return {question, source, answer: source && answerOf(question, source.scenario, load)};
        });
        const known = asked.map(({answer}) => answer).filter((answer) => answer);
        const {names, text} = choiceOf(known, asked.length - known.length);
        this.verdict.replaceChildren(...(names ? [el('p', {class: 'choice'}, names)] : []), el('p', {}, text));
        this.answers.replaceChildren(...asked.map((one) => this.boxOf(one, load)));
    }

    boxOf({question, source, answer}, load) {
        const head = el('dt', {}, capitalised(question.asked(load)));
        if (!answer) return el('div', {}, head, el('dd', {class: 'answer'}, 'Not measured yet'), el('dd', {class: 'why'}, this.measure(question.scenario)));
        const nearest = answer.isExact ? `Measured at ${labelOf(answer.point)}` : `The nearest measured point is ${labelOf(answer.point)}`;
        return el('div', {}, head, el('dd', {class: 'answer'}, answer.names), el('dd', {class: 'why'}, `${answer.certainty} At that point, ${answer.figures}.`),
            el('dd', {class: 'why'}, `${nearest}, `, source.isFile ? 'in your file' : el('a', {href: source.hash}, `on ${formatDate(source.created)}`), '.'));
    }

    measure(scenario) {
        const servers = (SERVERS[scenario] ?? SERVERS.other).filter((name) => this.available?.includes(name));
        const button = actionButton(this.app, {}, 'Measure it', async () => {
            const run = await this.app.post('/api/runs', {kind: 'scenario', scenario, servers, quick: true});
            button.after(el('a', {href: hashOf(run)}, 'Watch the run'));
        });
        return el('span', {class: 'actions'}, button);
    }
}
