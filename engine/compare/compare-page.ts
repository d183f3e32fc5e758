/** Writes a comparison as one self-contained HTML page. */
import { grouped } from "../core/texts.js"
import type { DeclaredPorts } from "../job/declared-ports.js"
import { loadFrenchNames } from "../job/kernels/presets.js"
import { layout } from "../job/layout.js"
import { cssColour } from "../preview/colour-ramp.js"
import { type Html, html, htmlPage, keyEntry } from "../report/html.js"
import { reportStyle } from "../report/report-page.js"
import type { Language } from "../report/report-texts.js"
import type { MeshComparison } from "./compare-meshes.js"
import type { RasterComparison, RasterPair } from "./compare-rasters.js"
import { type CompareTexts, compareTexts } from "./compare-texts.js"
import { differenceTints, drawRaster, gradientOf, onlyInA, onlyInB, type RasterPictures } from "./raster-pictures.js"
import type { ResultsComparison } from "./results-comparison.js"
import type { ZonesTable } from "./zonal.js"

/** Zones that the page lists. */
const SHOWN_ZONES = 50

const pageStyle: Html = {
  html: `.three{display:flex;flex-wrap:wrap;gap:.8rem}.three figure{flex:1 1 15rem;margin:.4rem 0}.three figcaption{font-size:13px}
.three img{display:block;width:100%;height:auto;border:1px solid #d8dee3;image-rendering:pixelated}.ramp{display:inline-block;width:6rem;height:.7em;margin:0 .35em;border:1px solid #d8dee3}`,
}

/** The figures, their rasters, and what kernels declare of them. */
export interface ComparePage {
  readonly comparison: ResultsComparison
  readonly pairs: readonly RasterPair[]
  readonly ports: DeclaredPorts
  readonly language: Language
}

/**
 * The page of a comparison: tables of its figures with links to the files beside it, and of each
 * raster that changed its pictures before, after and of the difference. It has no scripts and no
 * references to other hosts; all that inputs contain is escaped.
 */
export const comparePage = async ({ comparison, pairs, ports, language }: ComparePage): Promise<string> => {
  const texts = compareTexts[language]
  const { a, b, epsg, tolerance, rasters, layers, mesh, zones, onlyA, onlyB } = comparison
  const french = language === "fr" ? (await loadFrenchNames()).products : {}
  const nameOf = (name: string): string => (Object.hasOwn(french, name) ? (french[name] ?? name) : name)
  const pictures: Html[] = []
  for (const raster of rasters) {
    const pair = pairs.find(({ name }) => name === raster.name)
    if (raster.box === undefined || pair === undefined) continue
    const port = ports.rasters.get(raster.name)
    const drawn = await drawRaster(pair, (raster.band ?? 1) - 1, raster.box, port)
    const title = titleOf(raster, nameOf, texts)
    pictures.push(pictureRow(title, drawn, port?.unit ?? port?.style?.unit ?? (port?.heights ? "m" : ""), texts))
  }
  const body = html`<h1>${texts.heading}</h1>
<p class="counts">A: <code>${a}</code><br/>B: <code>${b}</code></p>
<p class="note">${texts.facts(epsg, texts.decimal(String(tolerance)))} ${texts.figures} <a href="compare.json">compare.json</a></p>
<h2>${texts.sections.rasters}</h2>
${rasters.length === 0 ? html`<p>${texts.noRaster}</p>` : rasterTable(rasters, nameOf, texts)}
${pictures}
<h2>${texts.sections.layers}</h2>
${layers.length === 0 ? html`<p>${texts.noLayer}</p>` : layerTable(layers, nameOf, texts)}
${mesh === undefined ? html`` : meshFacts(mesh, texts)}
${zones === undefined ? html`` : zoneTable(zones, texts)}
${
  onlyA.length + onlyB.length === 0
    ? html``
    : html`<h2>${texts.sections.single}</h2>
${onlyA.length === 0 ? html`` : html`<p>A: ${onlyA.join(", ")}</p>`}
${onlyB.length === 0 ? html`` : html`<p>B: ${onlyB.join(", ")}</p>`}`
}`
  return htmlPage(language, texts.title, [reportStyle, pageStyle], body)
}

const titleOf = ({ name, band }: RasterComparison, nameOf: (name: string) => string, texts: CompareTexts): string =>
  band === undefined ? nameOf(name) : texts.band(nameOf(name), band)

/** A table whose first column is text and whose others are numbers. */
const numberTable = (heads: readonly string[], rows: readonly (readonly [Html, ...string[]])[]): Html =>
  html`<div class="wide"><table><tr>${heads.map((head, k) => (k === 0 ? html`<th>${head}</th>` : html`<th class="n">${head}</th>`))}</tr>
${rows.map(
  ([first, ...cells]) => html`<tr><td>${first}</td>${cells.map((cell) => html`<td class="n">${cell}</td>`)}</tr>
`,
)}</table></div>`

const rasterTable = (
  rasters: readonly RasterComparison[],
  nameOf: (name: string) => string,
  texts: CompareTexts,
): Html => {
  const fixed = (value: number | undefined, digits: number): string =>
    value === undefined ? "" : texts.decimal(value.toFixed(digits))
  const whole = (value: number | undefined): string => (value === undefined ? "" : grouped(value))
  const rows = rasters.map((one): readonly [Html, ...string[]] => [
    linked(titleOf(one, nameOf, texts), one.difference),
    ...[whole(one.changed), whole(one.both + one.onlyA + one.onlyB), whole(one.gained), whole(one.lost)],
    ...[fixed(one.least, 2), fixed(one.most, 2), fixed(one.rmse, 3)],
  ])
  return html`${numberTable(texts.rasterColumns, rows)}<p class="note">${texts.volumes}</p>`
}

const meshFacts = (mesh: MeshComparison, texts: CompareTexts): Html => {
  const { changed, equal, onlyA, onlyB, tiles, objects, distance } = mesh
  const fixed = (value: number, digits: number): string => texts.decimal(value.toFixed(digits))
  const lines = [texts.contents(changed, equal, onlyA, onlyB)]
  if (tiles !== undefined && objects !== undefined) lines.push(texts.tiles(tiles.length, objects))
  if (distance !== undefined) {
    const { largest, at, measured, vertices } = distance
    lines.push(texts.distance(fixed(largest, 3), fixed(at[0], 1), fixed(at[1], 1), measured, vertices))
  }
  return html`<h2>${texts.sections.mesh}</h2>
${lines.map((line) => html`<p>${line}</p>`)}`
}

const linked = (text: string, path: string | undefined): Html =>
  path === undefined ? html`${text}` : html`<a href="${encodeURI(path)}">${text}</a>`

const layerTable = (
  layers: ResultsComparison["layers"],
  nameOf: (name: string) => string,
  { layerColumns }: CompareTexts,
): Html =>
  numberTable(
    layerColumns,
    layers.map((one) => {
      const differs = one.changed + one.new + one.gone + one.divided + one.joined > 0
      const counts = [one.a, one.b, one.equal, one.changed, one.new, one.gone, one.divided, one.joined]
      return [linked(nameOf(one.name), differs ? layout.layer(one.name) : undefined), ...counts.map(grouped)]
    }),
  )

const zoneTable = ({ columns, values }: ZonesTable, texts: CompareTexts): Html => {
  const textOf = (value: string | number | null | undefined): string =>
    typeof value === "number" ? texts.decimal(String(Number(value.toPrecision(6)))) : ""
  const rows = values
    .slice(0, SHOWN_ZONES)
    .map((row): readonly [Html, ...string[]] => [html`${String(row["id"])}`, ...columns.map((one) => textOf(row[one]))])
  return html`<h2>${texts.sections.zones}</h2>
${numberTable([texts.zone, ...columns], rows)}
<p class="note">${texts.more(values.length)} <a href="zones.fgb">zones.fgb</a>, <a href="zones.csv">zones.csv</a></p>`
}

const pictureRow = (title: string, drawn: RasterPictures, unit: string, texts: CompareTexts): Html => {
  const { width, height, pixel, cells, range, most } = drawn
  const figure = (value: number): string => texts.decimal(String(Number(value.toPrecision(3))))
  const image = (caption: string, bytes: Uint8Array, format: string): Html =>
    html`<figure><figcaption>${caption}</figcaption><img alt="${title}, ${caption}" width="${width}" height="${height}" src="data:image/${format};base64,${Buffer.from(bytes).toString("base64")}"/></figure>`
  const ends = (value: number): string => `${figure(value)} ${unit}`.trimEnd()
  const values = range === undefined ? html`` : html`${texts.values(ends(range[0]), ends(range[1]))} `
  const scale = html`${texts.difference} ≤ ${ends(-(most ?? 0))}<span class="ramp" style="background:${gradientOf(differenceTints)}"></span>≥ ${ends(most ?? 0)} `
  const classes = keyEntry(cssColour(differenceTints.at(-1) ?? [0, 0, 0]), texts.changed)
  const key = most === undefined ? classes : most === 0 ? html`` : scale
  return html`<h3>${title}</h3>
<div class="three">${image(texts.before, drawn.before, drawn.format)}${image(texts.after, drawn.after, drawn.format)}${image(texts.difference, drawn.difference, "png")}</div>
<p class="note">${values}${key}${keyEntry(cssColour(onlyInA), texts.onlyA)}${keyEntry(cssColour(onlyInB), texts.onlyB)}
${texts.area(figure(width * pixel), figure(height * pixel), figure(pixel))} ${cells > 1 && range !== undefined ? texts.means(cells) : ""}</p>
`
}
