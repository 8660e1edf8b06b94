// Pinned runs of scenarios, which the test makes up.
import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';
import {Fixture} from './fixture.mjs';

let fixture;
before(async () => { fixture = await Fixture.open(); });
after(() => fixture.close());

const RUNS = ['idle', 'size', 'size'].map((scenario, i) => ({id: `20261126T040000Z-0000000${i}`, created: '2026-11-26T04:00:00Z', state: 'finished', error: null,
    name: null, place: null, request: {kind: 'scenario', scenario, servers: ['epoll'], sessions: null, quick: true}}));
const RESULTS = {format: 'iomux-results', version: 2, scenarios: [{name: 'any', points: [{baseline: 'epoll', servers: [
    {title: 'epoll', rounds: [], medians: {cpu_us_per_message: 5, messages_per_second: 1000}}]}]}]};

for (const [shown, warning] of [[RUNS, / differ for this reason, too\. Scenario: idle and size\.$/], [RUNS.slice(1), null]])
    test(`pinned runs of ${warning ? 'different scenarios are' : 'one scenario are not'} compared with a warning`, async () => {
        const page = await fixture.page();
        const json = (body) => ({status: 200, contentType: 'application/json', body: JSON.stringify(body)});
        for (const run of RUNS) {
            await page.route(`**/api/runs/${run.id}`, (route) => route.fulfill(json(run)));
            await page.route(`**/api/results/${run.id}`, (route) => route.fulfill(json(RESULTS)));
        }
        await page.evaluate((ids) => localStorage.setItem('pinned', JSON.stringify(ids)), shown.map(({id}) => id));
        await page.reload();
        await page.waitForSelector(`.pinned tbody tr >> nth=${shown.length - 1}`);
        const warnings = await page.locator('#run .warning').allInnerTexts();
        assert.equal(warnings.length, warning ? 1 : 0);
        if (warning) assert.match(warnings[0], warning);
        assert.deepEqual(page.errors, []);
    });
