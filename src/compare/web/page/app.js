// The frame of the page. The hash selects the view: `#run/ID`, `#see/ID`, `#learn/MODEL`.
//
// A view's file exports `mount(root, app)`, which is called when the view is first shown. It returns an object with
// `show(words)` and optionally `hide()`. `words` are the parts of the hash after the view's name. Errors of `show` are
// displayed here.
import {el, isOver} from './kit.js';
import {hashOf} from './runs.js';
import {follow, request, takeToken} from './service.js';

const VIEWS = ['run', 'read', 'see', 'learn', 'saved'];
const POLL_MS = 5000;

const $ = (id) => document.getElementById(id);

const mounted = new Map();  // promises of views, by name
const runListeners = new Set();
let shown = null;    // name of the shown view
let current = null;  // the active or queued run
let stopFollowing = () => {};
let servers = null;

// What the views use of the page.
const app = {
    get: (path) => request('GET', path),
    remove: (path) => request('DELETE', path),
    async post(path, body) {
        const answer = await request('POST', path, body);
        if (path === '/api/runs') lookForRun();
        return answer;
    },
    // GET /api/servers, requested once.
    servers() {
        servers ??= app.get('/api/servers').catch((error) => {
            servers = null;
            throw error;
        });
        return servers;
    },
    follow,
    // The active or queued run, as GET /api/runs/{id} returns it, or null.
    currentRun: () => current,
    // Calls `listener` with that run now and after every change. Returns a function that removes the listener.
    onRunChange(listener) {
        runListeners.add(listener);
        listener(current);
        return () => runListeners.delete(listener);
    },
    // Shows an error and what to do next. An empty text hides the notice.
    notice(text, hint = '') {
        $('notice').replaceChildren(...(text ? [el('p', {}, el('strong', {}, `${text}.`), hint ? ` ${next(hint)}` : '')] : []));
        $('notice').hidden = !text;
    },
    go(hash) {
        location.hash = hash;
    },
};

const next = (hint) => `${hint[0].toUpperCase()}${hint.slice(1)}${/[.!?]$/.test(hint) ? '' : '.'}`;

function publishRun(run) {
    current = run && !isOver(run) ? run : null;
    showActiveRun();
    for (const listener of [...runListeners]) listener(current);
    if (run && isOver(run)) {
        stopFollowing();
        lookForRun();
    }
}

// Changes the text only if it differs, because screen readers announce every change.
function showActiveRun() {
    const text = !current ? '' : current.state === 'queued' ? 'Run queued' : 'Run in progress';
    if ($('active-run').textContent !== text) $('active-run').replaceChildren(...(text ? [el('a', {href: hashOf(current)}, text)] : []));
    if (text) $('active-run').firstChild.setAttribute('href', hashOf(current));
}

// Another page may have started a run.
async function lookForRun() {
    if (current || document.hidden) return;
    try {
        const {runs} = await app.get('/api/runs');
        const active = runs.find((run) => run.state === 'running') ?? runs.findLast((run) => run.state === 'queued');
        if (!active || current) return;
        current = active;
        stopFollowing = follow(active.id, publishRun);
    } catch {
        // The next request shows the error.
    }
}

// Mounts a view once, even if it is requested again while it loads. After a failure it can be mounted again.
async function mount(name) {
    if (!mounted.has(name)) mounted.set(name, import(`./${name}.js`).then((view) => view.mount($(name), app)));
    try {
        return await mounted.get(name);
    } catch (error) {
        mounted.delete(name);
        throw error;
    }
}

// Returns the word unchanged if it is not valid percent-encoding.
function decoded(word) {
    try {
        return decodeURIComponent(word);
    } catch {
        return word;
    }
}

// Takes the token here too, because an open page may be given the link of a restarted service.
async function route() {
    takeToken();
    const [asked, ...words] = location.hash.slice(1).split('/').map(decoded);
    if (asked === 'content') return;  // the "skip to the content" link
    const name = VIEWS.includes(asked) ? asked : VIEWS[0];
    // If the view failed to load, the error was already shown.
    if (shown !== name) mounted.get(shown)?.then((view) => view.hide?.(), () => {});
    app.notice('');
    shown = name;
    for (const view of VIEWS) $(view).hidden = view !== name;
    for (const link of document.querySelectorAll('nav a[data-view]'))
        if (link.dataset.view === name) link.setAttribute('aria-current', 'page');
        else link.removeAttribute('aria-current');
    try {
        await (await mount(name)).show(words);
    } catch (error) {
        app.notice(error.message, error.hint ?? 'Reload the page');
    }
}

addEventListener('hashchange', route);
document.addEventListener('visibilitychange', lookForRun);
setInterval(lookForRun, POLL_MS);
await Promise.all([route(), lookForRun()]);
