// The colour and marker of a server, as in the charts.
/* global ServerStyles, swatch */
import {loadScript} from './kit.js';

export const loadKeys = () => loadScript('/chart_style.js');

// `title`: the name of the server in runs. Its colour follows the colour scheme.
export function keyOf(title, server) {
    const styles = new ServerStyles({scenarios: []});
    styles.add(title, server);
    const svg = swatch(styles.line(title), title);
    svg.style.color = `var(--${styles.variable(title)})`;
    return svg;
}
