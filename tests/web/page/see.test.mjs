// The view See: the system calls for one message.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {Answers, TRACE, claimsRun, traceRun} from './answers.mjs';
import {goTo} from './fixture.mjs';
import {fixtureForTests} from './hooks.mjs';

const fixture = fixtureForTests();

async function pageWithTrace(options) {
    const page = await fixture.page(options);
    const answers = await new Answers(page).open();
    answers.store(traceRun(), TRACE);
    return {page, answers};
}

const rowsOf = (page, server) => page.locator(`.traced-code[aria-label="Calls and code of ${server}"] .calls-list li`);
const lanesOf = (server) => `.server-lanes[aria-label="Lanes of ${server}"]`;
const barOf = (page, server, call) => page.locator(`${lanesOf(server)} .call-bar:has-text("${call} ")`);
const markedIn = (page, server) => page.locator(`.traced-code[aria-label="Calls and code of ${server}"] .code-line.marked`).allInnerTexts();
const markedBars = (page) => page.locator('.call-bar.marked').allInnerTexts();

async function openTrace(trace = TRACE, options = {}) {
    const page = await fixture.page(options);
    const answers = await new Answers(page).open();
    answers.store(traceRun(), trace);
    await goTo(page, 'see');
    await page.waitForSelector('.calls-table');
    return page;
}

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
    await page.waitForSelector('.traced-code >> nth=1');
    const [{id, request}] = await fixture.service.runs();
    assert.deepEqual(request, {kind: 'trace', servers: ['epoll', 'blocking'], size: 100});
    assert.ok(page.url().endsWith(`#see/${id}`));
    const texts = await rowsOf(page, 'epoll').allInnerTexts();
    for (const call of [/^wait\s+epoll_wait → 1/, /^read\s+recvfrom → 100/, /^write\s+sendto → 100/])
        assert.ok(texts.some((text) => call.test(text)), `${call} is not in ${texts}`);
    // The kernel says which calls slept.
    await page.locator(`${lanesOf('epoll')} .lane.waiting .call-bar:has-text("epoll_wait")`).waitFor({state: 'attached'});
    await page.locator(`${lanesOf('epoll')} .lane.kernel .call-bar:has-text("recvfrom")`).waitFor({state: 'attached'});
    await page.locator(`${lanesOf('blocking')} .lane.waiting .call-bar:has-text("recvfrom")`).waitFor({state: 'attached'});
    await page.reload();
    await page.waitForSelector('.traced-code >> nth=1');
    assert.deepEqual(page.errors, []);
});

test('the newest trace is shown, labelled as traced, on one axis for all its servers', async () => {
    const page = await openTrace();
    await page.waitForSelector('.traced-note:has-text("longer than without")');
    const texts = (await rowsOf(page, 'epoll').allInnerTexts()).map((text) => text.split(/\s+/).slice(0, 4).join(' '));
    assert.deepEqual(texts, ['wait epoll_wait → 1', 'read recvfrom → 64', 'write sendto → 64', 'client has received the']);
    const box = async (server, call) => barOf(page, server, call).evaluate((bar) => {
        const {left, width} = bar.getBoundingClientRect();
        return {left, width};
    });
    const [read, write, waited] = [await box('epoll', 'recvfrom'), await box('epoll', 'sendto'), await box('epoll', 'epoll_wait')];
    // 15 µs have the same length for both servers. A call 15 µs earlier begins as far left.
    assert.ok(Math.abs(read.width - (await box('blocking', 'sendto')).width) < 1);
    assert.ok(Math.abs(write.left - (await box('blocking', 'sendto')).left - read.width) < 1);
    assert.ok(Math.abs(read.width - write.width / 2) < 1);
    // A call that has waited for long does not shrink the others.
    assert.ok(waited.width < 2 * write.width);
    assert.equal(await page.locator('.call-bar.since-before').count(), 1);
    assert.deepEqual(page.errors, []);
});

test('a server that cannot be traced shows the reason, and threads are numbered', async () => {
    const page = await openTrace();
    await page.waitForSelector(`${lanesOf('io_uring')} .empty:has-text("this kernel forbids it")`);
    assert.match((await rowsOf(page, 'blocking').allInnerTexts())[0], /thread 2/);
    assert.doesNotMatch((await rowsOf(page, 'epoll').allInnerTexts())[0], /thread/);
    assert.deepEqual(await page.locator(`${lanesOf('blocking')} .lane-name`).allInnerTexts(),
        [2, 3, 0].flatMap((thread) => [`own code, thread ${thread}`, `kernel, thread ${thread}`, `waiting, thread ${thread}`]));
});

test('own code, kernel and waiting have lanes, and a call shows what it returned', async () => {
    const page = await openTrace();
    assert.deepEqual(await page.locator(`${lanesOf('epoll')} .lane-name`).allInnerTexts(), ['own code', 'kernel', 'waiting']);
    const texts = (lane) => page.locator(`${lanesOf('epoll')} .lane.${lane} .part`).allTextContents();
    assert.deepEqual(await texts('kernel'), ['recvfrom → 64', 'sendto → 64']);
    assert.deepEqual(await texts('waiting'), ['epoll_wait → 1']);
    // From 10 to 20 and from 35 to 40 µs.
    const titles = await page.locator(`${lanesOf('epoll')} .lane.user .part`).evaluateAll((parts) => parts.map(({title}) => title));
    assert.deepEqual(titles, ['own code, 10.0 µs', 'own code, 5.0 µs']);
    assert.deepEqual(await page.locator(`${lanesOf('blocking')} .lane.waiting .part`).allTextContents(), ['recvfrom → 64']);
    await page.waitForSelector('.time-axis figcaption:has-text("most of it is stops of the tracer")');
    assert.equal(await page.locator('.time-axis:has-text("does not say which calls slept")').count(), 0);
});

for (const width of [360, 1366])
    test(`no text in the chart is cut off, ${width} pixels wide`, async () => {
        const page = await openTrace(undefined, {viewport: {width, height: 800}});
        const cut = () => page.evaluate(() => {
            const boxOf = (element) => {
                const range = document.createRange();
                range.selectNodeContents(element);
                return range.getBoundingClientRect();
            };
            const end = document.querySelector('.ticks').getBoundingClientRect().right;
            // A text that does not fit into its bar is below it, where it is not shown.
            const bars = [...document.querySelectorAll('.call-bar:not([hidden])')].filter((bar) => {
                const [text, box] = [boxOf(bar), bar.getBoundingClientRect()];
                return text.top < box.bottom && (text.right > box.right || text.left < box.left);
            });
            return [...bars, ...[...document.querySelectorAll('.tick')].filter((tick) => boxOf(tick).right > end)].map(({textContent}) => textContent);
        });
        for (let times = 0; times < 3; ++times) {
            assert.deepEqual(await cut(), []);
            await page.click('button:text-is("+")');
        }
    });

test('a trace that does not say which calls slept is shown with that remark', async () => {
    const servers = TRACE.servers.map((server) => ({...server, calls: server.calls.map(({sleeps, ...call}) => call)}));
    const page = await openTrace({...TRACE, version: 1, servers});
    await page.waitForSelector('.time-axis figcaption:has-text("does not say which calls slept")');
    assert.deepEqual(await page.locator(`${lanesOf('epoll')} .lane.waiting .part`).allTextContents(), ['epoll_wait → 1']);
    assert.deepEqual(await page.locator(`${lanesOf('blocking')} .lane.waiting .part`).allTextContents(), ['recvfrom → 64']);
    assert.equal(await page.locator('.calls-table tbody tr >> nth=0 >> td >> nth=6').innerText(), '–');
});

const widthOf = (page) => barOf(page, 'epoll', 'recvfrom').evaluate((bar) => bar.getBoundingClientRect().width);
const rangeOf = (page) => page.locator('.axis-tools [role=status]').innerText();
const WHOLE = '-12.2 to 81.6 µs';
const isAbout = (value, expected) => assert.ok(Math.abs(value / expected - 1) < 0.02, `${value}, not ${expected}`);

test('the axis is zoomed and moved with keys and with buttons', async () => {
    const page = await openTrace();
    const width = await widthOf(page);
    assert.equal(await rangeOf(page), WHOLE);
    await page.focus('.axis-chart');
    await page.keyboard.press('+');
    isAbout(await widthOf(page), 1.5 * width);
    assert.equal(await rangeOf(page), '3.4 to 66.0 µs, 1.5 times as large');
    await page.keyboard.press('ArrowRight');
    assert.equal(await rangeOf(page), '15.9 to 78.5 µs, 1.5 times as large');
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('-');
    assert.equal(await rangeOf(page), WHOLE);
    await page.click('.axis-tools button[aria-label="Zoom in"]');
    await page.click('.axis-tools button[aria-label="Zoom in"]');
    isAbout(await widthOf(page), 2.25 * width);
    await page.click('.axis-tools button[aria-label="Earlier"]');
    assert.notEqual(await rangeOf(page), WHOLE);
    await page.focus('.axis-chart');
    await page.keyboard.press('Home');
    assert.equal(await rangeOf(page), WHOLE);
    isAbout(await widthOf(page), width);
    // All servers are zoomed alike, and a call outside the shown part is not drawn.
    for (let i = 0; i < 8; ++i) await page.keyboard.press('+');
    assert.equal(await barOf(page, 'blocking', 'mmap').isVisible(), false);
    assert.deepEqual(page.errors, []);
});

test('the axis is zoomed with the wheel and Ctrl around the pointer, and dragged with the mouse', async () => {
    const page = await openTrace();
    const {x, y, width} = await page.locator('.ticks').boundingBox();
    await page.mouse.move(x + width / 4, y + 80);
    const scrolled = await page.evaluate(() => scrollY);
    await page.keyboard.down('Control');
    await page.mouse.wheel(0, -100);
    await page.keyboard.up('Control');
    await page.waitForSelector('.axis-tools [role=status]:has-text("1.5 times")');
    // A quarter of the axis is left of the pointer, before and after.
    assert.equal(await rangeOf(page), '-4.4 to 58.1 µs, 1.5 times as large');
    assert.equal(await page.evaluate(() => scrollY), scrolled);
    await page.mouse.down();
    await page.mouse.move(x + width / 4 - 50, y + 80, {steps: 5});
    await page.mouse.up();
    const from = Number((await rangeOf(page)).split(' ')[0]);
    assert.ok(Math.abs(from + 4.4 - 50 * 62.5 / width) < 0.11, `${from}`);
    await page.mouse.move(x + width / 4 - 150, y + 80);
    assert.equal(Number((await rangeOf(page)).split(' ')[0]), from);
});

test('the axis is zoomed with two fingers', async () => {
    const page = await openTrace(TRACE, {viewport: {width: 360, height: 740}, isMobile: true, hasTouch: true});
    const zoomed = await page.evaluate(() => {
        const chart = document.querySelector('.axis-chart');
        const {left, width} = document.querySelector('.ticks').getBoundingClientRect();
        const send = (type, pointerId, share) => chart.dispatchEvent(new PointerEvent(type, {pointerId, pointerType: 'touch', clientX: left + share * width, bubbles: true, button: 0}));
        send('pointerdown', 1, 0.4);
        send('pointerdown', 2, 0.6);
        send('pointermove', 2, 0.8);
        for (const pointer of [1, 2]) send('pointerup', pointer, 0.5);
        return document.querySelector('.axis-tools [role=status]').textContent;
    });
    assert.match(zoomed, /, 2.0 times as large$/);
});

test('pointing at a call marks its line, and pointing at a line its calls', async () => {
    const page = await openTrace();
    await barOf(page, 'epoll', 'recvfrom').hover();
    assert.match((await markedIn(page, 'epoll')).join(), /^\d+\s.*::recv\(/);
    assert.deepEqual(await markedIn(page, 'blocking'), []);
    assert.equal(await rowsOf(page, 'epoll').nth(1).evaluate((row) => row.classList.contains('marked')), true);
    assert.ok(await page.locator('.traced-code[aria-label="Calls and code of epoll"] .code-line.marked').evaluate((line) => {
        const panel = line.closest('.column').getBoundingClientRect();
        const {top, bottom} = line.getBoundingClientRect();
        return top >= panel.top && bottom <= panel.bottom;
    }));
    await page.waitForSelector('.where:has-text("recvfrom: raw/epoll.cpp:")');
    await page.locator('.traced-code[aria-label="Calls and code of blocking"] .makes-calls:has-text("::send(")').hover();
    assert.deepEqual(await markedBars(page), ['sendto → 64']);
    assert.match((await markedIn(page, 'blocking')).join(), /::send\(/);
    assert.deepEqual(await markedIn(page, 'epoll'), []);
    // mmap is made by no line of the file.
    await rowsOf(page, 'blocking').filter({hasText: 'mmap'}).hover();
    assert.deepEqual(await markedIn(page, 'blocking'), []);
    await page.waitForSelector('.where:has-text("mmap: by no line of raw/blocking.cpp")');
    assert.deepEqual(page.errors, []);
});

test('the focus on a call marks its line, and the focus on a line its calls', async () => {
    const page = await openTrace();
    await rowsOf(page, 'epoll').nth(2).locator('button').focus();
    assert.match((await markedIn(page, 'epoll')).join(), /::send\(/);
    await page.locator('.traced-code[aria-label="Calls and code of epoll"] .makes-calls:has-text("::epoll_wait(") .line-number').focus();
    assert.deepEqual(await markedBars(page), ['epoll_wait → 1']);
    await page.keyboard.press('Enter');
    await page.waitForSelector('#read .code-line.marked:has-text("::epoll_wait(")');
});

test('a call of a library marks the stage that calls it', async () => {
    const servers = [{...TRACE.servers[0], name: 'callbacks', program: 'asio'}];
    const page = await openTrace({...TRACE, servers});
    await barOf(page, 'callbacks', 'recvfrom').hover();
    assert.match((await markedIn(page, 'callbacks')).join('\n'), /async_read_some/);
    await page.waitForSelector('.where:has-text("recvfrom: stage read, in a library that is called in asio/callbacks.cpp:")');
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
    await page.waitForSelector('.calls-table');
    const isReply = (await rowsOf(page, 'blocking').allInnerTexts()).map((text) => text.includes('has received the reply'));
    assert.deepEqual(isReply, [false, false, true, false]);
});

test('a table lists all calls, with errors by name', async () => {
    const {page} = await pageWithTrace();
    await goTo(page, 'see');
    await page.waitForSelector('.calls-table');
    assert.equal(await page.locator('.calls-table tbody tr').count(), TRACE.servers.flatMap(({calls}) => calls).length);
    const texts = (await page.locator('.calls-table tbody tr').allInnerTexts()).map((text) => text.trim().split(/\s+/).join(' '));
    assert.equal(texts[2], 'epoll connect accept accept4 EAGAIN 150.0 20.0 0 0 fd 6 (socket)');
    assert.equal(texts.at(-1), 'blocking message other mmap 0x7fff00000000 55.0 2.0 0 0');
});

test('a stage links to its code, beside that of the other servers', async () => {
    const {page} = await pageWithTrace();
    await goTo(page, 'see');
    await page.click('.calls-list a:text-is("write") >> nth=0');
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
    await page.waitForSelector('#see .calls-table');
    assert.ok(page.url().endsWith(`#see/${id}`));
    assert.deepEqual(page.errors, []);
});

test('an active trace is linked in the header, and the view Run ignores it', async () => {
    const {page, answers} = await pageWithTrace();
    answers.send(traceRun('running'));
    await page.reload();
    await page.waitForSelector(`#active-run a[href="#see/${traceRun().id}"]`);
    await goTo(page, 'run');
    await page.waitForSelector('#run-title:text-is("No run of your own yet")');
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
    await page.waitForSelector('.calls-table');
    const cut = await page.evaluate(() => [...document.querySelectorAll('.calls-list li > *, .lane-name')].filter((one) => one.scrollWidth > one.clientWidth + 1).length);
    assert.equal(cut, 0);
});
