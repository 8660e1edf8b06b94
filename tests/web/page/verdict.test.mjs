// What a run says in a sentence, and the picture of its sessions.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {Answers, comparisonRun} from './answers.mjs';
import {SESSIONS, until} from './fixture.mjs';
import {fixtureForTests} from './hooks.mjs';

let id;  // of a finished run
const fixture = fixtureForTests({prepare: async ({service}) => { id = await service.finish(SESSIONS); }});

const textsOf = (page) => page.locator('#verdict .statement').allInnerTexts();

// Opens the run with this verdict in its results, which `change` changes.
async function pageWithVerdict(verdict, change = () => {}) {
    const {service} = fixture;
    const results = await service.ask('GET', `/api/results/${id}`);
    const [point] = results.scenarios[0].points;
    point.verdict = verdict;
    change(point);
    const page = await fixture.page();
    await page.route(`**/api/results/${id}`, (route) => route.fulfill({json: results}));
    await page.goto(`${service.url}/#run/${id}`);
    await page.reload();
    await page.waitForSelector('#verdicts table');
    return page;
}

test('a finished run says what it shows in the words of its results', async () => {
    const {service} = fixture;
    const page = await fixture.page();
    await page.goto(`${service.url}/#run/${id}`);
    await page.waitForSelector('#verdicts table');
    const {scenarios} = await service.ask('GET', `/api/results/${id}`);
    assert.deepEqual(await textsOf(page), [scenarios[0].points[0].verdict.text]);
    assert.deepEqual(page.errors, []);
});

for (const [strength, canGoOn] of [['certain', 0], ['same', 0], ['likely', 1], ['not_told_apart', 1], ['too_noisy', 1], ['too_few', 1]])
    test(`a verdict that is ${strength.replaceAll('_', ' ')} ${canGoOn ? 'has a' : 'has no'} button to measure on`, async () => {
        const page = await pageWithVerdict({text: 'epoll and minimal.', strength});
        assert.deepEqual(await textsOf(page), ['epoll and minimal.']);
        assert.equal(await page.locator('button:has-text("Measure on until it is sure")').count(), canGoOn);
    });

const NOISY = {text: 'epoll and minimal: too noisy to tell (±15 %). Measure on.', strength: 'too_noisy'};

async function measureOn(page) {
    const {service} = fixture;
    const [newest] = await service.runs();
    await page.click('button:has-text("Measure on until it is sure (±2 %)")');
    await until(async () => (await service.runs())[0].id !== newest.id);
    return (await service.runs())[0];
}

test('measuring on goes on from the sessions of the run', async () => {
    const {service} = fixture;
    const page = await pageWithVerdict(NOISY);
    await page.waitForSelector('#verdict .actions:has-text("goes on from the 2 sessions of this run")');
    const before = await service.ask('GET', `/api/runs/${id}`);
    const next = await measureOn(page);
    assert.deepEqual(next.request, {...before.request, continues: id, sessions: null, precision_percent: 2, budget_seconds: 300});
    await page.waitForSelector(`a[href="#run/${id}"]:has-text("an earlier run")`);
    let least = Infinity;
    await until(async () => {
        const dots = (await dotsOf(page)).map(([, count]) => count);
        if (dots.length > 0) least = Math.min(least, ...dots);
        return dots.length === 2 && dots.every((count) => count >= 4);
    });
    assert.ok(least >= 2, 'the old sessions are there from the beginning');
    const {state, live} = await service.ask('GET', `/api/runs/${next.id}`);
    assert.ok(state !== 'running' || live.sessions >= 4);
    assert.deepEqual(page.errors, []);
});

for (const [what, change] of [['in windows', (point) => { point.slice_seconds = null; }], ['of a server of the user', (point) => { point.servers[1].origin = 'brought'; }]])
    test(`measuring on begins anew after a run ${what}`, async () => {
        const {service} = fixture;
        const page = await pageWithVerdict(NOISY, change);
        await page.waitForSelector('#verdict .actions:has-text("a new run, with more sessions")');
        const before = await service.ask('GET', `/api/runs/${id}`);
        const next = await measureOn(page);
        assert.deepEqual(next.request, {...before.request, sessions: null, precision_percent: 2, budget_seconds: 300});
    });

// The intervals of both servers overlap and are wide, because the baseline's sessions differ. Their own ratio is narrow.
test('two servers are compared by their own ratio, not by the ends of their intervals', async () => {
    const {service} = fixture;
    const results = await service.ask('GET', `/api/results/${id}`);
    const [point] = results.scenarios[0].points;
    const [like] = point.servers.filter(({title}) => title === 'epoll');
    const server = (title, program, value, low, high) => ({...structuredClone(like), title, name: title, program,
        medians: {...like.medians, ratio: {...like.medians.ratio, value, low, high, verdict: 'more', same_within: null}}});
    point.servers = [server('minimal', 'raw', 1, 1, 1), server('epoll', 'raw', 1.2, 0.9, 1.5), server('callbacks', 'asio', 1.32, 0.99, 1.65)];
    point.baseline = 'minimal';
    point.rankings = [{figure: 'cpu_us_per_message', best: 'epoll', not_told_apart: [], order: ['epoll', 'callbacks']}];
    point.costs = ['asio_over_raw', 'asio_over_epoll'].map((pair) => ({pair, server: 'callbacks', over: 'epoll', value: 1.1, low: 1.09, high: 1.11, verdict: 'more',
        too_noisy: false, same_within: null}));
    const page = await fixture.page();
    await page.route(`**/api/results/${id}`, (route) => route.fulfill({json: results}));
    await page.goto(`${service.url}/#run/${id}`);
    await page.reload();
    await page.waitForSelector('#verdicts table');
    const sentences = await page.innerText('#verdicts .answer');
    assert.match(sentences, /epoll is cheapest \(1\.20 × \[0\.90–1\.50\]\)/);
    assert.match(sentences, /callbacks, takes 1\.10 × \[1\.09–1\.11\] the CPU time of the cheapest raw server, epoll\./);
});

// A state after so many sessions. The last session's ratio of epoll is the number of sessions.
function stateAfter(sessions) {
    const figures = (title, value) => ({title, skipped: null, failed: null, system_calls: null, rounds: sessions, messages_per_second: 9, cpu_us_per_message: 5,
        p50_us: null, p99_us: null, ratio: {value, low: value - 0.5 / sessions, high: value + 0.5 / sessions, verdict: 'less', same_within: null}});
    return comparisonRun('running', {sessions, baseline: 'select', seconds: 9, servers: [figures('epoll', 2), figures('select', 1)],
        verdict: {text: `epoll beats select after ${sessions}: likely.`, strength: 'likely'},
        step: {server: 'all servers', step: `session ${sessions + 1}`, seconds_left: 5}, slices: null,
        latest: {sessions, servers: [['epoll', sessions], ['select', 1]].map(([server, ratio]) => ({server, ratio, cpu_us_per_message: 5, p50_us: null, p99_us: null}))}});
}

const dotsOf = (page) => page.locator('.dots-row:has(circle)').evaluateAll((rows) => rows.map((row) => [row.querySelector('.dots-name').textContent,
    row.querySelectorAll('circle').length, row.querySelector('.dots-text').textContent]));

test('while a run measures, its verdict and a dot for each session appear', async () => {
    const page = await fixture.page();
    const answers = await new Answers(page).open();
    answers.runs.set(stateAfter(1).id, stateAfter(1));
    await page.goto(`${fixture.service.url}/#run/${stateAfter(1).id}`);
    await page.waitForSelector('.dots-row circle');
    for (const sessions of [2, 3]) {
        answers.send(stateAfter(sessions));
        await page.waitForSelector(`#verdict:has-text("after ${sessions}")`);
        const half = 0.5 / sessions;
        assert.deepEqual(await dotsOf(page), [['epoll', sessions, `2.00 × [${(2 - half).toFixed(2)}–${(2 + half).toFixed(2)}]`],
            ['select', sessions, `1.00 × [${(1 - half).toFixed(2)}–${(1 + half).toFixed(2)}]`]]);
    }
    for (let sessions = 4; sessions <= 300; ++sessions) {
        answers.send(stateAfter(sessions));
        if (sessions % 60 === 0) await page.waitForSelector(`#verdict:has-text("after ${sessions}:")`);
    }
    await page.waitForSelector('#verdict:has-text("after 300:")');
    assert.ok((await dotsOf(page)).every(([, dots]) => dots <= 60), 'the picture does not grow with the run');
    assert.deepEqual(page.errors, []);
});

test('the results have a dot for each session and the colours of the servers', async () => {
    const {service} = fixture;
    const id = await service.finish({...SESSIONS, servers: ['minimal', 'epoll', 'select'], sessions: 3});
    const page = await fixture.page();
    await page.goto(`${service.url}/#run/${id}`);
    await page.waitForSelector('.dots-row circle');
    assert.deepEqual((await dotsOf(page)).map(([title, dots]) => [title, dots]), [['minimal', 3], ['epoll', 3], ['select', 3]]);
    const colours = await page.locator('.dots-row svg:has(circle)').evaluateAll((all) => all.map((one) => getComputedStyle(one.querySelector('circle')).fill));
    assert.equal(new Set(colours).size, 3);
});
