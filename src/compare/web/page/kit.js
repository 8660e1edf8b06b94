// Small pieces that the views share.

// `elements.js` is the report's, and no module.
export const el = globalThis.el;

export const isOver = (run) => run.state !== 'queued' && run.state !== 'running';

// `25 Nov 2026, 21:08:33`, of here.
export const when = (iso) => new Date(iso).toLocaleString('en-GB', {dateStyle: 'medium', timeStyle: 'medium'});

// `–` for what is not known.
export function known(value, digits = 0) {
    if (!Number.isFinite(value)) return '–';
    return value.toLocaleString('en', {minimumFractionDigits: digits, maximumFractionDigits: digits});
}

// A table that may be wider than the page: it scrolls for itself, by the keyboard too.
export function wide(label, table) {
    return el('div', {class: 'scroll', role: 'region', tabindex: 0, 'aria-label': label}, table);
}

export const cell = (text) => el('td', {}, text);

export function headRow(...titles) {
    return el('thead', {}, el('tr', {}, ...titles.map((title) => el('th', {scope: 'col'}, title))));
}

// Values in one of the browser's storages, of which a browser may refuse even the name.
export const keptIn = (storage) => ({
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
            // The page works on without.
        }
    },
});

// What is kept between visits.
export const memory = keptIn(() => localStorage);

// Tells what goes wrong in it. False where something did.
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

// A button whose press takes its time, and which cannot be pressed again meanwhile.
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

// A script that is no module, once. Rejects where there is none.
export function loadScript(path) {
    if (!scripts.has(path))
        scripts.set(path, new Promise((resolve, reject) => {
            const script = el('script', {src: path, onload: resolve, onerror: () => reject(new Error(`there is no ${path}`))});
            document.head.append(script);
        }));
    return scripts.get(path);
}
