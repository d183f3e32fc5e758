import type { Html } from "./html.js"
import { tileMapStyle } from "./tile-map.js"

/** The one style sheet of a report: light, readable on a telephone, fit for paper. */
export const reportStyle: Html = {
  html: `*{box-sizing:border-box}body{font:15px/1.5 system-ui,sans-serif;max-width:64rem;margin:0 auto;padding:1.5rem 1rem 4rem;color:#1f2a33;background:#fff}
h1{font-size:1.6rem;margin:0 0 .5rem}h2{font-size:1.2rem;margin:2.2rem 0 .6rem;padding-top:.6rem;border-top:1px solid #d8dee3}
.counts{font-size:1.1rem;margin:.2rem 0}.note{color:#5c6770;font-size:13px;margin:.3rem 0}.wide{overflow-x:auto}
table{border-collapse:collapse;font-size:13px}th,td{padding:.25rem .6rem .25rem 0;border-bottom:1px solid #e3e6e8;text-align:left;vertical-align:top}
th{font-weight:600;color:#5c6770}td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}td.reason{min-width:16rem}
code{font-size:12px;overflow-wrap:anywhere}.dot{display:inline-block;width:.75em;height:.75em;border-radius:50%;margin-right:.35em}.entry{margin-right:.9em;white-space:nowrap}
.map label{margin-right:1rem;cursor:pointer}.map svg{display:block;max-width:100%;height:auto}.map .key{margin:.4rem 0}
figure{margin:1rem 0}figcaption{font-weight:600;font-size:14px}.plot{width:100%;max-width:720px;height:auto;font-size:12px;fill:#5c6770}
.axis{stroke:#d8dee3;stroke-width:1}.limit{stroke:#d1495b;stroke-width:1.5;stroke-dasharray:5 4}.curve{fill:none;stroke:#2f6690;stroke-width:2}
.bar{display:inline-block;height:.7em;background:#7a93ac;min-width:1px}.ok{color:#1d7a43;font-weight:600}.bad{color:#b3263a;font-weight:600}.so{color:#a86b0c;font-weight:600}
@media(max-width:40rem){body{font-size:14px}th,td{padding-right:.4rem}}
@media print{body{max-width:none;padding:0}h2,figure,tr,.map{break-inside:avoid}h2{break-after:avoid}a{color:inherit}.map input,.map label{display:none}.wide{overflow:visible}}
*{-webkit-print-color-adjust:exact;print-color-adjust:exact}
${tileMapStyle}`,
}
