/** What programs that are not ours find in the files of an output's vector layers. */
import { spawnSync } from "node:child_process"
import { readdir, readFile } from "node:fs/promises"
import { join } from "node:path"
import { deserialize } from "flatgeobuf/lib/mjs/geojson.js"
import type { Box2 } from "../engine/core/geometry/box.js"
import { loadGdal } from "../engine/formats/raster/load-gdal.js"
import { startTileServer } from "./tile-server.js"

/** True where GDAL's `ogrinfo` is installed. */
export const hasOgrinfo = spawnSync("ogrinfo", ["--version"]).status === 0

/** Paths of the layers of an output in one format. */
export const layerFiles = async (out: string, ending: string): Promise<string[]> =>
  (await readdir(join(out, "vector")))
    .filter((name) => name.endsWith(`.${ending}`))
    .sort()
    .map((name) => join(out, "vector", name))

/**
 * Features of each layer as `ogrinfo -al` counts and prints them; fails where it has anything to
 * say against the file.
 */
export const countsByOgrinfo = (path: string): Record<string, number> => {
  const options = { encoding: "utf8", maxBuffer: 2 ** 30 } as const
  const { status, stdout, stderr } = spawnSync("ogrinfo", ["-ro", "-al", path], options)
  if (status !== 0 || stderr !== "") throw new Error(`${path}: ogrinfo ends with ${status}: ${stderr.slice(0, 500)}`)
  const counts: Record<string, number> = {}
  for (const text of stdout.split(/^Layer name: /m).slice(1)) {
    const name = text.slice(0, text.indexOf("\n")).trim()
    const told = Number(/^Feature Count: (\d+)$/m.exec(text)?.[1])
    const printed = text.match(/^OGRFeature\(/gm)?.length ?? 0
    if (told !== printed) throw new Error(`${path}: ${name} tells ${told} features and holds ${printed}`)
    counts[name] = told
  }
  return counts
}

/**
 * Ids of the features of a layer that `ogrinfo` finds, each once: tiles hold what crosses their
 * borders several times.
 */
export const idsByOgrinfo = (path: string, layer: string): string[] => {
  const options = { encoding: "utf8", maxBuffer: 2 ** 30 } as const
  const { stdout, stderr } = spawnSync("ogrinfo", ["-ro", "-q", path, layer], options)
  if (stderr !== "") throw new Error(`${path}: ${stderr.slice(0, 500)}`)
  return [...new Set([...stdout.matchAll(/^ {2}id \(String\) = (\S+)$/gm)].map(([, id = ""]) => id))].sort()
}

/** Answers of SQLite to a statement on a GeoPackage, through `ogrinfo`. */
export const askGeoPackage = (path: string, sql: string): string => {
  const { stdout, stderr } = spawnSync("ogrinfo", ["-ro", "-q", path, "-sql", sql], { encoding: "utf8" })
  if (stderr !== "") throw new Error(`${path}: ${stderr.slice(0, 500)}`)
  return stdout
}

interface OpenedLayer {
  readonly features: {
    forEach(
      call: (feature: { getGeometry(): { isValid(): boolean }; fields: { get(n: string): unknown } }) => void,
    ): void
  }
}

/** Features of a layer, and the ids of those that GEOS finds invalid. */
export const geosVerdict = async (path: string): Promise<{ features: number; invalid: string[] }> => {
  const gdal = (await loadGdal()) as unknown as {
    open(path: string): { layers: { get(i: number): OpenedLayer }; close(): void }
  }
  const dataset = gdal.open(path)
  const invalid: string[] = []
  let features = 0
  dataset.layers.get(0).features.forEach((feature) => {
    features++
    if (!feature.getGeometry().isValid()) invalid.push(String(feature.fields.get("id")))
  })
  dataset.close()
  return { features, invalid }
}

interface Found {
  readonly geometry: { readonly coordinates: unknown }
  readonly properties: Readonly<Record<string, unknown>> | null
}

const boxOf = (coordinates: unknown): Box2 => {
  const numbers = (coordinates as number[]).flat(9)
  const dimension = depthOfPlaces(coordinates)
  const axis = (k: number): number[] => numbers.filter((_, i) => i % dimension === k)
  return [Math.min(...axis(0)), Math.min(...axis(1)), Math.max(...axis(0)), Math.max(...axis(1))]
}

/** How many numbers a place has. */
const depthOfPlaces = (coordinates: unknown): number => {
  let inner = coordinates
  while (Array.isArray(inner) && Array.isArray(inner[0])) inner = inner[0]
  return (inner as number[]).length
}

/**
 * Ids of the features in a box: by flatgeobuf's own reader over HTTP, with ranges, and by looking
 * at all features; and how many requests it took.
 */
export const boxOverHttp = async (
  path: string,
  boxesOf: (whole: Box2) => readonly Box2[],
): Promise<{ box: Box2; overHttp: string[]; scanned: string[]; ranges: number }[]> => {
  const server = await startTileServer()
  try {
    const bytes = new Uint8Array(await readFile(path))
    server.files.set("layer.fgb", bytes)
    const all: { id: string; box: Box2 }[] = []
    for await (const one of deserialize(bytes)) {
      const { geometry, properties } = one as unknown as Found
      all.push({ id: String(properties?.["id"]), box: boxOf(geometry.coordinates) })
    }
    if (all.length === 0) return []
    const whole = all
      .map(({ box }) => box)
      .reduce((a, b) => [Math.min(a[0], b[0]), Math.min(a[1], b[1]), Math.max(a[2], b[2]), Math.max(a[3], b[3])])
    const answers = []
    for (const box of boxesOf(whole)) {
      const before = server.seen.length
      const overHttp: string[] = []
      const rect = { minX: box[0], minY: box[1], maxX: box[2], maxY: box[3] }
      for await (const one of deserialize(`${server.base}/good/layer.fgb`, { rect }))
        overHttp.push(String((one as unknown as Found).properties?.["id"]))
      const scanned = all
        .filter(({ box: b }) => b[0] <= box[2] && b[2] >= box[0] && b[1] <= box[3] && b[3] >= box[1])
        .map(({ id }) => id)
      const asked = server.seen.slice(before)
      const ranges = asked.filter(({ range }) => range.startsWith("bytes=")).length
      answers.push({ box, overHttp: overHttp.sort(), scanned: scanned.sort(), ranges })
    }
    return answers
  } finally {
    await server.close()
  }
}
