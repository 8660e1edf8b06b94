// The view Saved: all runs of the service, including stored ones. They can be searched, named and deleted.
import {act, actionButton, el, formatDate, formatNumber, guarded, headRow, isOver, scrollable} from './kit.js';
import {hashOf, loadText, resultLinks, serversOf, stateName} from './runs.js';

const RUNS_PER_PAGE = 50;
// A search begins when typing pauses for so long.
const PAUSE_MS = 250;

export const mount = (root, app) => new SavedView(root, app);

class SavedView {
    constructor(root, app) {
        this.app = app;
        this.search = el('input', {type: 'search', id: 'saved-search', autocomplete: 'off', placeholder: 'epoll finished', oninput: () => {
            clearTimeout(this.pause);
            this.pause = setTimeout(() => this.find(), PAUSE_MS);
        }});
        this.count = el('p', {class: 'quiet', role: 'status'});
        this.place = el('div');
        this.more = actionButton(app, {hidden: true}, 'Show more', () => this.addPage());
        root.append(el('h2', {}, 'Saved runs'), el('p', {class: 'lead'},
            'The service stores runs and their results on its disk. You can bookmark or share the address of a run.'),
        el('form', {class: 'saved-search', role: 'search', onsubmit: (event) => {
            event.preventDefault();
            clearTimeout(this.pause);
            this.find();
        }}, el('label', {class: 'field', for: 'saved-search'}, 'Search by name, server, kind, state or date'), this.search), this.count, this.place, this.more);
        app.onRunChange((run) => { if (this.isShown && !run) this.list(); });
    }

    show() {
        this.isShown = true;
        return this.list();
    }

    hide() { this.isShown = false; }

    title() {
        const words = this.search.value.trim();
        return words && `“${words}”`;
    }

    async page(before) {
        const query = new URLSearchParams({limit: RUNS_PER_PAGE, ...(before ? {before} : {})});
        if (this.search.value.trim()) query.set('search', this.search.value.trim());
        return this.app.get(`/api/runs?${query}`);
    }

    find() {
        this.pages = 1;
        return this.list();
    }

    // As many runs as were shown before, so that naming or deleting one changes nothing else.
    list() {
        const asked = this.asked = Symbol('list');
        return guarded(this.app, async () => {
            const pages = [await this.page()];
            while (pages.at(-1).next && pages.length < (this.pages ?? 1)) pages.push(await this.page(pages.at(-1).next));
            if (asked !== this.asked) return;  // meanwhile another list was requested
            this.showRuns(pages.flatMap(({runs}) => runs), pages.at(-1), pages.length);
            if (this.isShown) this.app.retitle();
        });
    }

    async addPage() {
        const page = await this.page(this.next);
        this.showRuns([...this.runs, ...page.runs], page, this.pages + 1);
    }

    showRuns(runs, {total, next}, pages) {
        Object.assign(this, {runs, next, pages});
        this.place.replaceChildren(runs.length > 0 ? this.table() : this.nothing());
        this.more.hidden = !next;
        this.count.textContent = total === 0 ? '' : `${formatNumber(runs.length)} of ${formatNumber(total)} ${total === 1 ? 'run' : 'runs'}, newest first`;
    }

    nothing() {
        if (this.search.value.trim()) return el('p', {class: 'empty'}, 'No run has all of these words.');
        return el('p', {class: 'empty'}, 'No runs yet. ', el('a', {href: '#run'}, 'Start a run'), ' to see it here.');
    }

    table() {
        return scrollable('Saved runs', el('table', {class: 'saved'}, el('caption', {class: 'visually-hidden'}, 'Saved runs'),
            headRow('run', 'state', 'results', 'servers', 'load', 'change'), el('tbody', {}, ...this.runs.map((run) => this.rowOf(run)))));
    }

    rowOf(run) {
        const isKnown = run.state !== 'unreadable';
        const link = run.created ? el('a', {href: hashOf(run)}, run.name ?? formatDate(run.created)) : '–';
        const first = el('th', {scope: 'row'}, link, run.name ? el('span', {class: 'quiet'}, formatDate(run.created)) : '');
        const row = el('tr', {}, first, el('td', {}, stateName(run)), el('td', {}, el('span', {class: 'links'}, ...resultLinks(run))),
            ...(isKnown ? [el('td', {class: 'long'}, serversOf(run)), el('td', {class: 'long'}, loadText(run.request))]
                : [el('td', {class: 'long', colspan: 2}, run.error)]));
        row.append(el('td', {}, el('span', {class: 'links'}, ...this.changesOf(run, first))));
        return row;
    }

    // A file that is not named after a run cannot be deleted here.
    changesOf(run, cell) {
        const what = run.name ?? (run.created && formatDate(run.created));
        const name = el('button', {type: 'button', 'aria-label': `Name ${what}`, onclick: () => this.askName(run, cell)}, 'Name');
        const remove = el('button', {type: 'button', 'aria-label': `Delete ${what}`, onclick: () => this.confirm(run, remove)}, 'Delete');
        if (!run.created) return [];
        if (run.state === 'unreadable') return [remove];
        return isOver(run) ? [name, remove] : [name, this.stop(run, what)];
    }

    stop(run, what) {
        return actionButton(this.app, {'aria-label': `Stop ${what}`}, 'Stop', async () => {
            await this.app.remove(`/api/runs/${run.id}`);
            await this.list();
        });
    }

    // A field in place of the name. Enter stores it, Escape leaves it as it was.
    askName(run, cell) {
        const before = [...cell.childNodes];
        const close = () => {
            cell.replaceChildren(...before);
            this.focusOn(run, 'Name');
        };
        const field = el('input', {type: 'text', maxlength: 100, value: run.name ?? '', 'aria-label': `Name of the run of ${formatDate(run.created)}`, onkeydown: (event) => {
            if (event.key === 'Escape') close();
        }});
        const store = el('button', {}, 'Store');
        cell.replaceChildren(el('form', {class: 'naming', onsubmit: (event) => {
            event.preventDefault();
            act(this.app, store, async () => {
                await this.app.patch(`/api/results/${run.id}`, {name: field.value.trim() || null});
                await this.list();
                this.focusOn(run, 'Name');
            });
        }}, field, store, el('button', {type: 'button', onclick: close}, 'Cancel')));
        field.focus();
    }

    // Asks before it deletes, in place of the button.
    confirm(run, button) {
        const place = button.parentElement;
        const before = [...place.childNodes];
        const close = () => {
            place.replaceChildren(...before);
            button.focus();
        };
        const yes = actionButton(this.app, {}, 'Delete for ever', async () => {
            await this.app.remove(`/api/results/${run.id}`);
            await this.list();
            this.search.focus();
        });
        place.replaceChildren(el('span', {class: 'confirm', role: 'group', 'aria-label': 'Delete this run?', onkeydown: (event) => {
            if (event.key === 'Escape') close();
        }}, el('span', {}, 'This cannot be undone.'), yes, el('button', {type: 'button', onclick: close}, 'Keep')));
        yes.focus();
    }

    // The list was made again, so the button is another one.
    focusOn(run, text) {
        const row = this.place.querySelectorAll('tbody tr')[this.runs.findIndex(({id}) => id === run.id)];
        [...row?.querySelectorAll('button') ?? []].find((button) => button.textContent === text)?.focus();
    }
}
