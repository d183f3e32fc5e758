/** The documents of STAC 1.1 as the catalogue writes them, and the parts that they share. */

import type { Box2 } from "../core/geometry/box.js"
import { dayText, gpsDay } from "../core/gps-day.js"
import type { Crs } from "../grid/crs.js"
import { findCompound } from "../grid/crs-table.js"
import { describeCompound } from "../grid/projjson.js"
import type { WrittenFile } from "../journal/journal-record.js"

export type Fields = Readonly<Record<string, unknown>>

export interface Link extends Fields {
  readonly rel: string
  readonly href: string
}

export interface Asset extends Fields {
  readonly href: string
  readonly type: string
  readonly roles: readonly string[]
}

/** An item without what its collection adds: links to it, and the names of extensions. */
export interface ItemDraft {
  /** Unique in its collection; also the name of its file. */
  readonly id: string
  /** Geometry and box, degrees; null and absent where nothing has a place. */
  readonly geometry: object | null
  readonly bbox?: readonly number[]
  readonly properties: Fields
  readonly assets: Readonly<Record<string, Asset>>
  readonly links: readonly Link[]
}

/** A collection without its extent, which follows from its items. */
export interface CollectionDraft {
  readonly id: string
  readonly title: string
  readonly description: string
  /** Of its items and itself. */
  readonly assets: Readonly<Record<string, Asset>>
  readonly links: readonly Link[]
  readonly items: readonly ItemDraft[]
}

export const STAC_VERSION = "1.1.0"

/** Extensions by the prefix of their fields, or by a link relation. */
const EXTENSIONS: Readonly<Record<string, string>> = {
  "file:": "file/v2.1.0",
  "pc:": "pointcloud/v2.0.0",
  "processing:": "processing/v1.2.0",
  "proj:": "projection/v2.0.0",
  "raster:": "raster/v2.0.0",
  "table:": "table/v1.2.0",
  version: "version/v1.2.0",
  "3d-tiles": "web-map-links/v1.2.0",
  pmtiles: "web-map-links/v1.2.0",
}

/** Addresses of the extensions whose fields or link relations a document has, ordered. */
export const listExtensions = (document: Fields): string[] => {
  const found = new Set<string>()
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(visit)
    else if (typeof value === "object" && value !== null)
      for (const [name, inner] of Object.entries(value)) {
        const key = name === "rel" ? String(inner) : name.includes(":") ? `${name.split(":")[0]}:` : name
        const extension = EXTENSIONS[key]
        if (extension !== undefined) found.add(`https://stac-extensions.github.io/${extension}/schema.json`)
        visit(inner)
      }
  }
  visit(document)
  return [...found].sort()
}

/** Size and checksum of a file: a multihash of sha2-256 (code 0x12, 0x20 bytes), hexadecimal. */
export const fileFields = ({ sizeBytes, sha256 }: Pick<WrittenFile, "sizeBytes" | "sha256">): Fields => ({
  "file:size": sizeBytes,
  "file:checksum": `1220${sha256}`,
})

/** A path as a relative address. */
export const hrefOf = (path: string): string => path.split("/").map(encodeURIComponent).join("/")

/** From an item of the catalogue to a file of the output folder. */
export const hrefFromItem = (path: string): string => `../../../${hrefOf(path)}`

/** The same from a collection. */
export const hrefFromCollection = (path: string): string => `../../${hrefOf(path)}`

/** Digits of degrees: 1e-7 is 1 cm. */
const DIGITS = 7
/** Metres of a side between two places of an outline: its arc differs from the chord by < 1 m. */
const STEP = 5000

/** The outline of a box in a CRS, and the box around it, degrees. */
export const placeBox = (crs: Crs, box: Box2): { readonly geometry: object; readonly bbox: readonly number[] } => {
  const [minX, minY, maxX, maxY] = box
  const corners = [
    [minX, minY],
    [maxX, minY],
    [maxX, maxY],
    [minX, maxY],
    [minX, minY],
  ] as const
  const ring: [lon: number, lat: number][] = []
  for (const [i, [x, y]] of corners.entries()) {
    const [toX, toY] = corners[i + 1] ?? [x, y]
    const steps = Math.max(1, Math.ceil(Math.max(Math.abs(toX - x), Math.abs(toY - y)) / STEP))
    for (let k = 0; k < steps; k++) {
      const [lon, lat] = crs.toGeographic(x + ((toX - x) * k) / steps, y + ((toY - y) * k) / steps)
      ring.push([Number(lon.toFixed(DIGITS)), Number(lat.toFixed(DIGITS))])
    }
  }
  const [lons, lats] = [ring.map(([lon]) => lon), ring.map(([, lat]) => lat)]
  const bbox = [minimum(lons), minimum(lats), maximum(lons), maximum(lats)]
  return { geometry: { type: "Polygon", coordinates: [ring] }, bbox }
}

const minimum = (values: readonly number[]): number => values.reduce((a, b) => Math.min(a, b))
const maximum = (values: readonly number[]): number => values.reduce((a, b) => Math.max(a, b))

/** The box around boxes of degrees; heights only where all have them. */
export const joinBoxes = (boxes: readonly (readonly number[])[]): readonly number[] => {
  const flat = boxes.some(({ length }) => length === 4)
  const [low, high] = [boxes.map((box) => box.slice(0, box.length / 2)), boxes.map((box) => box.slice(box.length / 2))]
  const axes = flat ? [0, 1] : [0, 1, 2]
  return [
    ...axes.map((axis) => minimum(low.map((place) => place[axis] ?? 0))),
    ...axes.map((axis) => maximum(high.map((place) => place[axis] ?? 0))),
  ]
}

/**
 * A projected CRS, with the vertical one of heights: their code; PROJJSON where the registry has no
 * code for the pair.
 */
export const projectionFields = (epsg: number, vertical?: number): Fields => {
  if (vertical === undefined) return { "proj:code": `EPSG:${epsg}` }
  const known = findCompound(epsg, vertical)
  if (known !== undefined) return { "proj:code": `EPSG:${known.code}` }
  const pair = describeCompound(epsg, vertical)
  return pair === undefined ? { "proj:code": `EPSG:${epsg}` } : { "proj:code": null, "proj:projjson": pair }
}

/** First and last GPS time, as in the journal. */
export type GpsTimes = readonly [first: number, last: number]

/**
 * Days of acquisition. STAC asks for a time: without a date it is `fallback`, when the run began.
 */
export const dateFields = (times: readonly GpsTimes[], fallback: string): Fields => {
  const first = times.length === 0 ? undefined : gpsDay(minimum(times.map(([time]) => time)))
  const last = times.length === 0 ? undefined : gpsDay(maximum(times.map(([, time]) => time)))
  if (first === undefined || last === undefined) return { datetime: fallback }
  const start = `${dayText(first)}T00:00:00Z`
  return {
    datetime: first === last ? start : null,
    start_datetime: start,
    end_datetime: `${dayText(last)}T23:59:59Z`,
  }
}
