// The view Saved, with runs that cannot be read.
import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {mkdir, writeFile} from 'node:fs/promises';
import {existsSync} from 'node:fs';
import {join} from 'node:path';
import {after, before, test} from 'node:test';
import {Fixture, SHORT, goTo} from './fixture.mjs';

const ID = (number) => `20261125T142015Z-0000000${number}`;
const RECORD = (id) => JSON.stringify({id, created: '2026-11-25T14:20:15Z', state: 'finished', error: null,
    request: {kind: 'comparison', servers: ['epoll'], connections: 64, rounds: 10, milliseconds: 400}});

let fixture, good;
const path = (name) => join(fixture.results, name);
before(async () => {
    fixture = await Fixture.open();
    good = await fixture.service.finish(SHORT);
    execFileSync('mkfifo', [path(`${ID(1)}.run.json`)]);
    await mkdir(path(`${ID(2)}.run.json`));
    await writeFile(path(`${ID(3)}.run.json`), RECORD(ID(3)));
    await writeFile(path(`${ID(3)}.results.json`), '{"format":"iomux-results","version":99}');
    await writeFile(path('notes.run.json'), '{}');
    await fixture.restartService();
});
after(() => fixture.close());

const rowWith = (page, text) => page.locator('.saved tbody tr', {hasText: text});

async function openSaved() {
    const page = await fixture.page();
    await goTo(page, 'saved');
    await page.waitForSelector('.saved tbody tr >> nth=4');
    return page;
}

test('a run that cannot be read is listed with the reason beside the others', async () => {
    const page = await openSaved();
    for (const [text, reason] of [[`${ID(1)}.run.json`, 'it is a FIFO, not a regular file'], [`${ID(2)}.run.json`, 'it is a folder'],
        [`${ID(3)}.results.json`, 'these have version 99'], ['notes.run.json', 'its name has no ID of a run']])
        assert.match(await rowWith(page, text).innerText(), new RegExp(`unreadable[^]*${reason}`));
    assert.equal(await page.locator(`.saved a[href="/api/results/${good}/report"]`).count(), 1);
    assert.deepEqual(page.errors, []);
});

test('on a phone the states and the results of runs are in view', async () => {
    const page = await fixture.page({viewport: {width: 360, height: 740}, isMobile: true, hasTouch: true});
    await goTo(page, 'saved');
    await page.waitForSelector('.saved tbody tr >> nth=4');
    const outside = await page.evaluate(() => [...document.querySelectorAll('.saved tbody tr')].flatMap((row) => [row.cells[1], ...row.cells[2].querySelectorAll('a, button')])
        .filter((part) => part.getBoundingClientRect().right > innerWidth).map((part) => part.textContent));
    assert.deepEqual(outside, []);
    assert.deepEqual(await page.locator('.saved thead th').allInnerTexts(), ['requested', 'state', 'results', 'servers', 'load']);
    await page.click(`.saved a[href="#run/${good}"]`);
    await page.waitForFunction(() => {
        const {top, bottom} = document.querySelector('#run-state').getBoundingClientRect();
        return top >= 0 && bottom <= innerHeight;
    });
    assert.deepEqual(page.errors, []);
});

test('a run that cannot be read can be opened, which shows the reason', async () => {
    const page = await openSaved();
    for (const [id, reason] of [[ID(1), 'it is a FIFO'], [ID(3), 'these have version 99']]) {
        await page.goto(`${fixture.service.url}/#run/${id}`);
        await page.waitForSelector(`#run-state[data-state="unreadable"]:has-text("${reason}")`);
    }
    for (const view of ['read', 'see', 'learn', 'saved', 'run']) await goTo(page, view);
    assert.equal(await page.locator('#notice').isVisible(), false);
    assert.deepEqual(page.errors, []);
});

test('a run that cannot be read can be deleted, or the page says why not', async () => {
    const page = await openSaved();
    await rowWith(page, ID(1)).locator('button').click();
    await rowWith(page, ID(1)).waitFor({state: 'detached'});
    assert.equal(existsSync(path(`${ID(1)}.run.json`)), false);
    await rowWith(page, ID(2)).locator('button').click();
    await page.waitForSelector(`#notice:has-text("cannot remove ${ID(2)}.run.json: Is a directory. Remove it by hand")`);
    assert.equal(await rowWith(page, 'notes.run.json').locator('button').count(), 0);
    assert.deepEqual(page.errors, []);
});
