// A claim about the I/O models, with its experiment and its verdict.

const CLAIM_VERDICTS = {holds: 'holds', holds_only_when: 'holds only when', does_not_hold: 'does not hold', not_measured: 'not measured'};

function claimElement(claim) {
    const details = [`Experiment: ${claim.experiment}`, ...claim.figures.map(claimFigureText)];
    return el('li', {}, el('p', {class: `verdict ${claim.verdict}`}, CLAIM_VERDICTS[claim.verdict]),
        el('div', {}, el('p', {class: 'claim'}, claim.claim), claim.why ? el('p', {}, claim.why) : '',
            el('p', {class: 'quiet'}, details.join(' · '))));
}

function claimFigureText({name, value, unit, low, high}) {
    if (unit === 'yes or no') return `${name}: ${value ? 'yes' : 'no'}`;
    const interval = low === undefined ? '' : ` [${hundredths(low)}–${hundredths(high)}]`;
    return `${name}: ${interval ? hundredths(value) : number(value)}${interval} ${unit}`.trim();
}
