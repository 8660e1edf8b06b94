// A service and a browser, for the tests of the page.
import {spawn} from 'node:child_process';
import {mkdtemp, readFile, rm} from 'node:fs/promises';
import {createRequire} from 'node:module';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import {setTimeout as pause} from 'node:timers/promises';
import {chromium} from 'playwright-core';

// Longer than anything takes: a test that waits for this long has failed.
export const TIMEOUT_MS = 60_000;
const DESKTOP = {width: 1280, height: 900};

// `SHORT` and `LONG` measure in windows, one server after another.
// This run lasts until it is stopped. Its rate leaves enough CPU time for the browser.
export const LONG = {servers: ['epoll', 'select'], rounds: 100, milliseconds: 1000, connections: 4, rate: 1000};
export const SHORT = {servers: ['epoll', 'select'], rounds: 2, milliseconds: 50, connections: 4};
// Its servers are measured at once.
export const SESSIONS = {servers: ['minimal', 'epoll'], sessions: 2, connections: 4};

export async function until(holds, timeout = TIMEOUT_MS) {
    const end = Date.now() + timeout;
    while (!await holds()) {
        if (Date.now() > end) throw new Error(`still false after ${timeout / 1000} s: ${holds}`);
        await pause(50);
    }
}

// Collects the addresses of the whole results that a page requests from now on.
export function wholeResultsAskedBy(page) {
    const asked = [];
    page.on('request', (request) => { if (/\/api\/results\/[^/]+$/.test(request.url())) asked.push(request.url()); });
    return asked;
}

export class Service {
    // Port 0: the kernel chooses one. `before`: a command and its arguments, which starts the service.
    static async start(results, port = 0, before = []) {
        const service = new Service();
        const [program, ...words] = [...before, process.env.IOMUX_SERVE, '--port', `${port}`, '--results', results];
        service.process = spawn(program, words, {stdio: ['ignore', 'pipe', 'inherit']});
        service.ended = new Promise((resolve) => service.process.once('exit', resolve));
        for await (const line of createInterface(service.process.stdout)) {
            service.link = line.replace('open ', '');
            break;
        }
        if (!service.link) return service;  // it has ended
        service.url = new URL(service.link).origin;
        service.token = service.link.split('token=')[1];
        return service;
    }

    // On a port that the kernel gives to no other socket, so that it can be started there again.
    static async startOnFixedPort(results) {
        for (;;) {
            const service = await Service.start(results, 20000 + Math.floor(Math.random() * 12000));
            if (service.link) return service;
            await service.ended;
        }
    }

    async stop() {
        this.process.kill();
        await this.ended;
    }

    async ask(method, path, body) {
        const headers = {Authorization: `Bearer ${this.token}`, 'Content-Type': 'application/json'};
        const response = await fetch(this.url + path, {method, headers, body: body && JSON.stringify(body)});
        return response.json();
    }

    // Starts a run and returns its id.
    async begin(request) {
        return (await this.ask('POST', '/api/runs', request)).id;
    }

    // The same, but waits until the run has finished.
    async finish(request, timeout = TIMEOUT_MS) {
        const id = await this.begin(request);
        await until(async () => (await this.ask('GET', `/api/runs/${id}`)).state === 'finished', timeout);
        return id;
    }

    async runs() {
        return (await this.ask('GET', '/api/runs')).runs;
    }

    async stopAll() {
        for (const run of await this.runs()) await this.ask('DELETE', `/api/runs/${run.id}`);
    }
}

export class Fixture {
    pages = [];

    static open() {
        return new Fixture().open();
    }

    // `start`: how the service is started.
    async open(start = Service.start) {
        this.results = await mkdtemp(join(tmpdir(), 'iomux-page-'));
        this.service = await start(this.results);
        this.browser = await chromium.launch({executablePath: process.env.CHROMIUM,
            args: ['--disable-dev-shm-usage', ...(process.getuid() === 0 ? ['--no-sandbox'] : [])]});
        return this;
    }

    // Opens the link that the service has printed in a new browser context. Errors in the page are collected in
    // `page.errors`.
    async page(options = {}) {
        // While a page scrolls smoothly, a click may hit what is no longer there.
        const context = await this.browser.newContext({viewport: DESKTOP, reducedMotion: 'reduce', ...options});
        context.setDefaultTimeout(TIMEOUT_MS);
        const page = await context.newPage();
        this.pages.push(page);
        page.errors = [];
        page.on('pageerror', (error) => page.errors.push(error.message));
        await page.goto(this.service.link);
        await page.waitForSelector('form');
        return page;
    }

    async restartService() {
        await this.service.stop();
        this.service = await Service.start(this.results);
    }

    // An open page keeps sending requests, and the routes of a test would answer for a service that no longer runs.
    async closePages() {
        for (const page of this.pages.splice(0)) {
            await page.unrouteAll({behavior: 'ignoreErrors'});
            await page.context().close();
        }
    }

    async close() {
        await this.closePages();
        await this.browser?.close();
        await this.service?.stop();
        await rm(this.results, {recursive: true});
    }
}

// What axe finds in the page: a line for each rule. Most pages do without axe, which takes long to load.
export async function violationsIn(page) {
    if (!await page.evaluate(() => 'axe' in globalThis))
        await page.evaluate(await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8'));
    // Without this option, axe also describes every element in which it found nothing.
    const {violations} = await page.evaluate(() => globalThis.axe.run({resultTypes: ['violations']}));
    return violations.map(({id, nodes}) => `${id}: ${nodes.map(({html}) => html).slice(0, 3).join(' | ')}`);
}

// Opens another view through its link.
export async function goTo(page, view) {
    await page.click(`nav a[data-view=${view}]`);
    await page.waitForSelector(`nav a[data-view=${view}][aria-current=page]`);
    await page.waitForSelector(`#${view}:not([hidden]) h2`, {state: 'attached'});
}

export async function fillLoad(page, numbers) {
    await page.evaluate(() => { for (const details of document.querySelectorAll('fieldset details')) details.open = true; });
    if ('rounds' in numbers || 'milliseconds' in numbers) await page.check('[name=way][value=windows]');
    for (const [name, value] of Object.entries(numbers)) await page.fill(`[name=${name}]`, `${value}`);
}

export async function choose(page, servers) {
    for (const box of await page.locator('[name=server]').all()) await box.setChecked(servers.includes(await box.inputValue()));
}
