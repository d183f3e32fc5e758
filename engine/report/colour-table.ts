import { type Html, html } from "./html.js"
import type { ReportColours } from "./write-report.js"

/** Images of the table; all are in colours.json. */
const MOST_ROWS = 2000

/** The films of the images, and how far these were apart before and after. */
export const colourTable = (colours: ReportColours | undefined): Html => {
  if (colours === undefined) return html`<p>No images had to match.</p>`
  const { edition, gauge, places, sites, before, after, images } = colours
  const rows = images.slice(0, MOST_ROWS).map(
    (
      film,
    ) => html`<tr><td>${film.name}</td><td>${film.kind}, ${film.state}${film.tied === true ? ", tied to orthophotos" : ""}</td>
<td class="n">${three(film.gain, 3)}</td><td class="n">${three(film.bias, 1)}</td><td class="n">${film.places}</td><td class="n">${level(film.before?.p95)}</td><td class="n">${level(film.after?.p95)}</td></tr>\n`,
  )
  return html`<p>Edition ${edition}: ${places} places in ${sites} squares of 32 m. Images differed from the mean of all by ${level(before?.median)} of 255 in the median and ${level(before?.p95)} at 95 %, with their films by ${level(after?.median)} and ${level(after?.p95)}.</p>
<p class="note">${gauge}</p>
<details><summary>${images.length} film(s)</summary><div class="wide"><table><thead><tr><th>Image</th><th>Film</th><th class="n">Gain (red, green, blue)</th><th class="n">Bias</th><th class="n">Places</th><th class="n">Before, 95 %</th><th class="n">After, 95 %</th></tr></thead>
<tbody>${rows}</tbody></table></div></details>`
}

const three = (values: readonly number[], digits: number): string =>
  values.map((value) => value.toFixed(digits)).join(" ")

const level = (value: number | undefined): string => (value === undefined ? "–" : value.toFixed(1))
