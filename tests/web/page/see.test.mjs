// The view See: the system calls for one message.
import assert from 'node:assert/strict';
import {after, afterEach, before, test} from 'node:test';
import {Answers, TRACE, claimsRun, traceRun} from './answers.mjs';
import {Fixture, goTo} from './fixture.mjs';

let fixture;
before(async () => { fixture = await Fixture.open(); });
after(() => fixture.close());
afterEach(() => fixture.service.stopAll());

async function pageWithTrace(options) {
    const page = await fixture.page(options);
    const answers = await new Answers(page).open();
    answers.store(traceRun(), TRACE);
    return {page, answers};
}

const rowsOf = (page, server) => page.locator('.trace', {has: page.locator(`h4:has-text("${server}")`)}).locator('.timeline li:not(.axis)');

test('without a trace the view says how to make one', async () => {
    const page = await fixture.page();
    await goTo(page, 'see');
    await page.waitForSelector('#see .empty:has-text("press Trace a message")');
    assert.deepEqual(page.errors, []);
});

test('a message is traced through two selected servers, and the trace is shown', async () => {
    const page = await fixture.page();
    await page.goto(`${fixture.service.url}/#see/poll`);
    await page.waitForSelector('.trace-form');
    await page.selectOption('.trace-form select >> nth=0', 'epoll');
    await page.selectOption('.trace-form select >> nth=1', 'blocking');
    await page.fill('[name=trace-size]', '100');
    await page.click('button:text-is("Trace a message")');
    await page.waitForSelector('.timeline >> nth=1');
    const [{id, request}] = await fixture.service.runs();
    assert.deepEqual(request, {kind: 'trace', servers: ['epoll', 'blocking'], size: 100});
    assert.ok(page.url().endsWith(`#see/${id}`));
    const texts = await rowsOf(page, 'epoll').allInnerTexts();
    for (const call of [/^wait\s+epoll_wait → 1/, /^read\s+recvfrom → 100/, /^write\s+sendto → 100/])
        assert.ok(texts.some((text) => call.test(text)), `${call} is not in ${texts}`);
    await page.reload();
    await page.waitForSelector('.timeline >> nth=1');
    assert.deepEqual(page.errors, []);
});

test('the newest trace is shown, labelled as traced, on one axis for all its servers', async () => {
    const {page} = await pageWithTrace();
    await goTo(page, 'see');
    await page.waitForSelector('.traced-note:has-text("longer than without")');
    const texts = (await rowsOf(page, 'epoll').allInnerTexts()).map((text) => text.split(/\s+/).slice(0, 4).join(' '));
    assert.deepEqual(texts, ['wait epoll_wait → 1', 'read recvfrom → 64', 'write sendto → 64', 'client has received the']);
    const bars = await page.evaluate(() => Object.fromEntries([...document.querySelectorAll('.trace')].map((trace) =>
        [trace.querySelector('h4')?.firstChild.textContent, [...trace.querySelectorAll('.bar')].map((bar) => {
            const {left, width} = bar.getBoundingClientRect();
            return {left, width};
        })])));
    // 30 µs have the same length for both servers. A call 15 µs later begins half that length further right.
    const [waited, read, write] = bars.epoll;
    assert.ok(Math.abs(write.width - bars.blocking[0].width) < 1);
    assert.ok(Math.abs(write.left - bars.blocking[1].left - write.width / 2) < 1);
    assert.ok(Math.abs(read.width - write.width / 2) < 1);
    // A call that has waited for long does not shrink the others.
    assert.ok(waited.width < 2 * write.width);
    assert.equal(await page.locator('.bar.since-before').count(), 1);
    assert.deepEqual(page.errors, []);
});

test('a server that cannot be traced shows the reason, and threads are numbered', async () => {
    const {page} = await pageWithTrace();
    await goTo(page, 'see');
    await page.waitForSelector('.trace:has(h4:text-is("io_uring")) .empty:has-text("this kernel forbids it")');
    assert.match((await rowsOf(page, 'blocking').allInnerTexts())[0], /thread 2/);
    assert.doesNotMatch((await rowsOf(page, 'epoll').allInnerTexts())[0], /thread/);
});

test('an unavailable server cannot be selected and shows the reason', async () => {
    const page = await fixture.page();
    await page.route('**/api/servers', async (route) => {
        const known = await (await route.fetch()).json();
        known.servers.find(({name}) => name === 'poll').unavailable = 'not built';
        await route.fulfill({json: known});
    });
    await page.reload();
    await goTo(page, 'see');
    const option = page.locator('.trace-form option[value=poll] >> nth=0');
    await option.waitFor({state: 'attached'});
    assert.equal(await option.innerText(), 'poll: not built');
    assert.ok(await option.evaluate(({disabled}) => disabled));
});

test('the reply is shown among the calls at its time', async () => {
    const {page} = await pageWithTrace();
    await goTo(page, 'see');
    await page.waitForSelector('.timeline');
    const isReply = (await rowsOf(page, 'blocking').allInnerTexts()).map((text) => text.includes('has received the reply'));
    assert.deepEqual(isReply, [false, false, true, false]);
});

test('a table lists all calls, with errors by name', async () => {
    const {page} = await pageWithTrace();
    await goTo(page, 'see');
    await page.waitForSelector('.calls-table');
    assert.equal(await page.locator('.calls-table tbody tr').count(), TRACE.servers.flatMap(({calls}) => calls).length);
    const texts = (await page.locator('.calls-table tbody tr').allInnerTexts()).map((text) => text.trim().split(/\s+/).join(' '));
    assert.equal(texts[2], 'epoll connect accept accept4 EAGAIN 150.0 20.0 0 fd 6 (socket)');
    assert.equal(texts.at(-1), 'blocking message other mmap 0x7fff00000000 55.0 2.0 0');
});

test('a stage links to its code, beside that of the other servers', async () => {
    const {page} = await pageWithTrace();
    await goTo(page, 'see');
    await page.click('.timeline a:text-is("write") >> nth=0');
    await page.waitForSelector('#read button:text-is("write")[aria-current]');
    assert.deepEqual(await page.locator('.about h3').allInnerTexts(), ['epoll raw/epoll.cpp', 'blocking raw/blocking.cpp', 'io_uring raw/io_uring.cpp']);
});

test('in lists of runs a trace links to this view, not to a report', async () => {
    const {page, answers} = await pageWithTrace();
    answers.store(claimsRun(), {});
    const {id} = traceRun();
    await goTo(page, 'saved');
    await page.waitForSelector(`.saved a[href="#see/${id}"]`);
    assert.equal(await page.locator(`.saved a[href*="/report"]`).count(), 0);
    assert.ok(await page.locator('.saved a[href="#learn"]').count() > 0);
    await page.goto(`${fixture.service.url}/#run/${id}`);
    await page.waitForSelector('#see .timeline');
    assert.ok(page.url().endsWith(`#see/${id}`));
    assert.deepEqual(page.errors, []);
});

test('an active trace is linked in the header, and the view Run ignores it', async () => {
    const {page, answers} = await pageWithTrace();
    answers.send(traceRun('running'));
    await page.reload();
    await page.waitForSelector(`#active-run a[href="#see/${traceRun().id}"]`);
    await goTo(page, 'run');
    await page.waitForSelector('#run-title:text-is("No run yet")');
    await page.click('#active-run a');
    await page.waitForSelector('#see [data-state=running]');
    await page.waitForSelector('#see button:text-is("Stop")');
    answers.send({...traceRun('failed'), error: 'a server ended'});
    await page.waitForSelector('#see [data-state=failed]:has-text("Failed: a server ended. Choose other servers")');
    assert.deepEqual(page.errors, []);
});

test('a phone shows the whole trace', async () => {
    const {page} = await pageWithTrace({viewport: {width: 360, height: 740}, isMobile: true, hasTouch: true});
    await goTo(page, 'see');
    await page.waitForSelector('.timeline');
    const cut = await page.evaluate(() => [...document.querySelectorAll('.timeline li > span:not(.track)')].filter((one) => one.scrollWidth > one.clientWidth + 1).length);
    assert.equal(cut, 0);
});
