// What the view Run shows first: the example, and the run that measures the same here.
import assert from 'node:assert/strict';
import {mkdtemp} from 'node:fs/promises';
import {join} from 'node:path';
import {test} from 'node:test';
import {Answers, scenarioRun} from './answers.mjs';
import {SESSIONS, Service, TIMEOUT_MS, until, violationsIn} from './fixture.mjs';
import {fixtureForTests} from './hooks.mjs';

const fixture = fixtureForTests();

const SERVERS = ['minimal', 'select', 'poll', 'epoll', 'io_uring', 'callbacks'];
const exampleOf = async () => (await fetch(`${fixture.service.url}/example.json`)).json();

async function pageWithPicture(options) {
    const page = await fixture.page(options);
    await page.waitForSelector('.first .legend button >> nth=5');
    return page;
}

// The lines of the picture: for each server its values and the ends of their intervals.
const linesOf = (page) => page.evaluate(() => Chart.getChart(document.querySelector('.first canvas')).data.datasets
    .map(({label, data, intervals}) => ({label, data, intervals: intervals.map((ends) => ends ?? null)})));

test('the example is shown with its machine and the answers to three questions', async () => {
    const page = await pageWithPicture();
    const {brief, environment} = await exampleOf();
    assert.equal(await page.locator('.badge').innerText(), 'Example from another machine');
    const about = await page.locator('.first > .quiet').first().innerText();
    for (const part of [environment.cpu, environment.kernel, `${environment.cores} cores`, '2026']) assert.ok(about.includes(part), about);
    const shown = await page.locator('.first .answers > div').evaluateAll((all) => all.map((one) => ({title: one.querySelector('dt').textContent,
        answer: one.querySelector('.answer').textContent, sure: [...one.querySelectorAll('.strength')].map(({textContent}) => textContent),
        why: [...one.querySelectorAll('.why')].map(({textContent}) => textContent)})));
    assert.deepEqual(shown.map(({title}) => title), ['Cheapest for 10 busy connections', 'Cheapest for 10,000 idle connections and 10 busy ones',
        'What a library costs: CPU cost of Asio relative to raw epoll']);
    const asked = shown.map(({title}) => title.replace('What a library costs: ', '')).map((question) => brief.find((one) => one.question === question));
    shown.forEach(({answer, sure, why}, i) => {
        assert.equal(answer, asked[i].answer);
        assert.deepEqual(sure, asked[i].why.map((reason) => reason.sure));
        asked[i].why.forEach((reason, j) => assert.ok(why[j].endsWith(` ${asked[i].why.length > 1 ? `${reason.load}: ` : ''}${reason.text}.`), why[j]));
    });
    assert.match(shown[2].why[2], /10,000 idle connections and 10 busy ones: callbacks, the cheapest Asio server,/);
    const text = await page.locator('.first').innerText();
    assert.deepEqual(text.match(/minimal[^.]*not ranked|Not ranked: minimal/g), ['Not ranked: minimal']);
    assert.deepEqual(page.errors, []);
});

test('the picture has the ratios of all servers with their intervals', async () => {
    const page = await pageWithPicture();
    const {scenarios} = await exampleOf();
    const {points} = scenarios.find(({name}) => name === 'idle');
    const lines = await linesOf(page);
    assert.deepEqual(lines.map(({label}) => label), SERVERS);
    for (const {label, data, intervals} of lines) {
        const ratios = points.map(({servers}) => servers.find(({title}) => title === label).medians?.ratio ?? null);
        assert.deepEqual(data, ratios.map((ratio) => ratio && ratio.value), label);
        assert.deepEqual(intervals, ratios.map((ratio) => ratio && [ratio.low, ratio.high]), label);
    }
    const [, select, , epoll] = lines;
    assert.ok(select.data[2] > 3 && epoll.data[2] < 1.1);
});

test('the example is also a table, and a server can be hidden in the picture', async () => {
    const page = await pageWithPicture();
    await page.click('.first summary');
    assert.equal(await page.locator('.first tbody tr').count(), SERVERS.length);
    assert.match(await page.locator('.first tbody tr:has(th:text-is("select")) td').nth(4).innerText(), /descriptors below 1,024/);
    assert.deepEqual(await page.locator('.first .legend button').allInnerTexts(), [...SERVERS.slice(0, -1), 'callbacks (Asio)']);
    assert.equal(await page.locator('.first tbody th').last().innerText(), 'callbacks (Asio)');
    await page.click('.first .legend button:has-text("select")');
    const isVisible = () => page.evaluate(() => Chart.getChart(document.querySelector('.first canvas')).isDatasetVisible(1));
    assert.equal(await isVisible(), false);
    await page.click('.first .legend button:has-text("select")');
    assert.equal(await isVisible(), true);
});

test('the picture says why a line ends before the last point', async () => {
    const page = await pageWithPicture();
    const {scenarios} = await exampleOf();
    const {skipped} = scenarios.find(({name}) => name === 'idle').points.at(-1).servers.find(({title}) => title === 'select');
    assert.deepEqual(await page.locator('.first .gaps p').allInnerTexts(), [`Not measured: select (3,000 idle and 10,000 idle): ${skipped}.`]);
});

test('each of the two start buttons says what it measures', async () => {
    const page = await pageWithPicture();
    assert.match(await page.locator('#first-state').innerText(), /^Measures \d servers with up to 10,000 idle connections, which takes a few minutes\./);
    const purpose = page.locator('#start-purpose');
    assert.equal(await purpose.innerText(), 'Measures 4 servers under this one load: 64 busy connections, 64 bytes.');
    await page.uncheck('[name=server][value=select]');
    await page.fill('[name=connections]', '1');
    await page.fill('[name=idle]', '900');
    assert.equal(await purpose.innerText(), 'Measures 3 servers under this one load: 1 busy connection, 900 idle, 64 bytes.');
});

for (const width of [360, 1366])
    test(`nothing moves while the page loads, ${width} pixels wide`, async () => {
        const page = await pageWithPicture({viewport: {width, height: 768}});
        const shift = await page.evaluate(() => new Promise((resolve) => {
            let sum = 0;
            new PerformanceObserver((list) => {
                for (const {value, hadRecentInput} of list.getEntries()) if (!hadRecentInput) sum += value;
            }).observe({type: 'layout-shift', buffered: true});
            requestAnimationFrame(() => requestAnimationFrame(() => resolve(sum)));
        }));
        assert.ok(shift < 0.1, `${shift}`);
    });

test('without Chart.js the example has its answers and its table', async () => {
    const page = await fixture.page();
    await page.route('**/chart.js', (route) => route.abort());
    await page.reload();
    await page.waitForSelector('.first figure:has-text("No charts")');
    assert.equal(await page.locator('.first .answers > div').count(), 3);
    assert.deepEqual(page.errors, []);
});

// A state of a run that measures the picture. The intervals narrow with every session.
function measuring(sessions, point = 1) {
    const at = (idle, i) => ({label: `${idle} idle`, at: {idle}, skipped: [], sessions: i < point ? sessions : 0, baseline: i < point ? 'minimal' : null,
        verdict: i < point ? {text: `epoll beats select 2 × (${idle} idle): likely.`, strength: 'likely'} : null,
        servers: i < point ? ['minimal', 'select', 'epoll'].map((server, j) => ({server, messages_per_second: 9, cpu_us_per_message: 5, p50_us: null, p99_us: null, failed: null,
            ratio: {value: 1 + j, low: 1 + j - j / 10 / sessions, high: 1 + j + j / 10 / sessions, verdict: j ? 'more' : 'baseline', same_within: null}})) : []});
    return scenarioRun('running', {work: '10 connections', rounds: 10, window_seconds: 0.4, sessions, baseline: 'minimal', point, seconds: 99,
        verdict: {text: 'epoll beats select 2 ×: likely.', strength: 'likely'},
        servers: ['minimal', 'select', 'epoll'].map((title) => ({title, skipped: null, failed: null, system_calls: null, rounds: sessions, messages_per_second: 9,
            cpu_us_per_message: 5, p50_us: null, p99_us: null, ratio: null})),
        scenario: {name: 'idle', question: 'What?', points: [0, 900].map(at)},
        step: {server: 'all servers', step: `session ${sessions + 1}`, seconds_left: 50}});
}

test('the button measures the same here, and the picture shows the points so far', async () => {
    const page = await pageWithPicture();
    const answers = await new Answers(page).open();
    await page.waitForSelector('.first .legend button >> nth=5');
    await page.click('button:text-is("Measure this on my machine")');
    await until(() => answers.posted.length === 1);
    const [request] = answers.posted;
    assert.deepEqual({...request, servers: null}, {kind: 'scenario', scenario: 'idle', quick: false, budget_seconds: 20, servers: null});
    const available = (await fixture.service.ask('GET', '/api/servers')).servers.filter(({unavailable}) => unavailable === null).map(({name}) => name);
    assert.deepEqual(request.servers, SERVERS.filter((name) => available.includes(name)));
    let last = Infinity;
    for (const [sessions, point] of [[1, 1], [1, 2], [4, 2]]) {
        answers.send(measuring(sessions, point));
        await page.waitForFunction(([count, ends]) => {
            const chart = Chart.getChart(document.querySelector('.first canvas'));
            const data = chart?.data.datasets[2]?.data;
            const [low, high] = chart?.data.datasets[2]?.intervals[0] ?? [];
            return data?.filter((value) => value !== null).length === count && Math.abs(high - low - ends) < 0.001;
        }, [point, 0.4 / sessions]);
        assert.ok(0.4 / sessions <= last);
        last = 0.4 / sessions;
    }
    assert.equal(await page.locator('.badge').innerText(), 'This machine, while it is measured');
    assert.deepEqual((await page.locator('.first .answers .statement').allInnerTexts()),
        ['epoll beats select 2 × (0 idle): likely.', 'epoll beats select 2 × (900 idle): likely.']);
    await page.waitForFunction(() => document.querySelector('.first canvas').getBoundingClientRect().bottom <= innerHeight);
    assert.equal(await page.locator('#run-step').innerText(), '900 idle: all servers: session 5, at most 50 s left');
    assert.deepEqual(page.errors, []);
});

test('while it is measured, the picture says which points and servers are not, and why', async () => {
    const page = await pageWithPicture();
    const answers = await new Answers(page).open();
    await page.waitForSelector('.first .legend button >> nth=5');
    await page.click('button:text-is("Measure this on my machine")');
    await until(() => answers.posted.length === 1);
    const state = measuring(2, 1);
    state.live.scenario.points[0].skipped = [{server: 'select', why: 'too old'}];
    state.live.scenario.points[0].servers.splice(1, 1);
    state.live.scenario.points[1].skipped = ['minimal', 'select', 'epoll'].map((server) => ({server, why: 'too many connections'}));
    answers.send(state);
    await page.waitForSelector('.first .answers dt:has-text("900 idle cannot be measured here") + dd:text-is("too many connections.")');
    assert.deepEqual(await page.locator('.first .gaps p').allInnerTexts(),
        ['Not measured: select (0 idle): too old.', 'Not measured: all servers (900 idle): too many connections.']);
    assert.deepEqual(page.errors, []);
});

for (const look of [{colorScheme: 'light'}, {colorScheme: 'dark'}, {colorScheme: 'light', forcedColors: 'active'}])
    for (const width of [360, 1366])
        test(`axe finds no violations while the picture is measured, ${Object.values(look).join(', ')}, ${width} pixels wide`, async () => {
            const page = await pageWithPicture({...look, viewport: {width, height: 768}});
            const answers = await new Answers(page).open();
            await page.waitForSelector('.first .legend button >> nth=5');
            // By the keyboard alone.
            await page.focus('button:text-is("Measure this on my machine")');
            await page.keyboard.press('Enter');
            await until(() => answers.posted.length === 1);
            answers.send(measuring(4, 2));
            await page.waitForSelector('.first .answers .statement >> nth=1');
            assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Measure this on my machine');
            assert.deepEqual(await violationsIn(page), []);
            assert.equal(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth), 0);
        });

test('before the first session of a point has ended, the picture has the ratios of its last slices', async () => {
    const page = await pageWithPicture();
    const answers = await new Answers(page).open();
    await page.waitForSelector('.first .legend button >> nth=5');
    await page.click('button:text-is("Measure this on my machine")');
    await page.waitForSelector('#first-state:has-text("Starting the servers on this machine")');
    assert.equal(await page.locator('.badge').innerText(), 'Example from another machine');
    // The example's picture stays until there is a figure.
    const state = measuring(1, 0);
    answers.send(state);
    await page.waitForSelector('#run-step:has-text("session 2")');
    assert.equal(await page.locator('.badge').innerText(), 'Example from another machine');
    assert.equal((await linesOf(page)).length, SERVERS.length);
    Object.assign(state.live, {point: 1, sessions: 0, slices: {session: 1, sessions: 0.2, servers: [['minimal', 4], ['select', 8], ['epoll', 5]]
        .map(([server, cpu]) => ({server, messages_per_second: 9, cpu_us_per_message: cpu}))}});
    answers.send(state);
    await page.waitForFunction(() => Chart.getChart(document.querySelector('.first canvas')).data.datasets.length === 3);
    assert.deepEqual((await linesOf(page)).map(({label, data, intervals}) => [label, data, intervals[0]]),
        [['minimal', [1, null], null], ['select', [2, null], null], ['epoll', [1.25, null], null]]);
    assert.deepEqual(page.errors, []);
});

test('the picture of a run is redrawn at most twice a second', async () => {
    const page = await pageWithPicture();
    const answers = await new Answers(page).open();
    await page.waitForSelector('.first .legend button >> nth=5');
    await page.click('button:text-is("Measure this on my machine")');
    await until(() => answers.posted.length === 1);
    answers.send(measuring(1));
    await page.waitForFunction(() => Chart.getChart(document.querySelector('.first canvas')).data.datasets.length === 3);
    await page.evaluate(() => {
        const chart = Chart.getChart(document.querySelector('.first canvas'));
        const begin = performance.now();
        window.updates = [];
        chart.update = () => window.updates.push(performance.now() - begin);
    });
    for (let sessions = 2; sessions <= 60; ++sessions) answers.send(measuring(sessions, 2));
    await page.waitForSelector('.first .answers dt:has-text("60 sessions")');
    const updates = await page.evaluate(() => window.updates);
    assert.ok(updates.length > 0 && updates.length <= 2 + updates.at(-1) / 500, `${updates}`);
});

test('a run of this machine replaces the example, which can still be shown', async () => {
    const {service} = fixture;
    // Opening 10,000 connections to each server takes a while on a busy machine.
    const id = await service.finish({kind: 'scenario', scenario: 'idle', servers: ['minimal', 'epoll', 'poll'], sessions: 1}, 5 * TIMEOUT_MS);
    const page = await fixture.page();
    await page.waitForSelector('.badge:text-is("Measured on this machine")');
    await page.waitForSelector('.first .legend button >> nth=2');
    assert.deepEqual((await linesOf(page)).map(({label, data}) => [label, data.length]), [['minimal', 3], ['epoll', 3], ['poll', 3]]);
    assert.equal(await page.locator('.newest a').getAttribute('href'), `#run/${id}`);
    const {brief} = await service.ask('GET', `/api/results/${id}`);
    assert.equal(await page.locator('.first .answer').first().innerText(), brief.find(({question}) => question === 'Cheapest for 10 busy connections').answer);
    await page.click('button:text-is("Show the example")');
    await page.waitForSelector('.badge:text-is("Example from another machine")');
    assert.equal((await linesOf(page)).length, SERVERS.length);
    await page.click('button:text-is("Show my machine")');
    assert.equal((await linesOf(page)).length, 3);
    assert.deepEqual(page.errors, []);
});

test('the newest run comes before the example, which is below a run that is shown', async () => {
    const {service} = fixture;
    const id = await service.finish(SESSIONS);
    const page = await fixture.page();
    const {scenarios} = await service.ask('GET', `/api/results/${id}`);
    assert.ok((await page.locator('.newest').innerText()).endsWith(scenarios[0].points[0].verdict.text));
    const isAbove = () => page.evaluate(() => document.querySelector('.first').getBoundingClientRect().top < document.querySelector('#run-title').getBoundingClientRect().top);
    assert.equal(await isAbove(), true);
    await page.click('.newest a');
    await page.waitForSelector('#verdicts table');
    assert.equal(await isAbove(), false);
});

test('with few descriptors the possible points are measured, and the page says why the others are missing', async () => {
    const {service} = fixture;
    fixture.service = await Service.start(await mkdtemp(join(fixture.results, 'few-')), 0, ['prlimit', '--nofile=256']);
    try {
        const page = await pageWithPicture();
        await fixture.service.finish({kind: 'scenario', scenario: 'idle', servers: ['minimal', 'select', 'epoll'], quick: true, sessions: 1});
        await page.reload();
        await page.waitForSelector('.badge:text-is("Measured on this machine")');
        const why = (connections, descriptors) => `${connections} connections need ${descriptors} descriptors, but the limit is 256; raise it (ulimit -n).`;
        const gaps = [`Not measured: all servers (900 idle): ${why('910', '974')}`, `Not measured: minimal and epoll (10,000 idle): ${why('10,010', '10,074')}`,
            'Not measured: select (10,000 idle): supports only descriptors below 1,024.'];
        assert.deepEqual((await page.locator('.first .gaps p').allInnerTexts()).sort(), gaps.sort());
        assert.deepEqual((await linesOf(page)).map(({data}) => data.map((value) => value !== null)), Array(3).fill([true, false, false]));
        assert.equal(await page.evaluate(() => Chart.getChart(document.querySelector('.first canvas')).options.scales.y.title.text), 'CPU per message, minimal = 1');
        // The figures are those of the last point that was measured.
        await page.click('.newest a');
        await page.waitForSelector('#verdicts h3:text-is("0 idle")');
        for (const gap of gaps) await page.waitForSelector(`#verdicts p:text-is("${gap}")`);
        assert.deepEqual(page.errors, []);
    } finally {
        await fixture.closePages();
        await fixture.service.stop();
        fixture.service = service;
    }
});
