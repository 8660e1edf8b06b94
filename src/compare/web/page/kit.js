// Small helpers that the views share.

// `elements.js` is shared with the report and is not a module.
export const el = globalThis.el;

export const isOver = (run) => run.state !== 'queued' && run.state !== 'running';

// `25 Nov 2026, 21:08:33`, in local time.
export const formatDate = (iso) => new Date(iso).toLocaleString('en-GB', {dateStyle: 'medium', timeStyle: 'medium'});

// `–` if the value is not known.
export function formatNumber(value, digits = 0) {
    if (!Number.isFinite(value)) return '–';
    return value.toLocaleString('en', {minimumFractionDigits: digits, maximumFractionDigits: digits});
}

// Wraps a table that may be wider than the page. It scrolls on its own, also by keyboard.
export function scrollable(label, table) {
    return el('div', {class: 'scroll', role: 'region', tabindex: 0, 'aria-label': label}, table);
}

export const cell = (text) => el('td', {}, text);

export function headRow(...titles) {
    return el('thead', {}, el('tr', {}, ...titles.map((title) => el('th', {scope: 'col'}, title))));
}

// Values in a storage of the browser. `storage` is a function, because a browser may refuse even to access it.
export const jsonStorage = (storage) => ({
    get(key) {
        try {
            return JSON.parse(storage().getItem(key));
        } catch {
            return null;
        }
    },
    set(key, value) {
        try {
            storage().setItem(key, JSON.stringify(value));
        } catch {
            // The page also works without storage.
        }
    },
});

// Survives closing the page.
export const persistent = jsonStorage(() => localStorage);

// Shows an error of `action`. Returns false if there was one.
export async function guarded(app, action) {
    try {
        app.notice('');
        await action();
        return true;
    } catch (error) {
        app.notice(error.message, error.hint);
        return false;
    }
}

// A button that is disabled while its asynchronous action runs.
export function actionButton(app, attributes, text, action) {
    const button = el('button', {type: 'button', ...attributes}, text);
    button.addEventListener('click', async () => {
        button.disabled = true;
        await guarded(app, action);
        button.disabled = false;
    });
    return button;
}

const scripts = new Map();

// Loads a classic script (not a module) once. Rejects if it cannot be loaded.
export function loadScript(path) {
    if (!scripts.has(path))
        scripts.set(path, new Promise((resolve, reject) => {
            const script = el('script', {src: path, onload: resolve, onerror: () => reject(new Error(`cannot load ${path}`))});
            document.head.append(script);
        }));
    return scripts.get(path);
}
