// The report on a run, as the service sends it.
import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';
import {Fixture, SHORT} from './fixture.mjs';

let fixture, run;
before(async () => {
    fixture = await Fixture.open();
    run = await fixture.service.finish(SHORT);
});
after(() => fixture.close());

test('a report leads back to its run in the service', async () => {
    const page = await fixture.page();
    await page.goto(`${fixture.service.url}/api/results/${run}/report`);
    await page.waitForSelector('html[data-drawn]');
    await page.click('header a:text-is("Back to this run in the service")');
    await page.waitForURL(`${fixture.service.url}/#run/${run}`);
    await page.waitForSelector('#verdicts table');
    assert.deepEqual(page.errors, []);
});

for (const width of [360, 768, 1366])
    test(`the report on one run has no empty boxes, ${width} pixels wide`, async () => {
        const page = await fixture.page({viewport: {width, height: 900}});
        await page.goto(`${fixture.service.url}/api/results/${run}/report`);
        await page.waitForSelector('html[data-drawn]');
        assert.deepEqual(await page.evaluate(() => [...document.querySelectorAll('.answers > div, main > section, .figure > div')]
            .filter((box) => box.textContent.trim() === '' && !box.querySelector('canvas') && box.getBoundingClientRect().height > 0)
            .map((box) => box.outerHTML)), []);
        assert.match(await page.innerText('.not-measured summary'), /^Not measured here: \d questions$/);
        assert.equal(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth), false);
        assert.deepEqual(page.errors, []);
    });
