/**
 * `npm run lab -- buildings`: measures the models of buildings on real data, beside those of roofer
 * where that program is on the path.
 */
import { readFile } from "node:fs/promises"
import { join, resolve } from "node:path"
import { checkSolid } from "../../engine/check/solid/check-solid.js"
import { type Tolerances, tolerances } from "../../engine/check/solid/solid-fault.js"
import { openComparedLayer } from "../../engine/compare/compared-layer.js"
import { boxOfRings, isInsideHalfOpen } from "../../engine/core/geometry/rings.js"
import { EngineError } from "../../engine/errors.js"
import { readPoints } from "../../engine/formats/points/read-points.js"
import { layout } from "../../engine/job/layout.js"
import type { Points } from "../../engine/kernel.js"
import { median } from "../guard/decide.js"
import { labCommand, printJson, within, wordsOf } from "../options.js"
import { requireFiles, withFolder } from "../real-data.js"
import { runProgram } from "../run-program.js"
import { shortFigure, textTable } from "../text-table.js"
import { delft, type Place } from "./delft-copies.js"
import { type JudgedPoints, pointCells, roofFit } from "./fit.js"
import { type Cost, measureCost } from "./measure-cost.js"
import { isOnPath, type Made, runOurs, runRoofer } from "./run-programs.js"
import { partyWalls, roofShape } from "./shape.js"
import { readBuildings, type SolidBuilding } from "./solid-building.js"

const ign = "lidar-hd/ign-pdal-tools/test_data_"
const places: Readonly<Record<string, Place>> = {
  delft,
  montpellier: {
    files: [
      ...["77050_627760", "77055_627755", "77055_627760"].map((tile) => `${ign}${tile}_LA93_IGN69.laz`),
      "lidar-hd/lidar-for-fuel/test_data_0000_0000_LA93_IGN69.laz",
    ],
    epsg: 2154,
  },
  bat: { files: ["lidar-hd/pdal-ign-plugin/input/bat.laz"], epsg: 2154 },
  "lidar-prod": {
    files: ["lidar-hd/lidar-prod/870000_6618000.subset.postCompletion.laz"],
    epsg: 2154,
    outlines: "lidar-hd/lidar-prod/870000_6618000.subset.postIA.shp",
  },
}

/** The usual tolerances, and three stricter ones. */
const strict: Readonly<Record<string, Tolerances>> = {
  "valid, %": tolerances,
  "valid, plane 1 mm, %": { ...tolerances, plane: 0.001 },
  "valid, normals 1°, %": { ...tolerances, fold: 1, thin: 0.05 },
  "valid, snap 1 cm, %": { ...tolerances, snap: 0.01 },
}

interface Flags {
  readonly only?: string[]
  readonly set: string[]
  readonly workers: number
  readonly city?: string
  readonly cost?: true
  readonly base?: string
  readonly rounds: number
  readonly cache: string
  readonly json?: true
}

export const main = async (args: string[]): Promise<undefined> => {
  const flags = labCommand("buildings", "Measures models of buildings on real data.")
    .option("--only <names>", `some places only: ${Object.keys(places).join(",")}`, wordsOf)
    .option("--set <options>", "options of kernels, as `maille run --set` takes them", wordsOf, [])
    .option("--workers <n>", "worker threads", within(1, 64, 1), 1)
    .option("--city <file>", "measures this CityJSON sequence instead of a run; needs one place in --only")
    .option("--cost", "measures only the cost: sixteen copies of Delft, and mesh.building warm")
    .option("--base <dist>", "with --cost: the folder dist of another build to compare with")
    .option("--rounds <n>", "with --cost: interleaved measurements; their medians count", within(1, 99, 1), 3)
    .option("--cache <dir>", "with --cost: folder that keeps the copies", "bench-out/delft-copies")
    .option("--json", "one JSON document")
    .parse(args, { from: "user" })
    .opts<Flags>()
  if (flags.cost) {
    await printCost(flags)
    return
  }
  const { only, city, json } = flags
  const names = only ?? Object.keys(places)
  for (const name of names)
    if (places[name] === undefined)
      throw new EngineError("E_USAGE", `there is no place "${name}"; expected ${Object.keys(places).join(", ")}`)
  if (city !== undefined && names.length !== 1) throw new EngineError("E_USAGE", "--city needs one place: --only NAME")
  const columns: Measured[] = []
  for (const name of names) columns.push(...(await measurePlace(name, places[name]!, flags)))
  if (json) printJson(columns)
  else console.log(textTable(formatRows(columns), false))
}

const printCost = async ({ base, rounds, cache, json }: Flags): Promise<void> => {
  const dist = base === undefined ? undefined : resolve(base)
  const costs = await measureCost({ base: dist, rounds, cache: resolve(cache) })
  if (json) return printJson(costs)
  const figure = (value: number | undefined): string => (value === undefined ? "" : shortFigure(value))
  const rows = costs.map(({ work, program, coreSeconds, ratio, peakMiB, buildings }: Cost) => [
    `${work}: ${program}`,
    String(buildings),
    figure(coreSeconds),
    figure(ratio),
    figure(peakMiB),
  ])
  console.log(textTable([["", "buildings", "core-seconds", "by base", "peak, MiB"], ...rows], false))
}

interface Measured {
  readonly place: string
  readonly program: string
  readonly figures: Readonly<Record<string, number>>
}

const measurePlace = (name: string, place: Place, choice: Pick<Flags, "set" | "workers" | "city">) =>
  withFolder(async (folder): Promise<Measured[]> => {
    const files = requireFiles(place.files)
    const [stated] = requireFiles(place.outlines === undefined ? [] : [place.outlines])
    const out = join(folder, "maille")
    const { set, workers, city: external } = choice
    const ours = await runOurs({ files, outlines: stated, out, epsg: place.epsg, set, workers })
    const outlines = stated ?? join(out, layout.layer("building"))
    const made: Made[] = external === undefined ? [ours] : [{ program: "given", city: [external] }]
    if (external === undefined && isOnPath("roofer"))
      made.push(await runRoofer({ files, outlines, out: join(folder, "roofer") }))
    const { objects } = await openComparedLayer(outlines, "building")
    const { points } = await readPoints(files)
    const origin = points.origin
    const moved = objects.map(({ rings }) => rings.map((ring) => ring.map((value, i) => value - origin[i % 2]!)))
    const judged = { roof: pointsOfClass(points, 6), ground: pointsOfClass(points, 2) }
    return await Promise.all(
      made.map(async ({ program, city, coreSeconds, peakMiB }) => {
        const buildings = (await Promise.all(city.map((file) => readBuildings(file, [origin[0], origin[1]])))).flat()
        const figures = await measureProgram(buildings, moved, judged, city)
        const cost = { ...(coreSeconds === undefined ? {} : { "core-seconds": coreSeconds, "peak, MiB": peakMiB }) }
        return { place: name, program, figures: { ...figures, ...cost } }
      }),
    )
  })

const pointsOfClass = ({ x, y, z, classification, count }: Required<Points>, wanted: number): JudgedPoints["roof"] => {
  const own: number[] = []
  for (let i = 0; i < count; i++) if (classification[i] === wanted) own.push(i)
  const metres = (column: Int32Array): Float64Array => Float64Array.from(own, (i) => column[i]! / 1000)
  return pointCells(metres(x), metres(y), metres(z))
}

type Fit = ReturnType<typeof roofFit>
type Shape = ReturnType<typeof roofShape>

const measureProgram = async (
  buildings: readonly SolidBuilding[],
  outlines: readonly (readonly Float64Array[])[],
  points: JudgedPoints,
  city: readonly string[],
): Promise<Record<string, number>> => {
  const owner = assignOutlines(buildings, outlines)
  const fits: Fit[] = []
  const shapes: Shape[] = []
  let noData = 0
  for (const [o, outline] of outlines.entries()) {
    const building = owner[o]
    const fit = roofFit(building, outline, points)
    if (building !== undefined) shapes.push(roofShape(building, outline))
    else if (fit.points === 0) noData++
    fits.push(fit)
  }
  const sum = (figure: keyof Fit): number => fits.reduce((all, fit) => all + fit[figure], 0)
  const total = (figure: keyof Shape): number => shapes.reduce((all, shape) => all + shape[figure], 0)
  // Points without a model have no distance; cells without a roof count them.
  const built = fits.filter((_, o) => owner[o] !== undefined)
  const rmse = (rss: keyof Fit, count: keyof Fit): [number, number] => [
    median(built.flatMap((fit) => (fit[count] > 0 ? [Math.sqrt(fit[rss] / fit[count])] : []))),
    Math.sqrt(built.reduce((all, fit) => all + fit[rss], 0) / built.reduce((all, fit) => all + fit[count], 0)),
  ]
  const roof = rmse("roofRss", "roofPoints")
  const all = rmse("rss", "points")
  const solids = buildings.flatMap((building) => building.solids)
  const party = partyWalls(buildings)
  const percent = (part: number, whole: number): number => (100 * part) / whole
  return {
    outlines: outlines.length,
    buildings: buildings.length,
    "no data": noData,
    "LoD2.2, %": percent(buildings.filter(({ lod }) => lod === "2.2").length, buildings.length),
    "one solid, %": percent(buildings.filter((one) => one.solids.length === 1).length, buildings.length),
    "roof points, RMSE median, m": roof[0],
    "roof points, RMSE together, m": roof[1],
    "class 6, RMSE median, m": all[0],
    "class 6, RMSE together, m": all[1],
    regions: total("regions"),
    "faces, median": median(shapes.map(({ faces }) => faces)),
    faces: total("faces"),
    "creases, m": total("creases"),
    shards: total("shards"),
    strips: total("strips"),
    "inner edges, m": total("innerEdges"),
    "odd inner edges, %": percent(total("oddEdges"), total("innerEdges")),
    "off plane, max, mm": 1000 * shapes.reduce((most, { offPlane }) => Math.max(most, offPlane), 0),
    ...Object.fromEntries(
      Object.entries(strict).map(([name, limits]) => [
        name,
        percent(solids.filter((solid) => checkSolid(solid, limits).faults.length === 0).length, solids.length),
      ]),
    ),
    ...(isOnPath("val3dity") ? { "val3dity, %": await val3dityShare(city) } : {}),
    "unsupported roof, m²": sum("unsupported"),
    "wrong height, m²": sum("wrongHeight"),
    "volume missing, %": percent(sum("missing"), sum("volume")),
    "volume too much, %": percent(sum("tooMuch"), sum("volume")),
    "class 6 cells without roof, %": percent(sum("lostCells"), sum("cells")),
    "open ground, m²": sum("openGround"),
    "open ground built on, m²": sum("builtGround"),
    "party walls, m": party.equal + party.near,
    "party walls by equal vertices, %": percent(party.equal, party.equal + party.near),
  }
}

/** The building of each outline: the one that has the most roof triangles inside. */
const assignOutlines = (
  buildings: readonly SolidBuilding[],
  outlines: readonly (readonly Float64Array[])[],
): (SolidBuilding | undefined)[] => {
  const boxes = outlines.map((outline) => boxOfRings(outline))
  const owner: (SolidBuilding | undefined)[] = outlines.map(() => undefined)
  for (const building of buildings) {
    const votes = new Map<number, number>()
    const { vertices: p, faces } = building
    for (const { kind, triangles } of faces) {
      if (kind !== "roof") continue
      for (let t = 0; t < triangles.length; t += 3) {
        const middle = (k: number): number =>
          (p[3 * triangles[t]! + k]! + p[3 * triangles[t + 1]! + k]! + p[3 * triangles[t + 2]! + k]!) / 3
        const [x, y] = [middle(0), middle(1)]
        const at = boxes.findIndex(
          ([minX, minY, maxX, maxY], o) =>
            x >= minX && x <= maxX && y >= minY && y <= maxY && isInsideHalfOpen(outlines[o]!, x, y),
        )
        if (at >= 0) votes.set(at, (votes.get(at) ?? 0) + 1)
      }
    }
    const best = [...votes].sort((a, b) => b[1] - a[1])[0]
    if (best !== undefined) owner[best[0]] = building
  }
  return owner
}

/** Share of valid features by val3dity itself. */
const val3dityShare = (city: readonly string[]): Promise<number> =>
  withFolder(async (folder) => {
    let [valid, count] = [0, 0]
    for (const file of city) {
      const report = join(folder, "report.json")
      await runProgram("val3dity", [file, "--report", report])
      const { features } = JSON.parse(await readFile(report, "utf8")) as { features: readonly { validity: boolean }[] }
      valid += features.filter(({ validity }) => validity).length
      count += features.length
    }
    return (100 * valid) / count
  })

const formatRows = (columns: readonly Measured[]): string[][] => {
  const names = [...new Set(columns.flatMap(({ figures }) => Object.keys(figures)))]
  const figure = (value: number | undefined): string =>
    value === undefined || Number.isNaN(value) ? "" : Number.isInteger(value) ? String(value) : shortFigure(value)
  return [
    ["", ...columns.map(({ place, program }) => (program === "maille" ? place : `${place}, ${program}`))],
    ...names.map((name) => [name, ...columns.map(({ figures }) => figure(figures[name]))]),
  ]
}
