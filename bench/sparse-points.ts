/**
 * `npm run lab -- sparse`: what remains of buildings and vegetation when points are few. Thins real
 * files by whole pulses, runs maille, and compares its outlines with those of all points.
 */
import { writeFile } from "node:fs/promises"
import { join } from "node:path"
import { compareVector } from "../engine/compare/compare-vector.js"
import { overlapArea } from "../engine/compare/polygon-overlap.js"
import { type Density, densities } from "../engine/core/density.js"
import { levelCrossings } from "../engine/core/geometry/segments.js"
import { EngineError } from "../engine/errors.js"
import { encodeLas } from "../engine/formats/las/write/las-writer.js"
import { readPoints } from "../engine/formats/points/read-points.js"
import { readFeatures } from "../engine/formats/vector/read-features.js"
import { type JobInput, resolveJob } from "../engine/job/job.js"
import { layout } from "../engine/job/layout.js"
import type { Points } from "../engine/kernel.js"
import { runJob } from "../engine/run/run.js"
import { labCommand, wordsOf } from "./options.js"
import { requireFiles, withFolder } from "./real-data.js"
import { textTable } from "./text-table.js"

interface Place {
  readonly files: readonly string[]
  readonly epsg: number
}

const ign = "lidar-hd/ign-pdal-tools/test_data_"
const places: Readonly<Record<string, Place>> = {
  montpellier: {
    files: [
      ...["77050_627760", "77055_627755", "77055_627760"].map((tile) => `${ign}${tile}_LA93_IGN69.laz`),
      "lidar-hd/lidar-for-fuel/test_data_0000_0000_LA93_IGN69.laz",
    ],
    epsg: 2154,
  },
  delft: { files: [1, 2].map((n) => `lidar-other/3dfier/ahn3/ahn3_cropped_${n}.laz`), epsg: 28992 },
  bat: { files: ["lidar-hd/pdal-ign-plugin/input/bat.laz"], epsg: 2154 },
}

/** To reach: share of class 6 on cells of buildings, IoU with the outlines of all points. */
const targets = {
  1: { share: 0.9, iou: 0.7 },
  2: { share: 0.93, iou: 0.8 },
  4: { share: 0.96, iou: 0.87 },
  8: { share: 0.97, iou: 0.92 },
} as const

export const main = async (args: string[]): Promise<number> => {
  const { only, set } = labCommand(
    "sparse",
    "Judges outlines of buildings and vegetation at 1, 2, 4 and 8 points per m².",
  )
    .option("--only <names>", `some places only: ${Object.keys(places).join(",")}`, wordsOf)
    .option("--set <json>", "options of kernels, as in a job file")
    .parse(args, { from: "user" })
    .opts<{ only?: readonly string[]; set?: string }>()
  const options = set === undefined ? {} : (JSON.parse(set) as NonNullable<JobInput["options"]>)
  const rows: string[][] = [
    ["place", "points/m²", "class 6 under a roof", "inside the outline", "IoU", "vegetation IoU", "buildings", ""],
  ]
  let isGood = true
  for (const [name, place] of Object.entries(places)) {
    if (only !== undefined && !only.includes(name)) continue
    for (const { density, share, inside, iou, green, buildings } of await judge(place, options)) {
      const isHere = share >= targets[density].share && iou >= targets[density].iou
      isGood &&= isHere
      const figures = [share, inside, iou, green].map((figure) => figure?.toFixed(3) ?? "")
      rows.push([name, String(density), ...figures, String(buildings), isHere ? "" : "too low"])
    }
  }
  console.log(textTable(rows))
  return isGood ? 0 : 1
}

interface Judged {
  readonly density: Density
  /** Shares of the class 6 points: on the cells of a building, and inside its outline. */
  readonly share: number
  readonly inside: number
  readonly iou: number
  /** IoU of the vegetation, all kinds together; absent where there is none. */
  readonly green: number | undefined
  readonly buildings: number
}

const judge = ({ files, epsg }: Place, options: JobInput["options"] & object): Promise<Judged[]> =>
  withFolder(async (folder) => {
    const paths = requireFiles(files)
    const whole = join(folder, "whole")
    await outlines({ inputs: paths, out: whole, epsg })
    const { points } = await readPoints(paths)
    const judged: Judged[] = []
    for (const density of densities) {
      const input = join(folder, `${density}.las`)
      const thin = thinned(points, density)
      await writeFile(input, encodeLas(thin, { pointFormat: 6, scale: 0.001 }))
      const out = join(folder, String(density))
      await outlines({ inputs: [input], out, epsg, options })
      const { iou, polygons } = await compareAreas(whole, out, "building")
      const greens = await compareAreas(whole, out, "vegetation").catch(noPolygons)
      const { inside, count } = pointsInside(thin, polygons)
      const share = (await pointsOnCells(out)) / count
      judged.push({ density, share, inside: inside / count, iou, green: greens?.iou, buildings: polygons.length })
    }
    return judged
  })

/** Intersection over union of all polygons of a layer in two folders, and those of the second. */
const compareAreas = async (whole: string, out: string, layer: string) => {
  const {
    sides: [a, b],
  } = await compareVector({ a: whole, b: out, layer })
  const area = (side: typeof a): number => side.reduce((sum, one) => sum + one.area, 0)
  const common = a.reduce((sum, one) => sum + b.reduce((part, { rings }) => part + overlapArea(one.rings, rings), 0), 0)
  return { iou: common / (area(a) + area(b) - common), polygons: b }
}

/** Data without vegetation have an empty layer, which is no error here. */
const noPolygons = (error: unknown): undefined => {
  if (!(error instanceof EngineError && error.code === "E_INPUT")) throw error
}

const outlines = async (input: JobInput): Promise<void> => {
  const job = await resolveJob({ ...input, products: ["vector"], layers: ["building", "vegetation"], tileSize: 250 })
  for await (const { outcome, reason } of runJob(job)) if (outcome === "failed") throw new Error(reason)
}

/** Keeps whole pulses, chosen by a hash of their time, for a density over the points' box. */
const thinned = (points: Required<Points>, density: number): Required<Points> => {
  const { x, y, gpsTime, count } = points
  let [minX, minY, maxX, maxY] = [x[0]!, y[0]!, x[0]!, y[0]!]
  for (let i = 0; i < count; i++) {
    ;[minX, maxX] = [Math.min(minX, x[i]!), Math.max(maxX, x[i]!)]
    ;[minY, maxY] = [Math.min(minY, y[i]!), Math.max(maxY, y[i]!)]
  }
  const share = (density * (maxX - minX) * (maxY - minY)) / 1e6 / count
  const bits = new Uint32Array(gpsTime.buffer, gpsTime.byteOffset, 2 * count)
  const selected: number[] = []
  for (let i = 0; i < count; i++) if (hash32(bits[2 * i]!, bits[2 * i + 1]!) < share * 2 ** 32) selected.push(i)
  const pick = <T>(column: T): T => {
    if (!ArrayBuffer.isView(column)) return column
    const all = column as unknown as Float64Array
    const some = all.slice(0, selected.length)
    for (let k = 0; k < selected.length; k++) some[k] = all[selected[k]!]!
    return some as unknown as T
  }
  const columns = Object.entries(points).map(([name, column]) => [name, pick(column)])
  return { ...(Object.fromEntries(columns) as Required<Points>), count: selected.length }
}

/** Mixes two words (the finaliser of MurmurHash3). */
const hash32 = (low: number, high: number): number => {
  let h = Math.imul(low ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(high, 0xcc9e2d51)
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

const BUILDING = 6

/** Points on the cells of all buildings, as the layer states. */
const pointsOnCells = async (out: string): Promise<number> => {
  const { features } = await readFeatures(join(out, layout.layer("building")), "Polygon")
  const column = features.columns["points"]
  return column?.type === "integer" ? column.values.reduce((sum, one) => sum + one, 0) : 0
}

/** Number of class 6 points, and of those inside a polygon. */
const pointsInside = (
  points: Required<Points>,
  polygons: readonly { readonly rings: readonly Float64Array[] }[],
): { readonly inside: number; readonly count: number } => {
  const { x, y, origin, classification } = points
  const rings = polygons.flatMap((polygon) => polygon.rings)
  let [count, inside] = [0, 0]
  for (let i = 0; i < points.count; i++) {
    if (classification[i] !== BUILDING) continue
    count++
    // Half a millimetre off, so that no vertex is at this height.
    const crossings = levelCrossings(rings, origin[1] + y[i]! / 1000 + 0.0005)
    const at = origin[0] + x[i]! / 1000
    if (crossings.filter((crossing) => crossing < at).length % 2 === 1) inside++
  }
  return { inside, count }
}
