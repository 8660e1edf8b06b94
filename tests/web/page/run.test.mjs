// The view Run.
import assert from 'node:assert/strict';
import {createServer} from 'node:http';
import {test} from 'node:test';
import {Answers, comparisonRun, explanationRun, scenarioRun} from './answers.mjs';
import {LONG, SESSIONS, SHORT, choose, fillLoad, goTo, until, violationsIn} from './fixture.mjs';
import {fixtureForTests} from './hooks.mjs';

const fixture = fixtureForTests();

const runOf = (page) => page.url().split('#run/')[1];

test('a run shows live figures, then verdicts', async () => {
    const page = await fixture.page();
    await choose(page, SHORT.servers);
    // The rate leaves the browser enough time for two updates within a round.
    await fillLoad(page, {connections: 4, rounds: 2, milliseconds: 2000, rate: 1000});
    await page.click('button:text-is("Start")');
    // Looks at a server's first round, in which its row shows only samples.
    await page.waitForFunction(() => {
        const seen = window.seen ??= new Set();
        for (const row of document.querySelectorAll('#live tr.now'))
            if (row.cells[7].textContent === '0/2') seen.add(row.cells[4].textContent);
        return seen.size >= 2;
    });
    await page.waitForSelector('.charts canvas >> nth=2');
    await page.waitForSelector('#verdicts table');
    const {scenarios} = await fixture.service.ask('GET', `/api/results/${runOf(page)}`);
    const [point] = scenarios[0].points;
    for (const server of point.servers) {
        const row = page.locator('.verdicts tbody tr', {has: page.locator(`th:text-is("${server.title}")`)});
        assert.equal(await row.locator('td').first().innerText(), server.medians.cpu_us_per_message.toFixed(2));
        assert.equal(await row.locator('td.verdict').innerText(), server.medians.ratio.verdict);
    }
    assert.deepEqual(page.errors, []);
});

test('a run measures in sessions unless rounds are chosen', async () => {
    const {service} = fixture;
    const page = await fixture.page();
    await choose(page, SESSIONS.servers);
    await fillLoad(page, {connections: 4, sessions: 2});
    assert.equal(await page.locator('[name=rounds]').isVisible(), false);
    await page.click('button:text-is("Start")');
    await page.waitForSelector('#run .lead:has-text("; 2 sessions.")');
    await page.waitForSelector('#verdicts table');
    const {request} = await service.ask('GET', `/api/runs/${runOf(page)}`);
    assert.deepEqual([request.sessions, request.budget_seconds, request.rounds, request.milliseconds], [2, null, null, null]);
    await page.check('[name=way][value=windows]');
    assert.equal(await page.locator('[name=sessions]').isVisible(), false);
    await fillLoad(page, {rounds: 1, milliseconds: 50});
    const before = (await service.runs()).length;
    await page.click('button:text-is("Start")');
    await until(async () => (await service.runs()).length > before);
    const {request: next} = (await service.runs())[0];
    assert.deepEqual([next.sessions, next.rounds, next.milliseconds], [null, 1, 50]);
    assert.deepEqual(page.errors, []);
});

// A state of a run in sessions. The interval of epoll's ratio narrows with every session.
function stateInSessions(sessions, share) {
    const figures = (title, ratio) => ({title, skipped: null, failed: null, system_calls: null, rounds: sessions,
        messages_per_second: sessions ? 1000 : null, cpu_us_per_message: sessions ? 10 : null, p50_us: null, p99_us: null,
        ratio: sessions ? ratio : null});
    const ends = {low: 0.5 - 0.1 / Math.max(sessions, 1), high: 0.5 + 0.1 / Math.max(sessions, 1)};
    return comparisonRun('running', {rounds: 10, window_seconds: 0.4, sessions, baseline: sessions ? 'select' : null, seconds: 55,
        servers: [figures('epoll', {value: 0.5, ...ends, verdict: 'less', same_within: null}),
            figures('select', {value: 1, low: 1, high: 1, verdict: 'baseline', same_within: null})],
        step: {server: 'all servers', step: `session ${sessions + 1}`, seconds_left: 50},
        slices: {session: sessions + 1, sessions: sessions + share, servers: ['select', 'epoll'].map((server) =>
            ({server, messages_per_second: 1000 + share, cpu_us_per_message: 20}))},
        latest: sessions ? {sessions, servers: ['epoll', 'select'].map((server) => ({server, p50_us: 30, p99_us: 40}))} : null});
}

async function pageWithARunInSessions() {
    const page = await fixture.page();
    const answers = await new Answers(page).open();
    const first = stateInSessions(0, 0.2);
    answers.runs.set(first.id, first);
    await page.goto(`${fixture.service.url}/#run/${first.id}`);
    await page.reload();
    await page.waitForSelector('.charts canvas >> nth=2');
    return {page, answers};
}

const pointsOf = (page, number) => page.evaluate((i) => Chart.getChart(document.querySelectorAll('.charts canvas')[i])
    .data.datasets.map(({label, data}) => [label, data.map(({x}) => x)]), number);

test('in sessions the lines of all servers grow together', async () => {
    const {page, answers} = await pageWithARunInSessions();
    for (const [sessions, share] of [[0, 0.6], [0, 1], [1, 0.5]]) answers.send(stateInSessions(sessions, share));
    await page.waitForFunction(() => Chart.getChart(document.querySelector('.charts canvas')).scales.x.max === 2);
    for (const chart of [0, 1])
        assert.deepEqual(await pointsOf(page, chart), ['epoll', 'select'].map((title) => [title, [0.2, 0.6, 1, 1.5]]));
    // The latencies are known after each session.
    assert.deepEqual(await pointsOf(page, 2), ['epoll', 'epoll', 'select', 'select'].map((title) => [title, [1]]));
    const ends = await page.evaluate(() => [...document.querySelectorAll('.charts canvas')].map((canvas) => Chart.getChart(canvas).scales.x.max));
    assert.deepEqual(ends, [2, 2, 2]);
    assert.deepEqual(page.errors, []);
});

test('in sessions the table has the ratios so far, which sharpen with every session', async () => {
    const {page, answers} = await pageWithARunInSessions();
    const row = (title) => page.locator(`#live tbody tr:has(th:text-is("${title}")) td`).allInnerTexts();
    // Before the first session has ended, the table shows the newest slices.
    assert.deepEqual(await row('epoll'), ['20.00', '–', '–', '1,000', '–', '–', '0', '']);
    for (const [sessions, interval] of [[1, '0.40–0.60'], [2, '0.45–0.55'], [10, '0.49–0.51']]) {
        answers.send(stateInSessions(sessions, 0.5));
        await page.waitForSelector(`#live td:text-is("0.50 × [${interval}]")`);
        assert.deepEqual(await row('epoll'), ['10.00', `0.50 × [${interval}]`, 'cheaper', '1,000', '–', '–', `${sessions}`, '']);
        assert.deepEqual(await row('select'), ['10.00', '1.00 × [1.00–1.00]', 'baseline', '1,000', '–', '–', `${sessions}`, '']);
    }
    assert.equal(await page.locator('#live tr.now').count(), 0);
    assert.equal(await page.locator('#live thead th').nth(2).innerText(), 'relative to select');
});

test('in sessions the table says which servers are the same so far', async () => {
    const {page, answers} = await pageWithARunInSessions();
    const verdictWith = async (distance) => {
        const state = stateInSessions(10, 0.5);
        state.live.servers[0].ratio = {value: 1, low: 0.99, high: 1.01, verdict: 'not told apart', same_within: distance};
        answers.send(state);
        const text = distance === null ? 'not told apart' : 'the same within 2 %';
        await page.waitForSelector(`#live tbody tr:has(th:text-is("epoll")) td:text-is("${text}")`);
    };
    await verdictWith(null);
    await verdictWith(0.02);
    assert.deepEqual(page.errors, []);
});

test('figures are redrawn at most twice a second, and the last state is not left out', async () => {
    const {page, answers} = await pageWithARunInSessions();
    await page.evaluate(() => {
        window.changes = [];
        const begin = performance.now();
        const look = new MutationObserver(() => window.changes.push(performance.now() - begin));
        for (const cell of document.querySelectorAll('#live tbody td')) look.observe(cell, {childList: true});
    });
    for (let sessions = 1; sessions <= 50; ++sessions) answers.send(stateInSessions(sessions, 0.5));
    await page.waitForSelector('#live td:text-is("50")');
    const changes = await page.evaluate(() => window.changes);
    assert.ok(changes.length <= 1 + changes.at(-1) / 500, `${changes}`);
});

test('charts are redrawn at most twice a second, and a long run draws no more than a short one', async () => {
    const {page, answers} = await pageWithARunInSessions();
    await page.evaluate(() => {
        window.updates = [];
        window.changes = [];
        new MutationObserver(() => window.changes.push(performance.now()))
            .observe(document.body, {subtree: true, childList: true, characterData: true, attributes: true});
        const {update} = Chart.prototype;
        Chart.prototype.update = function counted(...mode) {
            if (this.canvas === document.querySelector('.charts canvas')) window.updates.push(performance.now());
            return update.apply(this, mode);
        };
    });
    for (let sessions = 1; sessions <= 1000; ++sessions) answers.send(stateInSessions(sessions, 0.5));
    await page.waitForSelector('#live td:text-is("1000")');
    // Nothing else on the page changes more often. On a busy machine the first one may be noticed late.
    const late = 100;
    for (const times of await page.evaluate(() => [window.updates, window.changes]))
        assert.ok(times.length > 0 && times.length <= 1 + (times.at(-1) - times[0] + late) / 500, `${times}`);
    const most = await page.evaluate(() => Math.max(...[...document.querySelectorAll('.charts canvas')].flatMap((canvas) =>
        Chart.getChart(canvas).data.datasets.map(({data}) => data.length))));
    assert.ok(most > 100 && most <= 400, `${most}`);
    assert.deepEqual(page.errors, []);
});

test('the tables say on which cores the browser may run', async () => {
    const {page} = await pageWithARunInSessions();
    const cores = await page.evaluate(() => navigator.hardwareConcurrency);
    const text = `A browser on this machine may run on all of its ${cores} cores, those of the servers and of the load generator included.`;
    await page.waitForSelector(`#live caption:has-text("${text}")`);
    const id = await fixture.service.finish(SHORT);
    await page.goto(`${fixture.service.url}/#run/${id}`);
    await page.waitForSelector(`#verdicts .quiet:has-text("${text}")`);
});

test('a run that needs windows instead of sessions shows its rounds', async () => {
    const {page, answers} = await pageWithARunInSessions();
    const state = stateInSessions(0, 0.5);
    answers.send({...state, live: {...state.live, sessions: null, slices: null,
        sample: {server: 'epoll', round: 1, seconds: 0.2, messages: 9, messages_per_second: 900, cpu_us_per_message: 7, p50_us: null, p99_us: null}}});
    await page.waitForSelector('#live tr.now td:text-is("0/10")');
    await page.waitForFunction(() => document.querySelectorAll('.charts canvas').length === 3 &&
        Chart.getChart(document.querySelector('.charts canvas'))?.scales.x.max === 4);
    assert.deepEqual((await pointsOf(page, 0)).map(([, xs]) => xs.length), [1, 0]);
    // If the run has a budget, the number of rounds is not known before.
    answers.send({...state, live: {...state.live, sessions: null, rounds: null, slices: null}});
    await page.waitForSelector('#live td:text-is("0")');
    assert.deepEqual(page.errors, []);
});

test('a page loaded during a run shows it, queues a second run and stops both', async () => {
    const {service} = fixture;
    const id = await service.begin(LONG);
    const page = await fixture.page();
    await page.waitForSelector('#live tr.now');
    assert.equal(runOf(page), id);
    await page.reload();
    await page.waitForSelector('#live tr.now');
    assert.equal(runOf(page), id);
    await page.click('button:text-is("Start")');
    await page.waitForSelector('#run-state:has-text("Queued behind 1 run")');
    for (const one of [runOf(page), id]) {
        await page.goto(`${service.url}/#run/${one}`);
        await page.click('button:text-is("Stop")');
        await page.waitForSelector('#run-state:has-text("Stopped.")');
    }
    assert.deepEqual((await service.runs()).slice(0, 2).map((run) => run.state), ['stopped', 'stopped']);
});

test('the address of an unknown run shows an error', async () => {
    const page = await fixture.page();
    await page.goto(`${fixture.service.url}/#run/20260101T000000Z-00000000`);
    await page.waitForSelector('#notice:has-text("run not found")');
    assert.deepEqual(page.errors, []);
});

test('the charts of a finished run have points, whether or not they were loaded before', async () => {
    const {service} = fixture;
    const ids = [await service.finish(SHORT), await service.finish(SHORT)];
    const page = await fixture.page();
    for (const id of ids) {
        // The figures of the finished run are shown before its results.
        let release;
        const released = new Promise((resolve) => { release = resolve; });
        await page.route(`**/api/results/${id}`, async (route) => {
            await released;
            await route.continue();
        });
        await page.goto(`${service.url}/#run/${id}`);
        await page.waitForSelector('#verdicts table', {state: 'detached'});
        if (id !== ids[0]) await page.waitForSelector('.charts canvas >> nth=2');
        release();
        await page.waitForSelector('#verdicts table');
        // The third chart is that of the latencies, which need many messages.
        await page.waitForFunction(() => [...document.querySelectorAll('.charts canvas')].slice(0, 2).filter((canvas) =>
            Chart.getChart(canvas)?.data.datasets.every(({data}) => data.length === 2)).length === 2);
    }
    assert.deepEqual(page.errors, []);
});

test('the charts of a finished run are those of its results, however little the page has seen of it', async () => {
    const {service} = fixture;
    const results = await service.ask('GET', `/api/results/${await service.finish({...SHORT, rounds: 3})}`);
    const page = await fixture.page();
    const answers = await new Answers(page).open();
    const figures = {messages_per_second: 900, cpu_us_per_message: 7, p50_us: null, p99_us: null};
    const live = {rounds: 3, window_seconds: 0.05, seconds: 1, servers: SHORT.servers.map((title) => ({title, skipped: null, failed: null,
        system_calls: null, rounds: 0, messages_per_second: null, cpu_us_per_message: null, p50_us: null, p99_us: null, ratio: null}))};
    const running = comparisonRun('running', {...live, sample: {server: 'epoll', round: 1, seconds: 0.02, messages: 9, ...figures}});
    answers.runs.set(running.id, running);
    await page.goto(`${service.url}/#run/${running.id}`);
    await page.reload();
    await page.waitForSelector('.charts canvas >> nth=2');
    await page.waitForFunction(() => Chart.getChart(document.querySelector('.charts canvas')).data.datasets[0].data.length === 1);
    // The latencies have no points yet.
    await page.waitForSelector('.charts .nothing:has-text("No figures yet.") >> visible=true');
    answers.store(comparisonRun('finished', live), results);
    await page.waitForSelector('#verdicts table');
    for (const chart of [0, 1])
        assert.deepEqual((await pointsOf(page, chart)).map(([title, xs]) => [title, xs.length]), SHORT.servers.map((title) => [title, 3]));
    assert.deepEqual(page.errors, []);
});

test('a finished run has no percentile of too few messages, and says which are of all rounds together', async () => {
    const {service} = fixture;
    // About 100 messages in each of 12 rounds, so a p99 is known of all of them only, and a p99.9 is not.
    const id = await service.finish({...SHORT, servers: ['epoll'], rounds: 12, milliseconds: 100, rate: 1000});
    const {scenarios: [{points: [{servers: [{medians, pooled_percentiles: pooled}]}]}]} = await service.ask('GET', `/api/results/${id}`);
    assert.equal(medians.latency_us.p99_9, null);
    const isPooled = pooled.includes('latency_us_p99');
    assert.equal(isPooled, medians.latency_us.p99 !== null);
    const page = await fixture.page();
    await page.goto(`${service.url}/#run/${id}`);
    await page.waitForSelector('#verdicts .quiet:text-is("p50, p99: the medians over the rounds.")');
    assert.equal(await page.locator('#verdicts .quiet:has-text("p99 µs: of the messages of all rounds together")').count(), isPooled ? 1 : 0);
});

test('a chart without points says why', async () => {
    const {service} = fixture;
    const id = await service.finish(SHORT);
    const results = await service.ask('GET', `/api/results/${id}`);
    // As if each round had too few messages for these.
    for (const {load} of results.scenarios[0].points[0].servers.flatMap(({rounds}) => rounds))
        Object.assign(load.latency_us, {p50: null, p99: null});
    const page = await fixture.page();
    await page.route(`**/api/results/${id}`, (route) => route.fulfill({json: results}));
    await page.goto(`${service.url}/#run/${id}`);
    await page.reload();  // the page already has the results of the newest run
    await page.waitForSelector('.charts .nothing:text-is("Not known: each round had too few messages.") >> visible=true');
    assert.deepEqual(await page.evaluate(() => [...document.querySelectorAll('.charts .nothing')].map((note) => note.hidden)),
        [true, true, false]);
});

test('the charts of a run that has finished in sessions have a point for each', async () => {
    const {service} = fixture;
    const id = await service.finish(SESSIONS);
    const page = await fixture.page();
    await page.goto(`${service.url}/#run/${id}`);
    await page.waitForSelector('#verdicts table');
    await page.waitForSelector('.charts canvas >> nth=2');
    const {scenarios: [{points: [point]}]} = await service.ask('GET', `/api/results/${id}`);
    const rounds = point.servers[0].rounds.length;
    await page.waitForFunction((count) => Chart.getChart(document.querySelector('.charts canvas'))?.data.datasets
        .every(({data}) => data.length === count), rounds);
    // Sessions are not possible on every kernel.
    if (point.slice_seconds !== null)
        assert.deepEqual(await pointsOf(page, 0), SESSIONS.servers.map((title) => [title, [1, 2]]));
    assert.deepEqual(page.errors, []);
});

test('a server keeps its colour and marker in all runs, pins and reports', async () => {
    const {service} = fixture;
    const requests = [['epoll', 'select'], ['poll', 'select', 'epoll'], ['minimal', 'poll', 'epoll']].map((servers) => ({...SHORT, servers}));
    const page = await fixture.page();
    const looks = new Map();
    const add = (all) => { for (const [title, look] of all) looks.set(title, (looks.get(title) ?? new Set()).add(look)); };
    for (const request of requests) {
        const id = await service.finish(request);
        await page.goto(`${service.url}/#run/${id}`);
        await page.waitForSelector(`#run .keys svg >> nth=${request.servers.length - 1}`);
        await page.waitForFunction((count) => document.querySelectorAll('#run .charts .keys svg').length === count, request.servers.length);
        add(await page.evaluate(() => [...document.querySelectorAll('#run .charts .keys svg')].map((svg) =>
            [svg.dataset.series, [svg.style.color, ...[...svg.children].map((path) => path.getAttribute('d'))].join()])));
        const report = await page.context().newPage();
        await report.goto(`${service.url}/api/results/${id}/report`);
        await report.waitForSelector('html[data-drawn]');
        add(await report.evaluate((titles) => titles.map((title) => {
            const svg = swatch(styles.line(title), title);
            return [title, [svg.style.color, ...[...svg.children].map((path) => path.getAttribute('d'))].join()];
        }), request.servers));
        await report.close();
    }
    assert.deepEqual([...looks].filter(([, all]) => all.size !== 1), []);
    assert.equal(new Set([...looks.values()].map(([look]) => look)).size, looks.size);
    assert.deepEqual(page.errors, []);
});

test('a run with enough rounds for verdicts does not ask for more', async () => {
    const {service} = fixture;
    const page = await fixture.page();
    for (const [rounds, isEnough] of [[2, false], [10, true]]) {
        const id = await service.finish({...SHORT, rounds});
        await page.goto(`${service.url}/#run/${id}`);
        await page.waitForSelector(`#run .lead:has-text("${rounds} rounds of 50 ms")`);
        await page.waitForSelector('#verdicts table');
        assert.equal(await page.locator('#verdicts:has-text("Too few rounds for verdicts")').count(), isEnough ? 0 : 1);
    }
});

test('a page that loses its connection opens another', async () => {
    await fixture.service.begin(LONG);
    const page = await fixture.page();
    let connections = 0;
    await page.routeWebSocket(/\/events$/, (socket) => {
        if (++connections > 1) socket.connectToServer();
        else socket.close();
    });
    await page.reload();
    // The state from GET also marks the current row, so the row alone does not prove a second connection.
    await until(() => connections > 1);
    await page.waitForSelector('#live tr.now');
    assert.ok(connections > 1);
});

test('pinned runs are compared and stay pinned after a reload', async () => {
    const {service} = fixture;
    const ids = [await service.finish(SHORT), await service.finish({...SHORT, idle: 50})];
    const page = await fixture.page();
    for (const id of ids) {
        await page.goto(`${service.url}/#run/${id}`);
        await page.click('button:text-is("Pin")');
        await page.waitForSelector('button:text-is("Unpin")');
    }
    await page.reload();
    await page.waitForSelector('.pinned tbody tr >> nth=3');
    const results = await Promise.all(ids.map((id) => service.ask('GET', `/api/results/${id}`)));
    const [first, second] = results.map(({scenarios}) =>
        scenarios[0].points[0].servers.find(({title}) => title === 'select').medians);
    const cells = async (column) => page.locator(`.pinned tbody td:nth-last-child(${column})`).allInnerTexts();
    const ratios = [first, second].map(({ratio}) => `${ratio.value.toFixed(2)} × epoll`);
    assert.deepEqual(await cells(3), ['baseline', 'baseline', ...ratios]);
    assert.deepEqual((await cells(4)).slice(2), [first, second].map((medians) => medians.cpu_us_per_message.toFixed(2)));
    await page.waitForSelector('#run:has-text("The table has no ratios between runs")');
    await page.waitForSelector('#run .warning:has-text("measured with different loads or in different ways") >> visible=true');
    assert.ok((await page.locator('#run .warning').innerText()).endsWith(' differ for this reason, too. Idle connections: 0 and 50.'));
    assert.equal(await page.locator('.pins li').count(), 2);
    await page.click('.pins button >> nth=0');
    await page.waitForFunction(() => document.querySelectorAll('.pins li').length === 1);
    assert.equal(await page.locator('#run .warning').count(), 0);
});

test('stored runs are listed and can be opened after a restart of the service', async () => {
    const id = await fixture.service.finish(SHORT);
    await fixture.restartService();
    const page = await fixture.page();
    await goTo(page, 'saved');
    await page.click(`.saved a[href="#run/${id}"]`);
    await page.waitForSelector('#verdicts table');
    assert.equal(await page.locator('#run-title').innerText(), 'epoll, select');
    const report = await page.request.get(await page.locator('#run a:text-is("Report")').evaluate((link) => link.href));
    assert.match(report.headers()['content-type'], /^text\/html/);
    const [download] = await Promise.all([page.waitForEvent('download'), page.click('#run a:text-is("JSON")')]);
    assert.equal(download.suggestedFilename(), `iomux-${id}.json`);
});

test('without the token no run starts, and the page says what to do', async () => {
    const page = await fixture.page();
    await page.evaluate(() => localStorage.clear());
    await page.click('button:text-is("Start")');
    await page.waitForSelector('#notice:has-text("Open the link that the service printed")');
});

test('the link with the token also works in an open page', async () => {
    const page = await fixture.page();
    await page.evaluate(() => localStorage.clear());
    await page.evaluate((token) => { location.hash = `#token=${token}`; }, fixture.service.token);
    await page.waitForFunction(() => localStorage.getItem('token') !== null && location.hash === '');
    await page.click('button:text-is("Start")');
    await page.waitForURL(/#run\/\d{8}T/);
    await page.click('button:text-is("Stop")');
    await page.waitForSelector('#run-state[data-state="stopped"]');
});

test('a run that starts while another view is shown does not change view or address', async () => {
    const page = await fixture.page();
    await page.waitForSelector('button:text-is("Start")');
    await page.evaluate(() => { location.hash = '#learn/select'; });
    await page.waitForSelector('#learn:not([hidden])');
    const id = await fixture.service.begin(LONG);
    await page.waitForSelector('#active-run a');
    assert.equal(new URL(page.url()).hash, '#learn/select');
    await page.click('#active-run a');
    await page.waitForSelector('#run:not([hidden])');
    assert.equal(new URL(page.url()).hash, `#run/${id}`);
    await page.click('button:text-is("Stop")');
    await page.waitForSelector('#run-state[data-state="stopped"]');
});

test('without Chart.js the page shows a table and says why', async () => {
    const id = await fixture.service.finish(SHORT);
    const page = await fixture.page();
    await page.route('**/chart.js', (route) => route.fulfill({status: 404}));
    await page.goto(`${fixture.service.url}/#run/${id}`);
    await page.reload();
    await page.waitForSelector('.charts:has-text("built without Chart.js")');
    await page.waitForSelector('#verdicts table');
});

test('a page of another origin cannot read, start or follow runs', async () => {
    const elsewhere = createServer((_, response) => response.end('<!DOCTYPE html><title>elsewhere</title>'));
    await new Promise((resolve) => elsewhere.listen(0, '127.0.0.1', resolve));
    try {
        const page = await (await fixture.browser.newContext()).newPage();
        await page.goto(`http://127.0.0.1:${elsewhere.address().port}`);
        const before = (await fixture.service.runs()).length;
        const outcomes = await page.evaluate(async ([url, token, request]) => {
            const read = fetch(`${url}/api/servers`).then(() => 'read', () => 'refused');
            const started = fetch(`${url}/api/runs`, {method: 'POST', body: JSON.stringify(request),
                headers: {Authorization: `Bearer ${token}`, 'Content-Type': 'application/json'}}).then(() => 'started', () => 'refused');
            const socket = new WebSocket(`${url.replace('http', 'ws')}/api/runs/none/events`);
            const followed = new Promise((resolve) => {
                socket.onopen = () => resolve('followed');
                socket.onerror = () => resolve('refused');
            });
            return Promise.all([read, started, followed]);
        }, [fixture.service.url, fixture.service.token, SHORT]);
        assert.deepEqual(outcomes, ['refused', 'refused', 'refused']);
        assert.equal((await fixture.service.runs()).length, before);
    } finally {
        elsewhere.close();
    }
});

// A finished run in which select costs more than epoll, the baseline.
async function pageWithADifference() {
    const {service} = fixture;
    const results = await service.ask('GET', `/api/results/${await service.finish({...SHORT, rounds: 3})}`);
    const point = results.scenarios[0].points[0];
    assert.equal(point.baseline, 'epoll');
    const {medians} = point.servers.find(({title}) => title === 'select');
    medians.ratio = {...medians.ratio, value: 1.5, low: 1.4, high: 1.6, verdict: 'more'};
    const page = await fixture.page();
    const answers = await new Answers(page).open();
    const run = comparisonRun('finished', {});
    answers.runs.set(run.id, run);
    answers.results.set(run.id, results);
    await page.goto(`${service.url}/#run/${run.id}`);
    await page.reload();
    await page.waitForSelector('#verdicts table');
    return {page, answers};
}

test('"Why?" beside a server that is told apart explains the difference', async () => {
    const {page, answers} = await pageWithADifference();
    assert.deepEqual(await page.locator('#verdicts tr:has(button.why) th').allInnerTexts(), ['select']);
    await page.getByRole('button', {name: 'Why does select cost more than epoll?'}).click();
    await page.waitForSelector('#why h3:text-is("Why select and epoll differ"):focus');
    assert.deepEqual(answers.posted, [{kind: 'explanation', servers: ['epoll', 'select'], connections: 4, size: null, depth: null,
        idle: null, rate: null}]);
    await page.waitForSelector('#why button:text-is("Stop") >> visible=true');
    const running = explanationRun('running');
    answers.send({...running, live: {...running.live, step: {server: 'all servers', step: 'session 2 with sampling', seconds_left: 9}}});
    await page.waitForSelector('#why :text-is("all servers: session 2 with sampling, at most 9 s left")');
    assert.deepEqual(await violationsIn(page), []);
    answers.store(explanationRun('finished'), {summary: ['select costs 2.00 µs more.'], warnings: ['the kernel lost 3 samples']});
    await page.waitForSelector('#why p:text-is("select costs 2.00 µs more.")');
    await page.waitForSelector('#why p:text-is("Warning: the kernel lost 3 samples.")');
    assert.equal(await page.locator('#why a:text-is("Explanation")').getAttribute('href'), `/api/results/${running.id}/report`);
    assert.equal(await page.locator('#why button:text-is("Stop")').isVisible(), false);
    assert.deepEqual(page.errors, []);
});

// The same results as those of a scenario whose last point has this work.
async function pageWithADifferenceIn(work) {
    const {page, answers} = await pageWithADifference();
    const results = answers.results.get(comparisonRun('finished', {}).id);
    const point = results.scenarios[0].points[0];
    Object.assign(point, {work: {...point.work, ...work}});
    const run = scenarioRun('finished', {});
    run.request.scenario = 'depth';  // not that of the first picture
    answers.runs.set(run.id, run);
    answers.results.set(run.id, results);
    await page.goto(`${fixture.service.url}/#run/${run.id}`);
    await page.reload();
    await page.waitForSelector('#verdicts table');
    return {page, answers};
}

test('"Why?" beside a server in a scenario explains the difference under the load of the point', async () => {
    const {page, answers} = await pageWithADifferenceIn({connections: 10, idle: 900, size: 256, depth: 4});
    await page.getByRole('button', {name: 'Why does select cost more than epoll?'}).click();
    await page.waitForSelector('#why h3:text-is("Why select and epoll differ"):focus');
    assert.deepEqual(answers.posted, [{kind: 'explanation', servers: ['epoll', 'select'], connections: 10, size: 256, depth: 4, idle: 900}]);
    assert.deepEqual(page.errors, []);
});

test('a scenario with a load that the service cannot explain says so, and what to type in a terminal', async () => {
    const {page} = await pageWithADifferenceIn({connections: 16, idle: 0, size: 64, depth: 1, churn: true});
    await page.waitForSelector('#verdicts p:has-text("This page cannot explain differences under this load: a new connection for each message.")');
    await page.waitForSelector('#verdicts code:text-is("./iomux compare explain epoll select --connections 16 --size 64 --depth 1 --idle 0 --churn")');
    assert.equal(await page.locator('button.why').count(), 0);
    const datagrams = await pageWithADifferenceIn({churn: false, datagrams: true});
    await datagrams.page.waitForSelector('#verdicts p:text-is("This page cannot explain differences under this load: datagrams.")');
    assert.deepEqual(datagrams.page.errors, []);
});

test('an explanation that is not permitted says why, and one that runs can be stopped in the view Saved', async () => {
    const {page, answers} = await pageWithADifference();
    await page.click('button.why');
    await page.waitForSelector('#why button:text-is("Stop") >> visible=true');
    await goTo(page, 'saved');
    await page.waitForSelector('#saved tr:has-text("why epoll and select differ") button:text-is("Stop")');
    await page.goBack();
    answers.send(explanationRun('failed', {error: 'iomux-compare: cannot sample the servers (perf_event_open): Permission denied'}));
    await page.waitForSelector('#why p:has-text("Failed: iomux-compare: cannot sample the servers (perf_event_open): Permission denied.")');
    assert.deepEqual(page.errors, []);
});
