// The view See: the system calls of servers for one message, from a trace. `#see/ID` shows a stored trace,
// `#see/epoll/select` offers to trace these servers.
/* global fullName */
import {act, actionButton, el, formatDate, formatNumber, guarded, isOver, setText, showWhile} from './kit.js';
import {codeNameOf, hashOf, kindOf, resultLinks, stateName, stateText, stepText, titleOf} from './runs.js';
import {keyOf} from './server_key.js';
import {loadSources} from './sources.js';
import {Timeline} from './timeline.js';
import {callsTable} from './trace.js';
import {TracedCode} from './traced_code.js';

const DEFAULT_SERVERS = ['epoll', 'select'];

export const mount = (root, app) => new SeeView(root, app);

class SeeView {
    constructor(root, app) {
        this.app = app;
        this.formPlace = el('div');
        this.heading = el('h3', {id: 'trace-title'});
        this.about = el('p', {class: 'lead'});
        this.state = el('p', {role: 'status', class: 'state'});
        this.step = el('p', {class: 'quiet'});
        this.stop = actionButton(app, {hidden: true}, 'Stop', () => app.remove(`/api/runs/${this.id}`));
        this.links = el('span', {class: 'links'});
        this.place = el('div');
        this.shown = el('section', {'aria-labelledby': 'trace-title', hidden: true}, this.heading, this.about, this.state, this.step,
            el('p', {class: 'actions'}, this.stop, this.links), this.place);
        this.empty = el('p', {class: 'empty', hidden: true}, 'No trace of these servers yet. Choose one or two servers and press ',
            el('b', {}, 'Trace a message'), '. The trace lists the system calls for this message in order, each with its result and its time.');
        root.append(el('h2', {}, 'See'), el('p', {class: 'lead'},
            'A trace shows every system call that a server makes for one message. A client connects, sends the message, receives the reply and disconnects. Point at a call to see the line that makes it, or at a line to see its calls.'),
        this.formPlace, this.empty, this.shown);
    }

    async show(words) {
        await (this.ready ??= this.load()).catch((error) => {
            this.ready = null;
            throw error;
        });
        const names = words.filter((word) => word);
        if (names.length > 0 && names.every((name) => this.servers.some((server) => server.name === name))) return this.propose(names);
        const id = names[0] ?? await this.newestId();
        return id ? this.showRun(id) : this.showNone();
    }

    title() {
        return this.run ? `${titleOf(this.run)}, ${stateName(this.run)}` : '';
    }

    async load() {
        const {servers, bounds} = await this.app.servers();
        this.servers = servers;
        const choices = [this.choice('First server', false), this.choice('Second server', true)];
        this.selects = choices.map(({select}) => select);
        this.size = el('input', {type: 'number', name: 'trace-size', min: 1, max: bounds.size.highest, step: 1, required: true,
            value: bounds.size.usual});
        this.start = el('button', {type: 'submit', class: 'main'}, 'Trace a message');
        this.formPlace.replaceChildren(el('form', {class: 'trace-form', 'aria-label': 'New trace', onsubmit: (event) => {
            event.preventDefault();
            this.trace();
        }}, ...choices.map(({label}) => label), el('label', {class: 'field'}, 'Bytes', this.size), this.start));
        this.choose(DEFAULT_SERVERS);
    }

    // Servers that cannot be started are listed with the reason, but cannot be chosen.
    choice(label, isOptional) {
        const group = (title, some) => (some.length === 0 ? '' : el('optgroup', {label: title}, ...some.map((server) =>
            el('option', {value: server.name, disabled: server.unavailable !== null},
                server.unavailable === null ? server.name : `${server.name}: ${server.unavailable}`))));
        const of = (has) => this.servers.filter(has);
        const select = el('select', {}, isOptional ? el('option', {value: ''}, 'none') : '',
            group('Raw system calls', of((server) => server.program === 'raw')),
            group('Boost.Asio', of((server) => !server.brought && server.program !== 'raw')),
            group('Your own (--server)', of((server) => server.brought)));
        return {select, label: el('label', {class: 'field'}, label, select)};
    }

    choose(names) {
        this.selects.forEach((select, i) => {
            const option = [...select.options].find(({value, disabled}) => value === (names[i] ?? '') && !disabled);
            if (option) select.value = option.value;
        });
    }

    async trace() {
        await act(this.app, this.start, async () => {
            const servers = [...new Set(this.selects.map(({value}) => value).filter((name) => name))];
            const run = await this.app.post('/api/runs', {kind: 'trace', servers, size: Number(this.size.value)});
            this.app.go(hashOf(run));
        });
    }

    // Shows the newest trace of exactly these servers, if there is one.
    async propose(names) {
        this.choose(names);
        const id = await this.newestId((run) => [...run.request.servers].sort().join() === [...names].sort().join());
        return id ? this.showRun(id) : this.showNone();
    }

    async newestId(has = () => true) {
        const current = this.app.currentRun();
        if (current && kindOf(current) === 'trace' && has(current)) return current.id;
        const {results} = await this.app.get('/api/results');
        return results.find((run) => kindOf(run) === 'trace' && has(run))?.id;
    }

    showNone() {
        this.leave();
        this.shown.hidden = true;
        this.empty.hidden = false;
    }

    leave() {
        this.stopFollowing?.();
        this.stopFollowing = this.id = this.run = null;
    }

    async showRun(id) {
        if (this.id === id) return;
        this.leave();
        const run = await this.app.get(`/api/runs/${id}`);
        if (kindOf(run) !== 'trace') return location.replace(hashOf(run));
        this.app.readdress(hashOf(run));
        this.id = id;
        this.place.replaceChildren();
        this.empty.hidden = true;
        this.shown.hidden = false;
        this.choose(run.request.servers);
        this.size.value = run.request.size;
        await this.update(run);
        if (!isOver(run)) this.stopFollowing = this.app.follow(id, (newer) => this.update(newer));
    }

    async update(run) {
        if (run.id !== this.id) return;
        setText(this.step, stepText(run));
        if (run.state === this.run?.state && run.place === this.run?.place) return;
        this.run = run;
        this.app.retitle();
        this.heading.textContent = `One message: ${titleOf(run)}`;
        this.about.textContent = `${formatNumber(run.request.size)} bytes. Requested on ${formatDate(run.created)}.`;
        this.state.textContent = run.state === 'finished' ? '' : stateText(run);
        this.state.dataset.state = run.state;
        showWhile(this.stop, !isOver(run));
        // Without the first link, which leads to this view.
        this.links.replaceChildren(...resultLinks(run).slice(1));
        if (run.state === 'finished') await guarded(this.app, () => this.showTrace(run), this.state);
    }

    async showTrace(run) {
        const [trace, code] = await Promise.all([this.app.get(`/api/results/${run.id}`), loadSources(this.app)]);
        if (run.id !== this.id) return;
        const headOf = (server) => keyOf(server.name, server);
        const mark = (server, calls) => {
            timeline.mark(calls);
            for (const block of blocks) block.mark(block.server === server ? calls : []);
        };
        const timeline = new Timeline(trace, headOf, (server, call) => mark(server, [call]));
        const blocks = trace.servers.filter(({unavailable}) => !unavailable).map((server) => new TracedCode(server, trace.servers.filter((other) => other !== server),
            code.servers.find((one) => fullName(one) === codeNameOf(server)), code.files, headOf, mark));
        this.place.replaceChildren(el('p', {class: 'traced-note'}, el('b', {}, 'Traced: '),
            'the server is stopped at each call, so the times are longer than without tracing. The order and the results of the calls are not affected. To measure the cost per message, start ',
            el('a', {href: '#run'}, 'a comparison'), '.'),
        timeline.element, ...blocks.map(({element}) => element), callsTable(trace));
    }
}
