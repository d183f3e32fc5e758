/** Draws the polygons, lines and points of vector layers on a map. */
import { Box2 } from "../core/geometry/box.js"
import { type Pen, sheetFont } from "../formats/raster/sheet.js"
import { openFlatGeobufSearch } from "../formats/vector/flatgeobuf/search.js"
import type { MapColours, MapStyle } from "../kernel.js"
import type { MapLayout } from "./map-layout.js"

export interface VectorStyle extends MapColours {
  /** Fill by the values of a column, instead of `fill`. */
  readonly kinds?: MapStyle["kinds"]
}

/**
 * Draws the polygons of a layer that meet the map, read through its index. Returns the number
 * drawn. Polygons smaller than a pixel are drawn from the index only, as a tint by the share of the
 * pixel that they cover. A country's buildings then neither fill the memory nor vanish.
 */
export const drawPolygons = async (pen: Pen, layout: MapLayout, path: string, style: VectorStyle): Promise<number> => {
  const { metresPerPixel } = layout
  let drawn = 0
  await searchLayer(pen, layout, path, {
    box: (box) => {
      drawn++
      if (box[2] - box[0] >= metresPerPixel || box[3] - box[1] >= metresPerPixel) return true
      pen.globalAlpha = Math.min(1, Math.max(0.3, Box2.area(box) / metresPerPixel ** 2))
      pen.fillStyle = style.fill ?? style.line
      pen.fillRect(Math.floor(toX(layout, box[0])), Math.floor(toY(layout, box[3])), 1, 1)
      pen.globalAlpha = 1
      return false
    },
    part: (rings, properties) => {
      pen.lineWidth = widthOn(layout, style)
      drawPolygon(pen, layout, rings, styleOf(style, properties))
    },
  })
  return drawn
}

/** Callbacks for the features of a layer that meet the map. */
interface LayerVisit {
  /** Receives a feature's box; false: the rest of the feature is not read. */
  box(box: Box2): boolean
  /** Receives a part of a feature: its rings, its line or its point, x and y. */
  part?(lines: readonly Float64Array[], properties: Readonly<Record<string, unknown>>): void
  /** Called last, while the pen is still clipped to the map. */
  end?(): void
}

const searchLayer = async (pen: Pen, layout: MapLayout, path: string, visit: LayerVisit): Promise<void> => {
  const layer = await openFlatGeobufSearch(path)
  inMap(pen, layout)
  try {
    pen.lineJoin = "round"
    await layer.search(layout.box, {
      box: (box) => visit.box(box),
      feature: (rows) => {
        for (const { rings, properties } of rows)
          visit.part?.(
            rings.map((ring) => flat(ring, layer.dimension)),
            properties,
          )
      },
    })
    visit.end?.()
  } finally {
    pen.restore()
    await layer.close()
  }
}

const styleOf = (style: VectorStyle, properties: Readonly<Record<string, unknown>>): VectorStyle => {
  const kind = style.kinds?.values[String(properties[style.kinds.column])]
  return kind === undefined ? style : { ...style, fill: kind[1] }
}

const widthOn = ({ font }: MapLayout, { width }: VectorStyle): number => (width * font) / 14

/** Pixel column of a CRS coordinate. */
export const toX = ({ map, box, metresPerPixel }: MapLayout, x: number): number =>
  map.left + (x - box[0]) / metresPerPixel
export const toY = ({ map, box, metresPerPixel }: MapLayout, y: number): number =>
  map.top + (box[3] - y) / metresPerPixel

/** Saves the pen and clips it to the map. */
export const inMap = (pen: Pen, { map }: MapLayout): void => {
  pen.save()
  pen.beginPath()
  pen.rect(map.left, map.top, map.width, map.height)
  pen.clip()
}

/** x and y of vertices that may have heights. */
const flat = (line: Float64Array, dimension: 2 | 3): Float64Array =>
  dimension === 2 ? line : line.filter((_, i) => i % 3 !== 2)

const tracePath = (pen: Pen, layout: MapLayout, ring: Float64Array, close: boolean): void => {
  for (let i = 0; i + 1 < ring.length; i += 2) {
    const [x, y] = [toX(layout, ring[i]!), toY(layout, ring[i + 1]!)]
    if (i === 0) pen.moveTo(x, y)
    else pen.lineTo(x, y)
  }
  if (close) pen.closePath()
}

/** Draws one polygon: rings as x, y pairs in CRS metres. */
export const drawPolygon = (pen: Pen, layout: MapLayout, rings: readonly Float64Array[], style: VectorStyle): void => {
  pen.beginPath()
  for (const ring of rings) tracePath(pen, layout, ring, true)
  if (style.fill !== undefined) {
    pen.fillStyle = style.fill
    pen.fill("evenodd")
  }
  pen.strokeStyle = style.line
  pen.stroke()
}

/**
 * The contours to draw, by the column of their height: multiples of `step` metres; multiples of
 * `index` are thicker and labelled.
 */
export interface ContourSteps {
  readonly column: string
  readonly step: number
  readonly index: number
}

/**
 * Draws the lines of a layer that meet the map; of contours only those of `steps`, with heights
 * along index lines where there is room. Returns the number drawn.
 *
 * @param cover layer over whose polygons nothing is drawn
 */
export const drawLines = async (
  pen: Pen,
  layout: MapLayout,
  path: string,
  style: VectorStyle,
  steps?: ContourSteps,
  cover?: string,
): Promise<number> => {
  let drawn = 0
  const labels: ContourLabel[] = []
  pen.save()
  if (cover !== undefined) await clipOutside(pen, layout, cover)
  await searchLayer(pen, layout, path, {
    box: () => true,
    part: (lines, properties) => {
      const elevation = Number(properties[steps?.column ?? ""])
      const isMultiple = (of: number): boolean => Math.abs(elevation / of - Math.round(elevation / of)) < 1e-6
      if (steps !== undefined && !isMultiple(steps.step)) return
      drawn++
      const index = steps !== undefined && isMultiple(steps.index)
      pen.strokeStyle = style.line
      pen.lineWidth = widthOn(layout, style) * (index ? 1.9 : 1)
      pen.beginPath()
      for (const line of lines) tracePath(pen, layout, line, false)
      pen.stroke()
      if (index) for (const line of lines) labels.push(...placeLabel(layout, line, String(elevation), labels))
    },
    end: () => {
      for (const label of labels) drawLabel(pen, layout, label, style)
    },
  })
  pen.restore()
  return drawn
}

/** Clips the pen to the map without the polygons of a layer. */
const clipOutside = async (pen: Pen, layout: MapLayout, path: string): Promise<void> => {
  const rings: Float64Array[] = []
  await searchLayer(pen, layout, path, {
    box: () => true,
    part: (part) => {
      rings.push(...part)
    },
  })
  const { left, top, width, height } = layout.map
  pen.beginPath()
  pen.rect(left, top, width, height)
  for (const ring of rings) tracePath(pen, layout, ring, true)
  pen.clip("evenodd")
}

/**
 * Draws the points of a layer that meet the map, three times as wide as its lines. Returns the
 * number drawn.
 */
export const drawPoints = async (pen: Pen, layout: MapLayout, path: string, style: VectorStyle): Promise<number> => {
  let drawn = 0
  await searchLayer(pen, layout, path, {
    box: ([x, y]) => {
      drawn++
      pen.beginPath()
      pen.arc(toX(layout, x), toY(layout, y), 1.5 * widthOn(layout, style), 0, 2 * Math.PI)
      pen.fillStyle = style.fill ?? style.line
      pen.fill()
      return false
    },
  })
  return drawn
}

interface ContourLabel {
  readonly x: number
  readonly y: number
  readonly angle: number
  readonly text: string
}

/**
 * A label at the middle of the line, upright, if the line is long enough, straight enough there,
 * and no other label is near.
 */
const placeLabel = (
  layout: MapLayout,
  line: Float64Array,
  text: string,
  labels: readonly ContourLabel[],
): ContourLabel[] => {
  const { font, map } = layout
  const half = 0.3 * text.length * font + 0.2 * font
  const vertices = line.length / 2
  let length = 0
  const along = [0]
  for (let v = 1; v < vertices; v++) {
    const [dx, dy] = [line[2 * v]! - line[2 * v - 2]!, line[2 * v + 1]! - line[2 * v - 1]!]
    length += Math.hypot(dx, dy) / layout.metresPerPixel
    along.push(length)
  }
  if (length < 12 * half) return []
  const pointAt = (place: number): [number, number] => {
    const first = along.findIndex((one) => one >= place)
    const v = Math.max(0, first)
    return [toX(layout, line[2 * v]!), toY(layout, line[2 * v + 1]!)]
  }
  for (const share of [0.5, 0.35, 0.65, 0.2, 0.8]) {
    const [x1, y1] = pointAt(length * share - half)
    const [x, y] = pointAt(length * share)
    const [x2, y2] = pointAt(length * share + half)
    if (Math.hypot(x2 - x1, y2 - y1) < 1.8 * half) continue
    const inside = x > map.left + 2 * half && x < map.left + map.width - 2 * half
    if (!inside || y < map.top + 2 * half || y > map.top + map.height - 2 * half) continue
    if (labels.some((other) => Math.hypot(other.x - x, other.y - y) < 8 * font)) continue
    const turned = x2 < x1 ? Math.atan2(y1 - y2, x1 - x2) : Math.atan2(y2 - y1, x2 - x1)
    return [{ x, y, angle: turned, text }]
  }
  return []
}

const drawLabel = (
  pen: Pen,
  { font }: MapLayout,
  { x, y, angle, text }: ContourLabel,
  { line, halo = "rgba(255,255,255,0.85)" }: VectorStyle,
): void => {
  pen.save()
  pen.translate(x, y)
  pen.rotate(angle)
  haloText(pen, text, 0, 0.27 * font, { size: 0.8 * font, ink: line, halo, align: "center" })
  pen.restore()
}

/** A text with a light rim that separates it from the background. */
export const haloText = (
  pen: Pen,
  text: string,
  x: number,
  y: number,
  look: { readonly size: number; readonly ink: string; readonly halo: string; readonly align: "left" | "center" },
): void => {
  pen.font = sheetFont(look.size, "bold")
  pen.textAlign = look.align
  pen.textBaseline = "alphabetic"
  pen.lineJoin = "round"
  pen.lineWidth = 0.28 * look.size
  pen.strokeStyle = look.halo
  pen.strokeText(text, x, y)
  pen.fillStyle = look.ink
  pen.fillText(text, x, y)
}
