// Under which load the service explains a difference: that of a comparison, or of a point of a scenario.
import {formatNumber} from './kit.js';
import {isScenario} from './runs.js';

// What an explanation takes over from a comparison.
const LOAD = ['connections', 'size', 'depth', 'idle', 'rate'];

// What a point may have that the service cannot be asked to explain, and the option of `iomux-compare explain` for it.
const BEYOND = [
    {has: ({work}) => work.churn, what: () => 'a new connection for each message', option: () => '--churn'},
    {has: ({work}) => work.simulated_work, what: () => 'a server that works on each message', option: ({work}) => `--work ${work.simulated_work}`},
    {has: ({scenario}) => scenario.server_cores?.length > 1, what: () => 'servers on several cores', option: () => '--server-cores all'},
    {has: ({work, bounds}) => work.size > bounds.size.highest, what: ({bounds}) => `messages of over ${formatNumber(bounds.size.highest)} bytes`, option: () => ''},
];
const OPTIONS = {connections: '--connections', size: '--size', depth: '--depth', idle: '--idle'};

// `{load}`: members of a request; or `{reason, options}`: why the service cannot explain it, and the options with which a
// terminal can. Without options, it cannot either.
export function explainedLoad(run, scenario, point, bounds) {
    if (!isScenario(run)) return {load: Object.fromEntries(LOAD.map((name) => [name, run.request[name] ?? null]))};
    const {work} = point;
    if (work.datagrams) return {reason: 'datagrams'};
    const beyond = BEYOND.filter(({has}) => has({work, scenario, bounds}));
    const load = Object.fromEntries(Object.keys(OPTIONS).map((name) => [name, work[name]]));
    if (beyond.length === 0) return {load};
    const options = [...Object.entries(OPTIONS).map(([name, option]) => `${option} ${load[name]}`), ...beyond.map(({option}) => option({work}))];
    return {reason: beyond.map(({what}) => what({bounds})).join(' and '), options: options.filter((option) => option).join(' ')};
}
