// The servers' code, for the views that show it.
import {loadScript} from './kit.js';
import {loadKeys} from './server_key.js';

let loading = null;

// `{servers, files}` of GET /sources.json, requested once; `files` has the HTML of each line. Also loads the scripts that
// describe servers.
export function loadSources(app) {
    loading ??= load(app).catch((error) => {
        loading = null;
        throw error;
    });
    return loading;
}

async function load(app) {
    const [{servers, files}] = await Promise.all([app.get('/sources.json'), loadScript('/code.js'), loadKeys()]);
    return {servers, files: Object.fromEntries(Object.entries(files).map(([path, html]) => [path, html.split('\n')]))};
}
