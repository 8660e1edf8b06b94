// The view Read: the sources of up to three servers side by side, stage by stage (`#read/epoll/select/close`). The
// report shows two.
/* global CodeView, STAGES, callsByServer, callsIn, callsText, fullName, shownCalls */
import {el, formatDate, isOver, loadScript, setText} from './kit.js';
import {codeNameOf, hashOf, isComparison} from './runs.js';
import {resultsOf} from './verdicts.js';

const SIDES = [{label: 'Left', initial: 'raw/epoll'}, {label: 'Middle', initial: 'asio/callbacks'}, {label: 'Right', initial: ''}];

export function mount(root, app) {
    root.append(el('h2', {}, 'Read'), el('p', {class: 'lead'},
        'Compare the source files of two or three servers, stage by stage. Lines that all of them have are dimmed, so that the other lines show how the mechanisms differ.'));
    return new ReadView(root, app);
}

class ReadView {
    constructor(root, app) {
        this.app = app;
        this.about = el('p', {class: 'lead'});
        this.activeRunNote = el('p', {class: 'lead', hidden: true});
        this.place = el('div');
        root.append(this.about, this.activeRunNote, this.place);
    }

    // Loads the code again after a failure, and the calls of the newest results at each visit.
    async show(words) {
        this.code ??= await this.load();
        await this.showCalls();
        const isStage = (word) => STAGES.some(([name]) => name === word);
        const names = words.filter((word) => word && !isStage(word));
        if (names.length > 0) this.code.choices.forEach((_, side) => this.choose(side, names[side] ?? ''));
        this.code.show();
        this.placeCounts();
        if (!this.code.element.isConnected) this.place.replaceChildren(this.toStages, this.code.element);
        this.goTo(words.find(isStage));
    }

    title() {
        return this.code?.chosen().map(({name}) => name).join(', ');
    }

    async load() {
        const [{servers}, {servers: known}] = await Promise.all(
            [this.app.get('/sources.json'), this.app.servers(), loadScript('/code.js')]);
        const code = new CodeView(servers, {scenarios: []}, SIDES);
        // From the title of a server in a run to the name of its code.
        this.codeOf = new Map(known.map((server) => [server.name, codeNameOf(server)]));
        code.element.addEventListener('change', () => {
            this.updateAddress();
            this.placeCounts();
        });
        this.toStages = this.stages();
        this.app.onRunChange((run) => this.showLiveCalls(run));
        return code;
    }

    // Each stage is one row with all sides, so that they scroll together.
    stages() {
        this.buttons = new Map(STAGES.map(([name, meaning]) => [name, el('button', {type: 'button', title: meaning, onclick: () => {
            this.goTo(name);
            this.updateAddress();
        }}, name)]));
        return el('div', {class: 'actions to-stages', role: 'group', 'aria-label': 'Stages'}, ...this.buttons.values());
    }

    goTo(stage) {
        this.stage = stage;
        for (const [name, button] of this.buttons)
            if (name === stage) button.setAttribute('aria-current', 'true');
            else button.removeAttribute('aria-current');
        const place = STAGES.findIndex(([name]) => name === stage);
        if (place >= 0) this.code.body.children[1 + place].scrollIntoView();
    }

    // By name, or by PROGRAM/NAME if several programs have a server of that name.
    choose(side, name) {
        const {select} = this.code.choices[side];
        const option = [...select.options].find(({value}) => value === name || (name && value.split('/')[1] === name));
        if (option) select.value = option.value;
    }

    updateAddress() {
        const names = this.code.choices.map(({select}) => select.value).filter((name) => name);
        this.app.retitle();
        const words = [...names, ...(this.stage ? [this.stage] : [])];
        history.replaceState(null, '', `#read/${words.map(encodeURIComponent).join('/')}`);
    }

    async showCalls() {
        const {results} = await this.app.get('/api/results');
        const newest = results.find(isComparison);
        if (!newest) {
            this.about.replaceChildren('System calls per message appear here after ', el('a', {href: '#run'}, 'a run'), ' has counted them.');
            return;
        }
        if (newest.id === this.callsOf) return;
        try {
            this.code.calls = callsByServer(await resultsOf(this.app, newest.id));
        } catch (error) {
            this.about.textContent = `System calls per message are not shown: ${error.message}.`;
            return;
        }
        this.callsOf = newest.id;
        this.about.replaceChildren('System calls per message are those of ',
            el('a', {href: `#run/${newest.id}`}, `the run of ${formatDate(newest.created)}`), '.');
    }

    // Adds a place for the counts of the active run to each server and stage, in the order of the code.
    placeCounts() {
        this.counts = this.code.chosen().flatMap((server, side) => [...this.code.body.children].map((row, at) => {
            const element = el('p', {class: 'calls now', hidden: true});
            const place = row.querySelectorAll(':scope > .side')[side];
            (place.querySelector(':scope > .calls') ?? place.querySelector('h3, h4')).after(element);
            return {server: fullName(server), stage: STAGES[at - 1]?.[0], element};
        }));
        this.showLiveCalls(this.app.currentRun());
    }

    showLiveCalls(run) {
        const live = run && !isOver(run) && isComparison(run) ? run.live?.servers ?? [] : [];
        // If several servers of the run share their code, as Asio's backends do, the first one is shown.
        const known = new Map(live.filter((server) => server.system_calls).reverse().map((server) =>
            [this.codeOf.get(server.title), Object.entries(server.system_calls).sort((one, other) => other[1] - one[1])]));
        for (const {server, stage, element} of this.counts ?? []) {
            const all = known.get(server) ?? [];
            const calls = shownCalls(stage ? callsIn(stage, all) : all);
            const text = calls.length > 0 ? `Now: ${callsText(calls)} per message` : '';
            setText(element, text);
            element.hidden = !text;
        }
        this.showActiveRun(known.size > 0 ? run : null);
    }

    showActiveRun(run) {
        this.activeRunNote.hidden = !run;
        if (run && this.activeRunId !== run.id) this.activeRunNote.replaceChildren('“Now” shows the counts of ',
            el('a', {href: hashOf(run)}, 'the active run'), '.');
        this.activeRunId = run?.id;
    }
}
