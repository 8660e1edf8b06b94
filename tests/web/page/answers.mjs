// Answers of the service about traces, explanations and claims, for tests in which a real run would take too long or would differ each
// time.
const ID = '20261126T040000Z-0000000';

const call = (step, stage, name, at_us, took_us, result, more = {}) =>
    ({step, stage, call: name, at_us, took_us, result, error: null, thread: 0, sleeps: stage === 'wait' ? 1 : 0, detail: 'fd 6 (socket)', ...more});

export const TRACE = {
    format: 'iomux-trace', version: 2, size: 64, note: 'traced: the times are longer than without tracing',
    servers: [
        {name: 'epoll', program: 'raw', unavailable: null, answered_us: 80, calls: [
            call('connect', 'wait', 'epoll_wait', -5000, 5100, 1), call('connect', 'accept', 'accept4', 120, 20, 6),
            call('connect', 'accept', 'accept4', 150, 20, -1, {error: 'EAGAIN'}),
            call('message', 'wait', 'epoll_wait', -4000, 4010, 1), call('message', 'read', 'recvfrom', 20, 15, 64),
            call('message', 'write', 'sendto', 40, 30, 64), call('close', 'read', 'recvfrom', 30, 20, 0),
            call('close', 'close', 'close', 60, 50, 0)]},
        {name: 'blocking', program: 'raw', unavailable: null, answered_us: 50, calls: [
            call('message', 'read', 'recvfrom', -10, 30, 64, {thread: 2, sleeps: 1}), call('message', 'write', 'sendto', 25, 15, 64, {thread: 3}),
            call('message', 'other', 'mmap', 55, 2, 140733193388032, {detail: ''})]},
        {name: 'io_uring', program: 'raw', unavailable: 'this kernel forbids it', answered_us: null, calls: []},
    ],
};

const run = (number, request, state, live = {}) => ({id: `${ID}${number}`, created: '2026-11-26T04:00:00Z', state, request, error: null,
    place: null, live: {work: null, rounds: null, window_seconds: null, sessions: null, baseline: null, servers: [], seconds: 0, step: null,
        sample: null, slices: null, latest: null, scenario: null, point: null, verdict: null, ...live}});

export const traceRun = (state = 'finished') => run(1, {kind: 'trace', servers: TRACE.servers.map(({name}) => name), size: 64}, state);
export const comparisonRun = (state, live) => run(3, {kind: 'comparison', servers: ['epoll', 'select'], connections: 4}, state, live);
export const scenarioRun = (state, live) => run(4, {kind: 'scenario', scenario: 'idle', servers: ['minimal', 'select', 'epoll'], quick: true}, state, live);
export const explanationRun = (state, more = {}) => ({...run(5, {kind: 'explanation', servers: ['epoll', 'select'], connections: 4}, state), ...more});
export const claimsRun = (state = 'finished', live = {}) => run(2, {kind: 'claims', quick: true}, state, live);

// Answers requests about the runs that a test has made up. All other requests go to the service.
export class Answers {
    constructor(page) {
        this.page = page;
        this.runs = new Map();
        this.results = new Map();
        this.tested = null;   // the run that has tested the claims
        this.verdicts = {};   // of claims, by id
        this.posted = [];
        this.sockets = new Map();
    }

    async open() {
        const json = (body, status = 200) => ({status, contentType: 'application/json', body: JSON.stringify(body)});
        const {page} = this;
        await page.route(/\/api\/runs(\?.*)?$/, async (route) => {
            if (route.request().method() === 'POST') {
                const request = route.request().postDataJSON();
                return request.kind ? route.fulfill(json(this.begin(request), 202)) : route.continue();
            }
            const answer = await route.fetch();
            const {runs, ...part} = await answer.json();
            return route.fulfill(json({runs: [...this.runs.values(), ...runs], ...part}));
        });
        await page.route(/\/api\/results$/, async (route) => {
            const {results} = await (await route.fetch()).json();
            const mine = [...this.runs.values()].filter(({state}) => state === 'finished');
            return route.fulfill(json({results: [...mine, ...results]}));
        });
        await page.route(new RegExp(`/api/(runs/${ID}\\d|results/${ID}\\d(/summary)?)$`), (route) => {
            const {pathname} = new URL(route.request().url());
            const id = pathname.split('/')[3];
            return route.fulfill(json(pathname.includes('/runs/') ? this.runs.get(id) : this.results.get(id)));
        });
        await page.route(/\/api\/claims$/, (route) => route.fulfill(json({claims: this.claims(), of: this.tested})));
        await page.routeWebSocket(new RegExp(`/api/runs/${ID}\\d/events$`), (socket) => {
            const id = new URL(socket.url()).pathname.split('/').at(-2);
            this.sockets.set(id, [...this.sockets.get(id) ?? [], socket]);
            socket.send(JSON.stringify(this.runs.get(id)));
        });
        // A page opens its WebSockets here only if it is loaded after this.
        await page.reload();
        await page.waitForSelector('form');
        return this;
    }

    begin(request) {
        this.posted.push(request);
        const begun = {claims: claimsRun, explanation: explanationRun, trace: traceRun, scenario: scenarioRun}[request.kind]('running');
        this.runs.set(begun.id, begun);
        return begun;
    }

    // Sends the run to all WebSockets that follow it.
    send(run) {
        this.runs.set(run.id, run);
        for (const socket of this.sockets.get(run.id) ?? []) socket.send(JSON.stringify(run));
    }

    store(run, results) {
        this.results.set(run.id, results);
        this.send(run);
    }

    claims() {
        return Object.entries(this.verdicts).map(([id, verdict]) => ({id, claim: `A claim about ${id}.`, experiment: `A test of ${id}.`,
            figures: verdict === 'not_measured' ? [] : [{name: 'runs', value: 4, unit: ''}, {name: 'is true', value: 1, unit: 'yes or no'}],
            verdict, why: verdict === 'not_measured' ? '' : `A reason for ${id}.`}));
    }
}
