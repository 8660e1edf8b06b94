// The view Choose: which server a load needs, from results that the test makes up.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {fixtureForTests} from './hooks.mjs';

const IDS = {active: '20261126T040000Z-00000001', size: '20261126T040001Z-00000002'};
const CREATED = '2026-11-26T04:00:00Z';

const fixture = fixtureForTests();

const server = (title, value) => ({title, program: 'raw', name: title, skipped: null, failed: null,
    medians: {ratio: {value, low: value - 0.02, high: value + 0.02, verdict: 'more', spread: null}, messages_per_second: 1000 / value}, intervals: {}});

// A point at which these servers are ranked in this order, `alike` of the others not told apart from the first.
function pointOf(at, label, order, alike = [], figure = 'cpu_us_per_message', work = {}) {
    return {at, label, baseline: 'minimal', work: {simulated_work: '', ...work}, costs: [], slice_seconds: 0.02,
        rankings: [{figure, best: order[0], not_told_apart: alike, order}], servers: [server('minimal', 1), ...order.map((title, i) => server(title, 1.1 + i / 10))]};
}

const scenarioOf = (name, points) => ({name, question: '', figures: [], points});
const resultsOf = (...scenarios) => ({format: 'iomux-results', version: 2, created: CREATED, options: {}, scenarios});

const ACTIVE = scenarioOf('active', [pointOf({connections: 100, active: 0.1}, '100, 10 % active', ['select', 'epoll']),
    pointOf({connections: 900, active: 0.1}, '900, 10 % active', ['epoll', 'io_uring', 'select'], ['io_uring'])]);
const SIZE = scenarioOf('size', [pointOf({size: 64}, '64 bytes', ['epoll', 'select']), pointOf({size: 65536}, '64 KiB', ['select', 'epoll'])]);
const SLOW = scenarioOf('slow', [pointOf({case: 0}, 'at once', ['epoll', 'pool'], [], 'messages_per_second'),
    pointOf({case: 1}, '100 µs busy', ['epoll', 'pool'], ['pool'], 'messages_per_second', {simulated_work: 'busy:100us'}),
    pointOf({case: 2}, '1 ms asleep', ['pool', 'epoll'], [], 'messages_per_second', {simulated_work: 'sleep:1ms'})]);

// Opens the view with the stored results of two scenarios. The service has none of its own.
async function open(load = '', stored = {active: ACTIVE, size: SIZE}) {
    const page = await fixture.page();
    page.posted = [];
    const json = (body, status = 200) => ({status, contentType: 'application/json', body: JSON.stringify(body)});
    await page.route(/\/api\/results\?/, (route) => {
        const name = new URL(route.request().url()).searchParams.get('search').replace('scenario ', '');
        return route.fulfill(json({total: 0, next: null, results: stored[name] ?
            [{id: IDS[name], created: CREATED, name: null, request: {kind: 'scenario', scenario: name, servers: ['epoll'], quick: true}}] : []}));
    });
    for (const [name, id] of Object.entries(IDS)) await page.route(`**/api/results/${id}/summary`, (route) => route.fulfill(json(resultsOf(stored[name]))));
    await page.route(/\/api\/runs$/, (route) => {
        if (route.request().method() !== 'POST') return route.continue();
        page.posted.push(route.request().postDataJSON());
        return route.fulfill(json({id: '20261126T040009Z-00000009', state: 'queued', request: route.request().postDataJSON()}, 201));
    });
    await page.goto(`${fixture.service.url}/#model${load}`);
    await page.waitForSelector('#model .answers > div');
    return page;
}

const boxes = (page) => page.locator('#model .answers > div').allInnerTexts().then((texts) => texts.map((text) => text.split('\n').filter((line) => line.trim())));
const boxOf = async (page, question) => (await boxes(page)).find(([head]) => head === question);

test('a load is answered by the nearest measured points, with the interval, how sure it is, and the run', async () => {
    const page = await open('/1000/10/none/100/64');
    const [, names, why, where] = await boxOf(page, '1,000 connections, 10 % of them active');
    assert.equal(names, 'epoll or io_uring');
    assert.equal(why, 'Not sure: these are not told apart, so the difference may be chance. At that point, epoll takes 1.10 × [1.08–1.12] the CPU time of minimal.');
    assert.match(where, /^The nearest measured point is 900, 10 % active, on 26 Nov 2026, \d\d:00:00\.$/);
    assert.equal(await page.locator(`#model .answers a[href="#run/${IDS.active}"]`).count(), 1);
    const [, best, sure, at] = await boxOf(page, 'Messages of 64 bytes');
    assert.equal(best, 'epoll');
    assert.match(sure, /^Sure: it differs significantly from all other servers\. At that point, epoll takes 1\.10 × \[1\.08–1\.12\]/);
    assert.match(at, /^Measured at 64 bytes, on /);
    assert.equal(await page.innerText('.model-verdict .choice'), 'epoll');
    assert.equal(await page.innerText('.model-verdict p:last-child'), 'The best, or not told apart from the best, in all 2 measured questions. One question is not measured yet.');
    assert.deepEqual(page.errors, []);
});

test('if no server is the best in all questions, the page says so', async () => {
    const page = await open('/900/10/none/100/65536');
    assert.deepEqual((await boxOf(page, 'Messages of 64 KiB')).slice(1, 2), ['select']);
    assert.equal(await page.innerText('.model-verdict .choice'), 'epoll or io_uring or select');
    assert.match(await page.innerText('.model-verdict'), /in 1 of 2 measured questions\. No server is in all of them, so look at the question that matters most to you\./);
});

test('what was not measured can be measured with a button, by keyboard', async () => {
    const page = await open('/900/10/busy/50/64');
    for (const [question, scenario] of [['810 idle connections and a few busy ones', 'idle'], ['A handler that computes for 50 µs', 'slow']]) {
        const box = page.locator('#model .answers > div', {hasText: question});
        assert.match(await box.innerText(), /Not measured yet/);
        await box.locator('button:text-is("Measure it")').press('Enter');
        await box.locator('a:text-is("Watch the run")').waitFor();
        const posted = page.posted.at(-1);
        assert.deepEqual({kind: posted.kind, scenario: posted.scenario, quick: posted.quick}, {kind: 'scenario', scenario, quick: true});
        assert.ok(posted.servers.includes('epoll') && posted.servers.includes('callbacks'));
    }
    assert.equal(page.posted.length, 2);
    assert.deepEqual(page.errors, []);
});

test('the load is in the address and in the title, and is checked', async () => {
    const page = await open();
    await page.fill('#model-connections', '100');
    await page.selectOption('#model-handler', 'sleep');
    await page.fill('#model-handlerUs', '700');
    await page.waitForFunction(() => location.hash === '#model/100/10/sleep/700/64');
    await page.waitForFunction(() => document.title === '100 connections, 10 % of them active · Choose · iomux');
    assert.equal((await boxOf(page, '100 connections, 10 % of them active'))[1], 'select');
    await page.reload();
    await page.waitForSelector('#model .answers > div');
    assert.equal(await page.inputValue('#model-handlerUs'), '700');
    assert.ok(await boxOf(page, 'A handler that waits for 700 µs'));
    await page.fill('#model-active', '0');
    await page.waitForSelector('.model-verdict:has-text("Fill in all numbers.")');
    await page.fill('#model-active', '100');
    await page.waitForFunction(() => !document.querySelector('#model .answers').textContent.includes('idle'));
    assert.deepEqual(page.errors, []);
});

test('a file of results from a terminal answers too, and others are refused', async () => {
    const page = await open('/900/10/sleep/700/64');
    await page.click('summary:text-is("Measure in a terminal instead")');
    assert.match(await page.innerText('.by-hand'), /\.\/iomux compare run active idle slow size --quick --json model\.json/);
    const choose = (text) => page.setInputFiles('#model-file', {name: 'model.json', mimeType: 'application/json', buffer: Buffer.from(text)});
    for (const text of ['{', '[]', '{"format":"iomux-results","version":2,"scenarios":[]}', JSON.stringify(resultsOf(scenarioOf('churn', [])))]) {
        await choose(text);
        await page.waitForSelector('#notice:has-text("model.json has no results of active, idle, slow, size")');
    }
    await choose(JSON.stringify(resultsOf(SLOW)));
    await page.waitForFunction(() => document.querySelector('#model .answers').textContent.includes('in your file'));
    const [, names, why, where] = await boxOf(page, 'A handler that waits for 700 µs');
    assert.deepEqual([names, where], ['pool', 'The nearest measured point is 1 ms asleep, in your file.']);
    assert.match(why, /^Sure: .* At that point, pool has 909 msgs\/s\.$/);
    await page.selectOption('#model-handler', 'busy');
    assert.equal((await boxOf(page, 'A handler that computes for 700 µs'))[1], 'epoll or pool');
    assert.deepEqual(page.errors, []);
});

for (const width of [360, 768, 1366])
    test(`the view fits, ${width} pixels wide`, async () => {
        const page = await open('/1000/10/busy/100/64');
        await page.setViewportSize({width, height: 900});
        assert.equal(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true);
        assert.deepEqual(await page.evaluate(() => [...document.querySelectorAll('nav[aria-label=Views] a')]
            .filter((link) => link.getBoundingClientRect().right > innerWidth).map((link) => link.textContent)), []);
    });
