/** Draws a comparison as a map. */
import { Box2 } from "../core/geometry/box.js"
import type { SheetFormat } from "../formats/raster/sheet.js"
import { cssColour, type Ramp, rampColour } from "../preview/colour-ramp.js"
import { drawFurniture, openMap } from "../preview/draw-furniture.js"
import { drawPolygon, inMap, type VectorStyle } from "../preview/draw-vector.js"
import { AROUND, arrangeMap, type MapTexts } from "../preview/map-layout.js"
import { previewSizes } from "../preview/preview-choices.js"
import type { ComparedVector } from "./compare-vector.js"
import type { ComparedObject } from "./compared-layer.js"

/** Colours from the minimum IoU of a match to 1. */
const IOU_TINTS: Ramp = [
  [253, 231, 146],
  [173, 214, 133],
  [65, 153, 105],
]
const MISSING = { fill: "rgba(203,36,49,0.35)", line: "#b3132b", width: 1.2 }
const EXTRA = { fill: "rgba(52,110,196,0.35)", line: "#1d4f9c", width: 1.2 }
const OUTLINE: VectorStyle = { line: "#3c4650", width: 0.7 }

/**
 * Draws a comparison as a map, north up, in the style of a preview. Matched objects of `b` are
 * coloured by their IoU, below the outlines of `a`. Missing objects are red, extra ones blue.
 * @throws never; without objects it draws an empty map of 100 m
 */
export const drawComparison = async (
  { comparison, sides }: ComparedVector,
  format: SheetFormat,
): Promise<Uint8Array> => {
  const [a, b] = sides
  const shown = [...a, ...b].filter(({ counts }) => counts)
  const whole = shown.map(({ box }) => box).reduce(Box2.union, shown[0]?.box ?? [0, 0, 100, 100])
  const span = Math.max(whole[2] - whole[0], whole[3] - whole[1], 10)
  const texts = makeTexts(comparison)
  const layout = arrangeMap(Box2.grow(whole, AROUND * span), previewSizes.default, texts)
  const { pen, encode } = openMap(layout, "#f6f7f8")
  inMap(pen, layout)
  const draw = ({ rings }: ComparedObject, style: VectorStyle): void => drawPolygon(pen, layout, rings, style)
  const ious = new Map(comparison.matches.map((match) => [match.b, match.iou]))
  for (const one of b) {
    const iou = ious.get(one.id)
    if (iou !== undefined) draw(one, { ...OUTLINE, fill: cssColour(tintOf(iou, comparison.minIou)) })
    else if (one.counts) draw(one, EXTRA)
  }
  const matched = new Set(comparison.matches.map((match) => match.a))
  for (const one of a) {
    if (matched.has(one.id)) draw(one, { line: "#14202c", width: 1 })
    else if (one.counts) draw(one, MISSING)
  }
  pen.restore()
  drawFurniture(pen, layout, texts)
  return encode(format)
}

const tintOf = (iou: number, least: number): ReturnType<typeof rampColour> =>
  rampColour(IOU_TINTS, least < 1 ? (iou - least) / (1 - least) : 1)

const makeTexts = ({ layer, matches, minIou, epsg, iou, a, b, ...alone }: ComparedVector["comparison"]): MapTexts => ({
  title: `${layer}: ${matches.length} of ${a.objects} matched`,
  legend: [
    { kind: "ramp", label: "IoU of matches", colours: IOU_TINTS.map(cssColour), ends: [String(minIou), "1"] },
    { kind: "fill", label: `Missing (${alone.missing.count})`, fill: MISSING.fill, line: MISSING.line },
    { kind: "fill", label: `Extra (${alone.extra.count})`, fill: EXTRA.fill, line: EXTRA.line },
    { kind: "line", label: "Reference", line: "#14202c", width: 1 },
  ],
  attribution: `Reference ${a.path}, compared ${b.path} · median IoU ${iou?.median.toFixed(3) ?? "none"}${epsg === undefined ? "" : ` · EPSG:${epsg}`}`,
})
