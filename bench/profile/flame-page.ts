import { type Html, html } from "../../engine/report/html.js"
import { flameScript } from "./flame-script.js"
import { type FlameNode, type FrameTotal, frameTotals } from "./flame-tree.js"

/** What a page says beside the frames. */
export interface FlamePageFacts {
  readonly title: string
  /** Sentences: what was profiled, where, what the samples leave out. */
  readonly notes: readonly string[]
}

/** What is narrower is left out of the picture (not of the tables): a tenth of a thousandth of the whole. */
const NARROWEST = 1e-4
const ROWS = 40

/**
 * A flame graph as one page without outside resource: width is time, callers above, called below; a click on a frame spreads it over the width. Then the functions by
 * their own time as a table, which needs no script.
 */
export const flamePage = (root: FlameNode, { title, notes }: FlamePageFacts): string => {
  const data = JSON.stringify(packed(root, root.totalMs * NARROWEST))
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${title}</title>
<style>${style}</style>
</head>
<body>
<h1>${title}</h1>
${notes.map((note) => html`<p>${note}</p>`)}
<p class="tools"><input id="find" type="search" placeholder="find a function or file" aria-label="find a function or file"> <span id="found"></span>
<span class="key">${LEGEND.map(([kind, text]) => html`<span class="${kind}">${text}</span>`)}</span></p>
<div id="flame" role="img" aria-label="flame graph: the table below has its figures"></div>
<p id="told">Point at a frame for its figures; click to spread it over the width, click the uppermost row to come back.</p>
<h2>Functions by their own time</h2>
<table><thead><tr><th>function</th><th>where</th><th>own ms</th><th>own</th><th>with what it calls</th></tr></thead>
<tbody>${frameTotals(root)
    .slice(0, ROWS)
    .map((total) => rowOf(total, root.totalMs))}</tbody></table>
<script type="application/json" id="frames">${{ html: data.replaceAll("<", "\\u003c") }}</script>
<script>${{ html: flameScript }}</script>
</body>
</html>
`.html
}

const LEGEND = [
  ["kernel", "kernels"],
  ["engine", "engine, command"],
  ["wasm", "WebAssembly"],
  ["package", "packages"],
  ["node", "Node.js"],
  ["native", "native"],
  ["collector", "garbage collection"],
] as const

const rowOf = ({ name, place, kind, selfMs, totalMs }: FrameTotal, wholeMs: number): Html => {
  const percent = (part: number): string => `${((100 * part) / wholeMs).toFixed(1)} %`
  return html`<tr><td><span class="${kind}">${name}</span></td><td>${place}</td><td>${selfMs.toFixed(0)}</td><td>${percent(selfMs)}</td><td>${percent(totalMs)}</td></tr>
`
}

/** Name, place, kind, own ms, total ms, children from the widest: short, since there are thousands. */
type Packed = readonly [string, string, string, number, number, readonly Packed[]]

const packed = (node: FlameNode, leastMs: number): Packed => {
  const tenth = (value: number): number => Math.round(value * 10) / 10
  const children = [...node.children.values()]
    .filter(({ totalMs }) => totalMs >= leastMs && totalMs > 0)
    .sort((a, b) => b.totalMs - a.totalMs || (a.name < b.name ? -1 : 1))
    .map((child) => packed(child, leastMs))
  return [node.name, node.place, node.kind, tenth(node.selfMs), tenth(node.totalMs), children]
}

const style: Html = {
  html: `:root{color-scheme:light dark;--ink:#222;--paper:#fff;--line:#ccc}
@media(prefers-color-scheme:dark){:root{--ink:#ddd;--paper:#16181b;--line:#444}}
body{font:15px/1.5 system-ui,sans-serif;margin:1.5rem;color:var(--ink);background:var(--paper)}
h1{font-size:1.5rem;margin:0 0 .5rem}h2{font-size:1.15rem;margin-top:2rem}p{margin:.3rem 0;max-width:90rem}
#flame{position:relative;overflow:hidden;border:1px solid var(--line);margin:.5rem 0}
#flame div{position:absolute;height:17px;line-height:17px;font-size:11px;overflow:hidden;white-space:nowrap;padding:0 2px;box-sizing:border-box;
border-right:1px solid var(--paper);cursor:pointer}
#flame div.dim{opacity:.25}#told{min-height:1.5em}
.tools{display:flex;flex-wrap:wrap;gap:.3rem 1rem;align-items:center}.key span{margin-right:.3rem}
.key span,td span{padding:0 .35em;border-radius:2px}
.kernel{background:#f2a65a;color:#222}.engine{background:#f6d27a;color:#222}.wasm{background:#b58be0;color:#222}.package{background:#8cc3ea;color:#222}
.node{background:#c9d3da;color:#222}.native{background:#9fd3a8;color:#222}.collector{background:#e58a8a;color:#222}
table{border-collapse:collapse;font-size:13px}td,th{padding:.15rem .7rem .15rem 0;text-align:left}td:nth-child(n+3),th:nth-child(n+3){text-align:right}
tbody tr{border-top:1px solid var(--line)}`,
}
