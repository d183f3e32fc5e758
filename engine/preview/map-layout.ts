/** Lays out a sheet with one map: scale, frame, legend, texts. */
import type { Box2 } from "../core/geometry/box.js"
import { optionError } from "../core/parse-values.js"
import { textWidth } from "../formats/raster/sheet.js"

/** A rectangle of the sheet, pixels from its upper left corner. */
export interface PixelBox {
  readonly left: number
  readonly top: number
  readonly width: number
  readonly height: number
}

/**
 * An entry of a legend. `fill` and `line`: CSS colours; `ramp`: colours from the first label to the
 * last.
 */
export type LegendEntry =
  | { readonly kind: "fill"; readonly label: string; readonly fill: string; readonly line?: string }
  | {
      readonly kind: "line"
      readonly label: string
      readonly line: string
      readonly width: number
      /** Colour behind a line that is too pale for white paper. */
      readonly backing?: string
    }
  | {
      readonly kind: "ramp"
      readonly label: string
      readonly colours: readonly string[]
      readonly ends: [string, string]
    }

export interface MapTexts {
  readonly title: string
  readonly legend: readonly LegendEntry[]
  /** Source, date, licence; wrapped where it is too long. */
  readonly attribution: string
}

/** Positions of everything on a sheet with one map. */
export interface MapLayout {
  readonly width: number
  readonly height: number
  /** Height of the letters, pixels: 10 on a sheet of 400, 34 on one of 4000. */
  readonly font: number
  readonly map: PixelBox
  /** The area of the map, CRS metres: the requested box, extended to whole pixels. */
  readonly box: Box2
  readonly metresPerPixel: number
  readonly scaleBar: PixelBox & { readonly metres: number }
  readonly legend: readonly (PixelBox & { readonly entry: LegendEntry })[]
  readonly title: PixelBox
  readonly attribution: PixelBox & { readonly lines: readonly string[] }
}

/** Margin around the content of a map, as a share of its extent. */
export const AROUND = 0.04

const fontOf = (size: number): number => Math.round(10 + Math.max(0, size - 400) / 150)

/**
 * Width over height to which a narrow box is widened. The first ratio that leaves room for texts
 * and map wins.
 */
const LEAST_SIDES = [0.42, 0.7, 1] as const

/** Width of the narrowest map, in letter heights. */
const LEAST_MAP = 4

/** Least width of the line under the map, in letter heights. */
const LEAST_LETTERS = 12

/**
 * Lays out a sheet whose longest side has `size` pixels: the map of `box` with coordinates around
 * it, and below it title, scale bar, legend and attribution. Pixels are square, north is up, and
 * the scale is constant.
 *
 * @param box CRS metres, with an area
 * @throws EngineError E_USAGE where the texts leave no room for the map
 */
export const arrangeMap = (box: Box2, size: number, texts: MapTexts): MapLayout => {
  const font = fontOf(size)
  const margin = Math.round(1.9 * font)
  // Half a margin above and below the panel.
  const around = margin + 2 * Math.round(0.5 * margin)
  let [ground, width, mapHeight] = [box, size, 0]
  let panel = arrangePanel(width - 2 * margin, font, texts)
  for (const least of LEAST_SIDES) {
    ground = widen(box, least)
    const slope = (ground[3] - ground[1]) / (ground[2] - ground[0])
    const heightOf = (): number => Math.round((width - 2 * margin) * slope)
    // First the full width; if that is too high, the width at which panel and map fill the height.
    width = size
    panel = arrangePanel(width - 2 * margin, font, texts)
    for (let turn = 0; turn < 8 && heightOf() + around + panel.height > size; turn++) {
      width = Math.min(width - 1, Math.floor((size - around - panel.height) / slope) + 2 * margin)
      panel = arrangePanel(width - 2 * margin, font, texts)
    }
    mapHeight = heightOf()
    if (mapHeight + around + panel.height <= size && width - 2 * margin >= LEAST_LETTERS * font) break
  }
  const map = { left: margin, top: margin, width: width - 2 * margin, height: mapHeight }
  if (map.width < LEAST_MAP * font) {
    // A small picture does without a legend.
    if (texts.legend.length > 0) return arrangeMap(box, size, { ...texts, legend: [] })
    throw optionError("--size", `"${size}" leaves no room for the map beside its texts. Give a larger size.`)
  }
  const metresPerPixel = (ground[2] - ground[0]) / map.width
  const panelTop = map.top + map.height + Math.round(0.5 * margin)
  const moved = <T extends PixelBox>(part: T): T => ({ ...part, left: part.left + margin, top: part.top + panelTop })
  const bar = scaleBar(panel.scaleWidth, metresPerPixel)
  return {
    width,
    // Widths are whole pixels: a high map may fall short of the size by a few, which stay white at
    // the foot.
    height: width < size ? size : panelTop + panel.height + Math.round(0.5 * margin),
    font,
    map,
    box: [ground[0], ground[3] - map.height * metresPerPixel, ground[2], ground[3]],
    metresPerPixel,
    scaleBar: { ...moved(panel.scaleBar), width: bar.pixels, metres: bar.metres },
    legend: panel.legend.map(moved),
    title: moved(panel.title),
    attribution: moved(panel.attribution),
  }
}

/** Widens the box on both sides until its width is at least `least` times its height. */
const widen = (box: Box2, least: number): Box2 => {
  const by = Math.max(0, least * (box[3] - box[1]) - (box[2] - box[0]))
  return [box[0] - by / 2, box[1], box[2] + by / 2, box[3]]
}

/**
 * The strip under the map, from its upper left corner: title and scale bar beside the legend if
 * there is room, else above it.
 */
const arrangePanel = (width: number, font: number, texts: MapTexts) => {
  const line = Math.round(1.55 * font)
  const scaleWidth = Math.min(0.42 * width, 22 * font)
  const left = Math.max(textWidth(texts.title, 1.15 * font, "bold"), scaleWidth) + 3 * font
  const beside = width - left >= Math.max(16 * font, ...texts.legend.map((entry) => entryWidth(entry, font)))
  const title = { left: 0, top: 0, width: Math.min(width, left), height: line }
  const scale = {
    left: Math.round(0.5 * font),
    top: Math.round(1.35 * line),
    width: 0,
    height: Math.round(0.45 * font),
  }
  const blockHeight = Math.round(1.35 * line + 1.9 * font)
  const start = beside ? { left: Math.round(left), top: 0 } : { left: 0, top: blockHeight + Math.round(0.3 * line) }
  const legend = flowLegend(texts.legend, font, start, width)
  const bottom = legend.reduce((most, { top, height }) => Math.max(most, top + height), blockHeight)
  const small = 0.88 * font
  const lines = wrapText(texts.attribution, width, small)
  const attribution = {
    left: 0,
    top: bottom + Math.round(0.5 * font),
    width,
    height: Math.round(lines.length * 1.35 * small),
    lines,
  }
  return { height: attribution.top + attribution.height, title, scaleBar: scale, scaleWidth, legend, attribution }
}

/** Width of the swatch before a legend's label. */
const swatchWidth = (entry: LegendEntry, font: number): number => (entry.kind === "ramp" ? 8 : 2.2) * font

/** Width of an entry of a legend: its swatch and its label. */
const entryWidth = (entry: LegendEntry, font: number): number =>
  swatchWidth(entry, font) + 0.5 * font + textWidth(legendLabel(entry), font)

const flowLegend = (
  entries: readonly LegendEntry[],
  font: number,
  start: { left: number; top: number },
  width: number,
): (PixelBox & { entry: LegendEntry })[] => {
  let { left, top } = start
  return entries.map((entry) => {
    const own = entryWidth(entry, font)
    if (left > start.left && left + own > width) {
      left = start.left
      top += Math.round(1.65 * font)
    }
    const place = { left: Math.round(left), top, width: own, height: Math.round(1.65 * font), entry }
    left += own + 1.4 * font
    return place
  })
}

/** The text of an entry, for a ramp with its ends. */
export const legendLabel = (entry: LegendEntry): string =>
  entry.kind === "ramp" ? `${entry.label}, ${entry.ends[0]} to ${entry.ends[1]}` : entry.label

/** Lines of at most `width` pixels; a longer word has a line of its own. */
const wrapText = (text: string, width: number, size: number): string[] => {
  const lines: string[] = []
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1)
    if (last !== undefined && textWidth(`${last} ${word}`, size) <= width) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines
}

/** The longest of 1, 2, 5, 10 … metres that is no wider than `most` pixels. */
const scaleBar = (most: number, metresPerPixel: number): { metres: number; pixels: number } => {
  const metres = niceBelow(most * metresPerPixel)
  return { metres, pixels: metres / metresPerPixel }
}

/** The largest 1, 2 or 5 times a power of ten that is not above `value` (positive). */
export const niceBelow = (value: number): number => {
  const power = 10 ** Math.floor(Math.log10(value))
  const first = [5, 2, 1].find((factor) => factor * power <= value * (1 + 1e-9)) ?? 1
  return first * power
}
