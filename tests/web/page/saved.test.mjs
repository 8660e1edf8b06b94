// The view Saved, with runs that cannot be read.
import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {mkdir, writeFile} from 'node:fs/promises';
import {existsSync} from 'node:fs';
import {join} from 'node:path';
import {after, before, test} from 'node:test';
import {Fixture, LONG, SHORT, goTo} from './fixture.mjs';

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
    assert.deepEqual(await page.locator('.saved thead th').allInnerTexts(), ['run', 'state', 'results', 'servers', 'load', 'change']);
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
    await page.click('button:text-is("Delete for ever")');
    await rowWith(page, ID(1)).waitFor({state: 'detached'});
    assert.equal(existsSync(path(`${ID(1)}.run.json`)), false);
    await rowWith(page, ID(2)).locator('button').click();
    await page.click('button:text-is("Delete for ever")');
    await page.waitForSelector(`#notice:has-text("cannot remove ${ID(2)}.run.json: Is a directory. Remove it by hand")`);
    assert.equal(await rowWith(page, 'notes.run.json').locator('button').count(), 0);
    assert.deepEqual(page.errors, []);
});

// Finished traces, a second apart.
async function storeMany(count) {
    const name = (i) => `20250101T00${String(Math.floor(i / 60)).padStart(2, '0')}${String(i % 60).padStart(2, '0')}Z-${String(i).padStart(8, '0')}`;
    for (let i = 0; i < count; ++i) {
        await writeFile(path(`${name(i)}.run.json`), JSON.stringify({id: name(i), created: '2025-01-01T00:00:00Z', state: 'finished', error: null,
            request: {kind: 'trace', servers: ['epoll', 'poll'], size: 64}}));
        await writeFile(path(`${name(i)}.results.json`), '{"format":"iomux-trace","version":1,"size":64,"note":"","servers":[]}');
    }
}

test('more than a hundred runs are shown part by part, and a search finds those of all', async () => {
    await storeMany(120);
    await fixture.restartService();
    const page = await openSaved();
    const rows = () => page.locator('.saved tbody tr').count();
    const {runs, total} = await fixture.service.ask('GET', '/api/runs');
    assert.equal(runs.length, 100);
    assert.equal(await rows(), 50);
    while (await page.locator('button:text-is("Show more")').isVisible()) {
        const before = await rows();
        await page.click('button:text-is("Show more")');
        await page.waitForFunction((count) => document.querySelectorAll('.saved tbody tr').length > count, before);
    }
    assert.equal(await rows(), total);
    await page.waitForSelector(`#saved p[role=status]:text-is("${total} of ${total} runs, newest first")`);
    await page.fill('#saved-search', 'poll trace');
    await page.waitForSelector('#saved p[role=status]:text-is("50 of 120 runs, newest first")');
    await page.waitForFunction(() => document.title === '“poll trace” · Saved · iomux');
    await page.fill('#saved-search', 'nothing like this');
    await page.waitForSelector('#saved .empty:text-is("No run has all of these words.")');
    assert.deepEqual(page.errors, []);
});

test('a run gets a name by keyboard, which its page, its title and a search have too', async () => {
    const page = await openSaved();
    const row = page.locator('.saved tbody tr', {has: page.locator(`a[href="/api/results/${good}/report"]`)});
    await row.locator('button:text-is("Name")').press('Enter');
    await page.keyboard.type('before the change');
    await page.keyboard.press('Enter');
    await row.locator('a:text-is("before the change")').waitFor();
    await page.waitForFunction(() => document.activeElement.textContent === 'Name');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Escape');
    await page.waitForFunction(() => document.activeElement.textContent === 'Name');
    await fixture.restartService();
    const other = await fixture.page();
    await goTo(other, 'saved');
    await other.fill('#saved-search', 'before');
    await other.waitForSelector('#saved p[role=status]:text-is("1 of 1 run, newest first")');
    await other.click('#saved a:text-is("before the change")');
    await other.waitForFunction(() => document.title === 'before the change, finished · Run · iomux');
    assert.deepEqual([...page.errors, ...other.errors], []);
});

test('a run is deleted only after a confirmation that says that this cannot be undone', async () => {
    const id = await fixture.service.finish(SHORT);
    const page = await openSaved();
    const row = page.locator('.saved tbody tr', {has: page.locator(`a[href="/api/results/${id}/report"]`)});
    await row.locator('button:text-is("Delete")').press('Enter');
    await row.locator('text=This cannot be undone.').waitFor();
    await page.keyboard.press('Escape');
    await row.locator('button:text-is("Delete")').waitFor();
    assert.equal(existsSync(path(`${id}.results.json`)), true);
    await row.locator('button:text-is("Delete")').press('Enter');
    await page.keyboard.press('Enter');
    await row.waitFor({state: 'detached'});
    assert.equal(existsSync(path(`${id}.results.json`)), false);
    assert.deepEqual(page.errors, []);
});

test('a run that is not over is stopped, and then it can be deleted', async () => {
    const id = await fixture.service.begin(LONG);
    const page = await openSaved();
    const row = page.locator('.saved tbody tr', {has: page.locator(`a[href="#run/${id}"]`)});
    await row.locator('button:text-is("Stop")').press('Enter');
    await row.locator('td:text-is("stopped")').waitFor();
    assert.equal(await row.locator('button:text-is("Delete")').count(), 1);
    assert.deepEqual(page.errors, []);
});
