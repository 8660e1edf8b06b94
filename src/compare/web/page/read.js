// The view Read: the whole source files of two or three servers side by side, aligned line by line. The address has the
// servers, and a stage or a line: `#read/epoll/select/close`, `#read/epoll/poll/raw%2Fpoll.cpp:36`.
/* global CALLS_OF_STAGES, STAGES, fullName, missingText */
import {CodeColumns} from './code_columns.js';
import {FileCosts} from './file_costs.js';
import {el, formatNumber, setText} from './kit.js';
import {callsOfLine} from './line_costs.js';
import {keyOf} from './server_key.js';
import {loadSources} from './sources.js';

const SIDES = [{label: 'First', initial: 'raw/epoll'}, {label: 'Second', initial: 'raw/poll'}, {label: 'Third', initial: ''}];
const KEYS = {n: 1, p: -1};
const LINE = /^([\w/]+\.[ch]pp):(\d+)$/;

export const mount = (root, app) => new ReadView(root, app);

const isStage = (word) => STAGES.some(([name]) => name === word);
const hashOfWords = (words) => `#read/${words.map((word) => encodeURIComponent(word).replaceAll('%3A', ':')).join('/')}`;

class ReadView {
    constructor(root, app) {
        this.root = root;
        this.app = app;
        this.place = el('div');
        root.append(el('h2', {}, 'Read'), el('p', {class: 'lead'},
            'The whole source files of two or three servers, line beside line. System calls are written ::name(…).'), this.place);
        document.addEventListener('keydown', (event) => this.onKey(event));
    }

    async show(words) {
        await (this.ready ??= this.load().catch((error) => {
            this.ready = null;
            throw error;
        }));
        const place = words.find((word) => isStage(word) || LINE.test(word));
        const names = words.filter((word) => word && word !== place);
        if (names.length > 0) this.selects.forEach((_, side) => this.choose(side, names[side] ?? ''));
        const isNew = this.draw() || !this.isShown;
        this.isShown = true;
        // A page that has lost the service for a while stays where the user reads.
        if (isNew || place !== this.at) this.goTo(place);
        await this.costs.find(this.chosen);
    }

    hide() {
        this.isShown = false;
    }

    title() {
        return this.chosen?.map(({name}) => name).join(', ');
    }

    async load() {
        const [{servers, files}, known] = await Promise.all([loadSources(this.app), this.app.servers()]);
        this.servers = servers;
        this.files = files;
        this.costs = new FileCosts(this.app, known, this.files, () => this.showCosts());
        this.place.replaceChildren(this.choices(), this.costs.about, this.ofServers = el('div', {class: 'of-servers'}),
            this.legendPlace = el('p', {class: 'code-legend'}), this.bar(), this.code = el('div', {class: 'files'}));
    }

    choices() {
        this.selects = SIDES.map(({initial}) => this.select(initial));
        this.fold = el('input', {type: 'checkbox', checked: true, onchange: () => this.columns.fold(this.fold.checked)});
        return el('div', {class: 'choices'}, ...this.selects.map((select, side) => el('label', {}, SIDES[side].label, select)),
            el('label', {}, this.fold, 'fold equal lines'));
    }

    select(initial) {
        const groups = ['raw', 'asio'].map((program) => el('optgroup', {label: program === 'raw' ? 'Raw system calls' : 'Boost.Asio'},
            ...this.servers.filter((server) => server.program === program).map((server) =>
                el('option', {value: fullName(server), selected: fullName(server) === initial}, server.name))));
        return el('select', {onchange: () => {
            this.draw();
            this.goTo(undefined);
            this.updateAddress();
            this.costs.find(this.chosen);
        }}, initial === '' ? el('option', {value: '', selected: true}, 'none') : '', ...groups);
    }

    // By name, or by PROGRAM/NAME if several programs have a server of that name.
    choose(side, name) {
        const select = this.selects[side];
        const option = [...select.options].find(({value}) => value === name || (name && value.split('/')[1] === name));
        if (option) select.value = option.value;
    }

    // What stays in view while the code scrolls.
    bar() {
        this.buttons = new Map(STAGES.map(([name, meaning]) => [name, el('button', {type: 'button', title: meaning, onclick: () => {
            this.goTo(name);
            this.updateAddress();
        }}, name)]));
        const step = (by, text, key) => el('button', {type: 'button', 'aria-keyshortcuts': key, onclick: () => this.step(by)}, `${text} `, el('kbd', {}, key));
        this.position = el('span', {class: 'quiet', role: 'status'});
        this.note = el('p', {class: 'stage-note', role: 'status', hidden: true});
        this.heads = el('div', {class: 'heads'});
        return el('div', {class: 'code-bar'},
            el('div', {class: 'to-stages', role: 'group', 'aria-label': 'Stages'}, ...this.buttons.values()),
            el('div', {class: 'to-differences', role: 'group', 'aria-label': 'Differences'}, step(-1, '↑ Previous', 'p'), step(1, '↓ Next difference', 'n'), this.position),
            this.note, this.heads);
    }

    // Returns false if these servers are shown already.
    draw() {
        const chosen = this.selects.map(({value}) => this.servers.find((server) => fullName(server) === value)).filter((server) => server);
        if (chosen.map(fullName).join() === this.chosen?.map(fullName).join()) return false;
        this.chosen = chosen;
        for (const columns of [this.columns, ...(this.shared?.values() ?? [])]) columns?.release?.();
        this.shared = new Map();
        this.atRow = -1;
        this.columns = new CodeColumns(chosen.map((server) => this.sideOf(server.file, server)));
        this.columns.fold(this.fold.checked);
        this.columns.whenAt((side, line) => this.showRelated(side, line));
        this.heads.style.setProperty('--sides', chosen.length);
        this.heads.replaceChildren(...chosen.map((server) => el('div', {class: 'about'},
            el('h3', {}, keyOf(this.costs.titleOf.get(fullName(server)) ?? server.name, server), server.name, el('span', {class: 'quiet'}, ` ${server.file}`)))));
        this.ofServers.replaceChildren(...chosen.map((server) => this.costs.headOf(server)));
        this.legendPlace.replaceChildren(...this.legend());
        this.code.replaceChildren(this.columns.element, ...this.sharedFiles());
        this.showCosts();
        this.showPosition();
        this.app.retitle();
        return true;
    }

    sideOf(file, server) {
        const begins = Object.entries(server.stages).flatMap(([stage, places]) => places.filter((place) => place.file === file)
            .map(({line}) => [this.firstOfCode(file, line), stage]).slice(0, 1));
        return {name: file, lines: this.files[file], stages: new Map(begins.reverse()), hrefOf: (line) => hashOfWords([...this.chosen.map(fullName), `${file}:${line}`])};
    }

    // Below the comment of a function.
    firstOfCode(file, line) {
        while (/^\s*(<span class="comment">|<span class="keyword">template)/.test(this.files[file][line - 1])) ++line;
        return line;
    }

    // Marks the system calls of all files that do the same as those of a line.
    showRelated(at, line) {
        const namesIn = (side, number) => callsOfLine(this.files[this.chosen[side].file][number - 1]).flat();
        const names = namesIn(at, line);
        const alike = Object.values(CALLS_OF_STAGES).filter((calls) => names.some((name) => calls.includes(name))).flat();
        this.columns.markCalls((side, number) => namesIn(side, number).some((name) => alike.includes(name)));
    }

    legend() {
        const {columns} = this;
        const key = (kind, sign, text) => el('span', {}, el('span', {class: `sign-key ${kind}`, 'aria-hidden': 'true'}, sign), text);
        const isPair = this.chosen.length === 2;
        return [el('span', {}, `${formatNumber(columns.count('equal'))} lines are equal in ${isPair ? 'both' : 'all'} files (indentation aside), ${
            formatNumber(columns.count('changed'))} are similar.`),
        key('changed', '~', 'similar; what differs is marked'), key('loose side-0', '−', 'only in the first file'),
        key('loose side-1', '+', `only in the ${isPair ? 'second' : 'second or third'} file`), this.costs.key, this.costs.keyOfTimes];
    }

    // Files that servers share, with stages that these servers' own files do not have.
    sharedFiles() {
        const paths = [...new Set(this.chosen.flatMap(({files}) => files.slice(1)))];
        return paths.map((path) => {
            const users = this.chosen.filter(({files}) => files.includes(path));
            const stages = [...new Set(users.flatMap(({stages: all}) => STAGES.map(([name]) => name).filter((name) => all[name].some(({file}) => file === path))))];
            const details = el('details', {class: 'shared', ontoggle: () => { if (details.open) this.openShared(path, users[0], details); }},
                el('summary', {}, path, el('span', {class: 'quiet'}, ` ${stages.join(', ')} of ${users.map(({name}) => name).join(', ')}`)));
            details.dataset.path = path;
            return details;
        });
    }

    openShared(path, server, details) {
        if (this.shared.has(path)) return;
        const columns = new CodeColumns([this.sideOf(path, server)]);
        this.shared.set(path, columns);
        details.append(columns.element);
        columns.setCosts([this.costs.ofLines(server, path)]);
        columns.markLines(this.stage ? this.markedIn(path, [server]) : []);
    }

    // The columns that show a file.
    showFile(path) {
        const side = this.chosen.findIndex(({file}) => file === path);
        if (side >= 0) return {columns: this.columns, side};
        const details = [...this.code.querySelectorAll('details.shared')].find(({dataset}) => dataset.path === path);
        if (!details) return undefined;
        details.open = true;
        this.openShared(path, this.chosen.find(({files}) => files.includes(path)), details);
        return {columns: this.shared.get(path), side: 0};
    }

    markedIn(path, servers) {
        return servers.flatMap((server, side) => server.stages[this.stage].filter(({file}) => file === (path ?? server.file))
            .map(({line, lines}) => ({side, from: line, to: line + lines})));
    }

    // A stage, a line as in the address, or nothing.
    goTo(place) {
        this.at = place;
        this.stage = isStage(place) ? place : undefined;
        for (const [name, button] of this.buttons)
            if (name === this.stage) button.setAttribute('aria-current', 'true');
            else button.removeAttribute('aria-current');
        this.showNote();
        if (this.stage) this.goToStage();
        else if (place) this.goToLine(...LINE.exec(place).slice(1));
        else this.columns.markLines([]);
    }

    goToStage() {
        this.columns.markLines(this.markedIn(undefined, this.chosen));
        for (const [path, columns] of this.shared)
            columns.markLines(this.markedIn(path, [this.chosen.find(({files}) => files.includes(path))]));
        const places = this.chosen.map((server) => server.stages[this.stage][0]).filter((place) => place);
        const place = places.find(({file}) => this.chosen.some((server) => server.file === file)) ?? places[0];
        if (place) this.scrollTo(place.file, this.firstOfCode(place.file, place.line));
    }

    goToLine(path, line) {
        const shown = this.showFile(path);
        if (!shown) return;
        shown.columns.markLines([{side: shown.side, from: Number(line), to: Number(line) + 1}]);
        this.scrollTo(path, Number(line));
    }

    scrollTo(path, line) {
        const {columns, side} = this.showFile(path);
        const at = columns.rowOf(side, line);
        if (at < 0) return;
        columns.goToRow(at);
        if (columns === this.columns) this.atRow = at;
        this.showPosition();
    }

    showNote() {
        const missing = this.stage ? this.chosen.filter((server) => server.stages[this.stage].length === 0) : [];
        setText(this.note, missing.map((server) => `${server.name}: ${missingText(server, this.stage)}`).join(' '));
        this.note.hidden = missing.length === 0;
    }

    onKey(event) {
        const by = KEYS[event.key];
        if (!by || this.root.hidden || !this.columns || event.ctrlKey || event.altKey || event.metaKey) return;
        if (event.target.closest('input, select, textarea')) return;
        this.step(by);
    }

    step(by) {
        const {differences} = this.columns;
        const next = by > 0 ? differences.find((at) => at > this.atRow) : differences.findLast((at) => at < this.atRow);
        if (next === undefined) return;
        this.atRow = next;
        this.columns.goToRow(next);
        this.showPosition();
    }

    showPosition() {
        const {differences} = this.columns;
        const before = differences.filter((at) => at <= this.atRow).length;
        setText(this.position, differences.length === 0 ? 'no differences' : before === 0 ? `${differences.length} differences` : `${before} of ${differences.length}`);
    }

    updateAddress() {
        this.app.retitle();
        const words = [...this.chosen.map(fullName), ...(this.at ? [this.at] : [])];
        history.replaceState(null, '', hashOfWords(words));
    }

    showCosts() {
        if (!this.columns) return;
        for (const server of this.chosen) this.costs.fillHead(server);
        this.columns.setCosts(this.chosen.map((server) => this.costs.ofLines(server, server.file)));
        for (const [path, columns] of this.shared)
            columns.setCosts([this.costs.ofLines(this.chosen.find(({files}) => files.includes(path)), path)]);
    }
}
