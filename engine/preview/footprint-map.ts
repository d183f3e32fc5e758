/** Draws a map of boxes coloured by a figure, such as the point density of source tiles. */
import { Box2 } from "../core/geometry/box.js"
import { EngineError } from "../errors.js"
import { type SheetFormat, textWidth } from "../formats/raster/sheet.js"
import type { Rgb } from "../kernel.js"
import { cssColour, type Ramp, rampColour } from "./colour-ramp.js"
import { drawFurniture, openMap } from "./draw-furniture.js"
import { traceBox } from "./draw-grid.js"
import { haloText, inMap, toX, toY } from "./draw-vector.js"
import { AROUND, arrangeMap, type LegendEntry, type MapLayout } from "./map-layout.js"
import { previewSizes } from "./preview-choices.js"

/** A box on a map, coloured by a figure. */
export interface Footprint {
  readonly box: Box2
  /** Its figure; the ramp runs from the least to the largest of all boxes. */
  readonly value: number
  /** Lines written in the box where there is room, the most informative one first. */
  readonly labels: readonly string[]
}

export interface FootprintMap {
  readonly title: string
  /** Name, unit and colours of the figure. */
  readonly figure: { readonly label: string; readonly unit: string; readonly ramp: Ramp }
  readonly footprints: readonly Footprint[]
  /** Labelled outlines of boxes, drawn on top. */
  readonly outlines: readonly { readonly label: string; readonly line: string; readonly boxes: readonly Box2[] }[]
  /** Line under the map. */
  readonly note: string
}

/**
 * Draws a map of boxes, north up, in the style of a preview: footprints coloured by a figure, under
 * outlines such as gaps. The same boxes give the same bytes.
 *
 * @throws EngineError E_INPUT without any box
 */
export const drawFootprintMap = async (map: FootprintMap, format: SheetFormat): Promise<Uint8Array> => {
  const boxes = [...map.footprints.map(({ box }) => box), ...map.outlines.flatMap((outline) => outline.boxes)]
  const [first] = boxes
  if (first === undefined)
    throw new EngineError("E_INPUT", "--map: nothing to draw, since no file can be used. Leave it out.", {
      option: "--map",
    })
  const whole = boxes.reduce(Box2.union, first)
  const span = Math.max(whole[2] - whole[0], whole[3] - whole[1], 1)
  const values = map.footprints.map(({ value }) => value)
  const low = values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY)
  const high = values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)
  const colourOf = ({ value }: Pick<Footprint, "value">): Rgb =>
    rampColour(map.figure.ramp, high > low ? (value - low) / (high - low) : 0.5)
  const texts = { title: map.title, legend: makeLegend(map, low, high), attribution: map.note }
  const layout = arrangeMap(Box2.grow(whole, AROUND * span), previewSizes.default, texts)
  const { pen, encode } = openMap(layout, "#f1f3f5")
  inMap(pen, layout)
  pen.lineWidth = layout.font / 12
  for (const { box, value } of map.footprints) {
    pen.fillStyle = cssColour(colourOf({ value }))
    pen.strokeStyle = "#ffffff"
    pen.beginPath()
    traceBox(pen, layout, box)
    pen.fill()
    pen.stroke()
  }
  for (const { line, boxes: outlined } of map.outlines) {
    pen.strokeStyle = line
    pen.lineWidth = layout.font / 6
    pen.beginPath()
    for (const box of outlined) traceBox(pen, layout, box)
    pen.stroke()
  }
  for (const footprint of map.footprints) drawLabels(pen, layout, footprint, isDark(colourOf(footprint)))
  pen.restore()
  drawFurniture(pen, layout, texts)
  return encode(format)
}

const makeLegend = ({ figure, footprints, outlines }: FootprintMap, low: number, high: number): LegendEntry[] => {
  const text = (value: number): string => `${Number(value.toPrecision(3))} ${figure.unit}`
  const colours = figure.ramp.map(cssColour)
  const ramp: LegendEntry[] =
    footprints.length === 0 ? [] : [{ kind: "ramp", label: figure.label, colours, ends: [text(low), text(high)] }]
  const lines = outlines
    .filter(({ boxes }) => boxes.length > 0)
    .map(({ label, line }): LegendEntry => ({ kind: "line", label, line, width: 2.3 }))
  return [...ramp, ...lines]
}

/** By the luma of Rec. 601. */
const isDark = ([red, green, blue]: Rgb): boolean => 0.299 * red + 0.587 * green + 0.114 * blue < 120

/** As many lines as fit, around the centre of the box. */
const drawLabels = (
  pen: Parameters<typeof haloText>[0],
  layout: MapLayout,
  { box, labels }: Footprint,
  dark: boolean,
): void => {
  const { metresPerPixel, font } = layout
  const size = 0.8 * font
  const [width, height] = [(box[2] - box[0]) / metresPerPixel, (box[3] - box[1]) / metresPerPixel]
  const fitting = labels.filter((label) => textWidth(label, size, "bold") < width - size)
  const lines = fitting.slice(0, Math.floor(height / (1.5 * size)))
  const [x, y] = [toX(layout, (box[0] + box[2]) / 2), toY(layout, (box[1] + box[3]) / 2)]
  const [ink, halo] = dark ? ["#ffffff", "rgba(24,30,40,0.55)"] : ["#182c42", "rgba(255,255,255,0.6)"]
  const look = { size, ink, halo, align: "center" } as const
  for (const [i, line] of lines.entries())
    haloText(pen, line, x, y + size * (0.35 + 1.3 * (i - (lines.length - 1) / 2)), look)
}
