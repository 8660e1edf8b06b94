// What the files of tests do before, between and after their tests.
import {after, afterEach, before} from 'node:test';
import {Fixture} from './fixture.mjs';

// A fixture for all tests of a file. After each test, its pages are closed and all runs stopped. `prepare` is called once,
// with the fixture, before the first test.
export function fixtureForTests({start, prepare = async () => {}} = {}) {
    const fixture = new Fixture();
    before(async () => prepare(await fixture.open(start)));
    after(() => fixture.close());
    afterEach(async () => {
        await fixture.closePages();
        await fixture.service.stopAll();
    });
    return fixture;
}
