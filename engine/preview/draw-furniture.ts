/** Draws the surroundings of a map: frame, coordinates, scale bar, legend, attribution. */
import { openSheet, type Pen, type Sheet, sheetFont } from "../formats/raster/sheet.js"
import { type LegendEntry, legendLabel, type MapLayout, type MapTexts, niceBelow, type PixelBox } from "./map-layout.js"

const INK = "#1f2a33"
const GREY = "#5c6770"

/** A sheet with this layout, its map filled with one colour. */
export const openMap = ({ width, height, map }: MapLayout, colour: string): Sheet => {
  const sheet = openSheet(width, height)
  sheet.pen.fillStyle = colour
  sheet.pen.fillRect(map.left, map.top, map.width, map.height)
  return sheet
}

/**
 * Draws the surroundings of a map: neat line, coordinates, north arrow, title, scale bar, legend,
 * attribution.
 */
export const drawFurniture = (pen: Pen, layout: MapLayout, texts: MapTexts): void => {
  drawCoordinates(pen, layout)
  drawNorthArrow(pen, layout)
  const { font, title, attribution } = layout
  pen.textBaseline = "alphabetic"
  pen.fillStyle = INK
  pen.textAlign = "left"
  pen.font = sheetFont(1.15 * font, "bold")
  pen.fillText(texts.title, title.left, title.top + font)
  drawScaleBar(pen, layout)
  for (const place of layout.legend) drawLegendEntry(pen, place, place.entry, font)
  pen.fillStyle = GREY
  pen.font = sheetFont(0.88 * font)
  for (const [i, line] of attribution.lines.entries())
    pen.fillText(line, attribution.left, attribution.top + 0.88 * font * (1 + 1.35 * i))
}

/** Whole metres with no-break spaces between thousands, as on French maps. */
export const groupedMetres = (value: number): string =>
  String(Math.round(value)).replaceAll(/\B(?=(\d{3})+$)/g, "\u00a0")

const drawCoordinates = (pen: Pen, { map, box, metresPerPixel, font }: MapLayout): void => {
  pen.strokeStyle = INK
  pen.lineWidth = Math.max(1, font / 14)
  pen.strokeRect(map.left - 0.5, map.top - 0.5, map.width + 1, map.height + 1)
  const step = niceBelow(9 * font * metresPerPixel * 2.4)
  const small = 0.82 * font
  const tick = 0.35 * font
  pen.font = sheetFont(small)
  pen.fillStyle = GREY
  pen.textAlign = "center"
  pen.textBaseline = "alphabetic"
  for (let x = Math.ceil(box[0] / step) * step; x <= box[2]; x += step) {
    const at = map.left + (x - box[0]) / metresPerPixel
    strokeLine(pen, at, map.top - tick, at, map.top)
    strokeLine(pen, at, map.top + map.height, at, map.top + map.height + tick)
    if (at > map.left + 2 * font && at < map.left + map.width - 2 * font)
      pen.fillText(groupedMetres(x), at, map.top - tick - 0.25 * font)
  }
  for (let y = Math.ceil(box[1] / step) * step; y <= box[3]; y += step) {
    const at = map.top + (box[3] - y) / metresPerPixel
    strokeLine(pen, map.left - tick, at, map.left, at)
    strokeLine(pen, map.left + map.width, at, map.left + map.width + tick, at)
    if (at < map.top + 2 * font || at > map.top + map.height - 2 * font) continue
    pen.save()
    pen.translate(map.left - tick - 0.25 * font, at)
    pen.rotate(-Math.PI / 2)
    pen.fillText(groupedMetres(y), 0, 0)
    pen.restore()
  }
}

const strokeLine = (pen: Pen, x1: number, y1: number, x2: number, y2: number): void => {
  pen.beginPath()
  pen.moveTo(x1, y1)
  pen.lineTo(x2, y2)
  pen.stroke()
}

/** In the upper right corner of the map, on a disc that keeps it readable on any ground. */
const drawNorthArrow = (pen: Pen, { map, font }: MapLayout): void => {
  const radius = 1.45 * font
  const x = map.left + map.width - radius - 0.7 * font
  const y = map.top + radius + 0.7 * font
  pen.fillStyle = "rgba(255,255,255,0.82)"
  pen.beginPath()
  pen.arc(x, y, radius, 0, 2 * Math.PI)
  pen.fill()
  const [top, bottom, half] = [y - 1.05 * font, y + 0.35 * font, 0.48 * font]
  for (const [side, colour] of [
    [-1, INK],
    [1, "#ffffff"],
  ] as const) {
    pen.beginPath()
    pen.moveTo(x, top)
    pen.lineTo(x + side * half, bottom)
    pen.lineTo(x, bottom - 0.3 * font)
    pen.closePath()
    pen.fillStyle = colour
    pen.fill()
    pen.strokeStyle = INK
    pen.lineWidth = Math.max(0.8, font / 18)
    pen.stroke()
  }
  pen.fillStyle = INK
  pen.textAlign = "center"
  pen.font = sheetFont(0.85 * font, "bold")
  pen.fillText("N", x, y + 1.1 * font)
}

/**
 * Four fields, alternately dark and light; its width in pixels represents its length on the ground.
 */
const drawScaleBar = (pen: Pen, { scaleBar, font }: MapLayout): void => {
  const { left, top, width, height, metres } = scaleBar
  pen.fillStyle = "#ffffff"
  pen.fillRect(left, top, width, height)
  pen.fillStyle = INK
  for (const field of [0, 2]) pen.fillRect(left + (field * width) / 4, top, width / 4, height)
  pen.strokeStyle = INK
  pen.lineWidth = Math.max(1, font / 16)
  pen.strokeRect(left, top, width, height)
  pen.font = sheetFont(0.88 * font)
  pen.textBaseline = "alphabetic"
  const below = top + height + font
  const [unit, factor] = metres >= 2000 ? ["km", 1000] : ["m", 1]
  pen.textAlign = "center"
  pen.fillText("0", left, below)
  pen.fillText(String(metres / 2 / factor), left + width / 2, below)
  pen.textAlign = "left"
  const end = String(metres / factor)
  pen.fillText(`${end} ${unit}`, left + width - pen.measureText(end).width / 2, below)
}

const drawLegendEntry = (pen: Pen, place: PixelBox, entry: LegendEntry, font: number): void => {
  const height = 0.95 * font
  const width = (entry.kind === "ramp" ? 8 : 2.2) * font
  const { left } = place
  const top = place.top + 0.15 * font
  pen.lineWidth = Math.max(0.8, font / 18)
  pen.strokeStyle = GREY
  if (entry.kind === "line") {
    pen.fillStyle = entry.backing ?? "#ffffff"
    pen.fillRect(left, top, width, height)
    pen.strokeStyle = entry.line
    pen.lineWidth = (entry.width * font) / 14
    strokeLine(pen, left, top + height / 2, left + width, top + height / 2)
  } else {
    if (entry.kind === "ramp") {
      const ramp = pen.createLinearGradient(left, 0, left + width, 0)
      const last = Math.max(1, entry.colours.length - 1)
      for (const [i, colour] of entry.colours.entries()) ramp.addColorStop(i / last, colour)
      pen.fillStyle = ramp
    } else {
      pen.fillStyle = entry.fill
      pen.strokeStyle = entry.line ?? GREY
    }
    pen.fillRect(left, top, width, height)
    pen.strokeRect(left, top, width, height)
  }
  pen.fillStyle = INK
  pen.textAlign = "left"
  pen.textBaseline = "alphabetic"
  pen.font = sheetFont(font)
  pen.fillText(legendLabel(entry), left + width + 0.5 * font, top + 0.82 * font)
}
