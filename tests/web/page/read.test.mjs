// The view Read: the servers' sources side by side.
import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';
import {Answers, TRACE, comparisonRun, traceRun} from './answers.mjs';
import {Fixture, SHORT, goTo} from './fixture.mjs';

let fixture;
before(async () => { fixture = await Fixture.open(); });
after(() => fixture.close());

const files = (page) => page.locator('.about h3').allInnerTexts();

test('two servers are shown side by side, and their common lines are dimmed', async () => {
    const page = await fixture.page();
    await goTo(page, 'read');
    await page.waitForSelector('#read .line.alike');
    assert.deepEqual(await files(page), ['epoll raw/epoll.cpp', 'callbacks asio/callbacks.cpp']);
    await page.waitForSelector('#read:has-text("after a run has counted them")');
    await page.selectOption('#read select >> nth=1', 'raw/poll');
    assert.deepEqual(await files(page), ['epoll raw/epoll.cpp', 'poll raw/poll.cpp']);
    const lines = await page.locator('#read .line:not(.alike)').allInnerTexts();
    assert.ok(lines.some((line) => line.includes('::ppoll(') || line.includes('::poll(')));
    await page.reload();
    await page.waitForSelector('#read .line.alike');
    assert.deepEqual(await files(page), ['epoll raw/epoll.cpp', 'poll raw/poll.cpp']);
    assert.deepEqual(page.errors, []);
});

test('of three servers the lines common to all are dimmed', async () => {
    const page = await fixture.page();
    await page.goto(`${fixture.service.url}/#read/epoll/poll`);
    await page.waitForSelector('#read .line.alike');
    const dimmed = () => page.evaluate(() => [...document.querySelectorAll('#read .stage')].flatMap((stage) =>
        [...stage.querySelector(':scope > .side').querySelectorAll('.line.alike')].map((line) => line.textContent.trim())));
    const ofTwo = await dimmed();
    await page.selectOption('#read select >> nth=2', 'raw/blocking');
    assert.deepEqual(await files(page), ['epoll raw/epoll.cpp', 'poll raw/poll.cpp', 'blocking raw/blocking.cpp']);
    const ofThree = await dimmed();
    assert.ok(ofThree.length < ofTwo.length);
    assert.ok(ofThree.every((line) => ofTwo.includes(line)));
    const columns = await page.evaluate(() => getComputedStyle(document.querySelector('#read .stage')).gridTemplateColumns.split(' ').length);
    assert.equal(columns, 3);
});

test('the address contains the servers and the stage', async () => {
    const page = await fixture.page();
    await page.goto(`${fixture.service.url}/#read/epoll/select/${encodeURIComponent('asio/blocking')}/close`);
    const seesClose = () => page.waitForFunction(() => {
        const stage = [...document.querySelectorAll('#read .stage')].find((one) => one.querySelector(':scope > h3')?.textContent.startsWith('close'));
        return stage && stage.getBoundingClientRect().top >= 0 && stage.getBoundingClientRect().top < innerHeight;
    });
    await seesClose();
    assert.deepEqual(await files(page), ['epoll raw/epoll.cpp', 'select raw/select.cpp', 'blocking asio/blocking.cpp']);
    await page.click('#read button:text-is("read")');
    await page.waitForSelector('#read button:text-is("read")[aria-current]');
    await page.selectOption('#read select >> nth=2', '');
    assert.deepEqual(decodeURIComponent(new URL(page.url()).hash).split('/').slice(1), ['raw', 'epoll', 'raw', 'select', 'read']);
    await page.reload();
    await page.waitForSelector('#read button:text-is("read")[aria-current]');
    assert.deepEqual(await files(page), ['epoll raw/epoll.cpp', 'select raw/select.cpp']);
});

test('selecting a stage scrolls all sides', async () => {
    const page = await fixture.page();
    await goTo(page, 'read');
    await page.click('#read button:text-is("write")');
    await page.waitForFunction(() => {
        const stage = [...document.querySelectorAll('#read .stage')].find((one) => one.querySelector(':scope > h3')?.textContent.startsWith('write'));
        const {top} = stage.getBoundingClientRect();
        return top >= 0 && top < innerHeight;
    });
});

test('system calls per message appear after a run has counted them', async () => {
    const id = await fixture.service.finish(SHORT);
    const page = await fixture.page();
    await goTo(page, 'read');
    await page.waitForSelector(`#read .lead a[href="#run/${id}"]`);
    const {scenarios} = await fixture.service.ask('GET', `/api/results/${id}`);
    const counted = scenarios[0].points[0].servers.some((server) => server.system_calls);
    assert.equal(await page.locator('#read .calls').count() > 0, counted);
});

test('the calls of a comparison are shown even if a trace is newer', async () => {
    const id = await fixture.service.finish(SHORT);
    const page = await fixture.page();
    const answers = await new Answers(page).open();
    answers.store(traceRun(), TRACE);
    await goTo(page, 'read');
    await page.waitForSelector(`#read .lead a[href="#run/${id}"]`);
    assert.deepEqual(page.errors, []);
});

test('the system calls of the active run appear beside their stages', async () => {
    const page = await fixture.page();
    const answers = await new Answers(page).open();
    const counted = (calls) => comparisonRun('running', {servers: [{title: 'epoll', rounds: 1, system_calls: calls}, {title: 'select', rounds: 0, system_calls: null}]});
    answers.runs.set(counted(null).id, counted(null));
    await page.reload();
    await page.waitForSelector('#active-run a');
    await page.goto(`${fixture.service.url}/#read/epoll/select`);
    await page.waitForSelector('#read .line.alike');
    const now = (stage) => page.evaluate((name) => {
        const row = [...document.querySelectorAll('#read .stage')].find((one) => one.querySelector(':scope > h3')?.textContent.startsWith(name));
        return [...row.querySelectorAll('.calls.now')].map((one) => (one.hidden ? '' : one.textContent));
    }, stage);
    assert.deepEqual(await now('read'), ['', '']);
    answers.send(counted({recvfrom: 1, sendto: 1.25, epoll_wait: 0.5}));
    await page.waitForSelector('#read .calls.now:visible');
    assert.deepEqual(await now('read'), ['Now: recvfrom 1.00 per message', '']);
    assert.deepEqual(await now('write'), ['Now: sendto 1.25 per message', '']);
    answers.send(counted({recvfrom: 1.5, sendto: 1.25, epoll_wait: 0.5}));
    await page.waitForSelector('#read .calls.now:text-is("Now: recvfrom 1.50 per message")');
    answers.send({...counted({recvfrom: 1.5}), state: 'stopped'});
    await page.waitForFunction(() => [...document.querySelectorAll('#read .calls.now')].every((one) => one.hidden));
    assert.deepEqual(page.errors, []);
});
