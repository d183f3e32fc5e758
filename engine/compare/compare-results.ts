/** Compares two results product by product (`maille compare A B`). */
import { mkdir, readdir, rename, rm } from "node:fs/promises"
import { join } from "node:path"
import { checkFields } from "../core/arguments.js"
import { atomicWrite } from "../core/files/atomic-write.js"
import { joinInside } from "../core/files/join-inside.js"
import { optionError } from "../core/parse-values.js"
import { EngineError } from "../errors.js"
import { encodeFlatGeobuf } from "../formats/vector/flatgeobuf/writer.js"
import { crsByEpsg } from "../grid/crs.js"
import { declaredPorts } from "../job/declared-ports.js"
import { layout } from "../job/layout.js"
import { type RunFacts, readRunFacts, requireEmptyFolder } from "../job/output-folder.js"
import { listProductFiles, listProductNames } from "../job/product-files.js"
import type { Column } from "../kernel.js"
import type { Language } from "../report/report-texts.js"
import { compareLayers, type LayerComparison } from "./compare-layers.js"
import { compareMeshes, type MeshComparison } from "./compare-meshes.js"
import { compareRasters, countBlocks, type RasterComparison } from "./compare-rasters.js"
import type { ResultsComparison } from "./results-comparison.js"
import { describeZones, measureZones, writeZones, type ZonalResult } from "./zonal.js"

export interface ResultsRequest {
  /** Output folders of two runs. */
  readonly a: string
  readonly b: string
  /** New or empty folder for the differences; default: none are written. */
  readonly out?: string | undefined
  /** Values differ where they are further apart, in their unit. Default: 0. */
  readonly tolerance?: number | undefined
  /** Name of a layer of B, or a file of polygons: all rasters are measured in them. */
  readonly zones?: string | undefined
  /** Of the zones; default as `measureZones`. */
  readonly statistics?: readonly string[] | undefined
  /** Language of `compare.html`; default English. */
  readonly language?: Language | undefined
  /** Called with the product that is compared, such as `raster/dtm`, and with its steps so far. */
  readonly progress?: ((product: string, done: number, total: number) => void) | undefined
}

/** A comparison, and the zones if any were asked for. */
export interface ComparedResults {
  readonly comparison: ResultsComparison
  /** For each statistic three columns: in A (`_a`), in B (`_b`), and B minus A (`_change`). */
  readonly zones?: ZonalResult
}

/**
 * Compares what two results both have: rasters cell by cell, layers object by object, contents of
 * the mesh by their bytes, its objects, and the distance of its surfaces. Tiles may have other
 * sizes; CRS and cells may not.
 *
 * With `out`: `raster/NAME.vrt` has B minus A, `vector/NAME.fgb` the objects that differ,
 * `zones.fgb` and `zones.csv` the zones, `compare.json` all figures, and `compare.html` shows them
 * with pictures. The files appear when all are
 * complete, `compare.json` last. Memory: two blocks of a raster, or both versions of a layer.
 *
 * @throws EngineError E_USAGE where `out` is not empty; E_INPUT where a folder is no result, where
 *   CRS or grids differ, or where they have no product in common
 */
export const compareResults = async (request: ResultsRequest): Promise<ComparedResults> => {
  checkFields(request, "request", {
    ...{ a: "path", b: "path", out: "path?", tolerance: "number?", zones: "text?", statistics: "texts?" },
    language: "text?",
  })
  const { a, b, out, tolerance = 0, zones, statistics } = request
  if (!(tolerance >= 0)) throw optionError("--tolerance", `${tolerance} is not valid. Give a number from 0 up.`)
  if (statistics !== undefined && zones === undefined)
    throw optionError("--stat", "it needs zones. Give them with --zones LAYER or --zones FILE.")
  if (out !== undefined) await requireEmptyFolder(out)
  const [one, other] = [await readRunFacts(a), await readRunFacts(b)]
  if (one.epsg !== other.epsg)
    throw new EngineError("E_INPUT", `${a} is in EPSG:${one.epsg}, ${b} in EPSG:${other.epsg}. Run both in one CRS.`)
  const compare = (folder: string | undefined): Promise<ComparedResults> =>
    compareProducts(request, [one, other], folder)
  if (out === undefined) return compare(undefined)
  const folder = join(out, PARTS)
  const isNew = (await mkdir(out, { recursive: true })) !== undefined
  try {
    await rm(folder, { recursive: true, force: true })
    await mkdir(folder)
    const compared = await compare(folder)
    const names = (await readdir(folder)).filter((name) => name !== FIGURES)
    for (const name of [...names, FIGURES]) await rename(joinInside(folder, name), joinInside(out, name))
    return compared
  } catch (error) {
    if (isNew) await rm(out, { recursive: true, force: true })
    throw error
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Files of a comparison that is not complete, below its folder. */
const PARTS = ".compare"
/** All figures; a folder that has them is complete. */
const FIGURES = "compare.json"

const compareProducts = async (
  request: ResultsRequest,
  facts: readonly [a: RunFacts, b: RunFacts],
  out: string | undefined,
): Promise<ComparedResults> => {
  const { a, b, tolerance = 0, progress = () => undefined } = request
  const [, { epsg, modules }] = facts
  const names = [await listProducts(a), await listProducts(b)] as const
  const common = names[0].filter((name) => names[1].includes(name))
  if (common.length === 0)
    throw new EngineError("E_INPUT", `${a} and ${b} have no product in common: ${names[0]}; ${names[1]}.`)
  const named = (prefix: string): string[] =>
    common.filter((path) => path.startsWith(prefix)).map((path) => path.slice(prefix.length))
  // What can be refused is refused before the long work.
  const pairs: [pair: { name: string; a: string; b: string }, blocks: number][] = []
  for (const name of named("raster/")) {
    const pair = { name, a: joinInside(a, layout.mosaic(name)), b: joinInside(b, layout.mosaic(name)) }
    pairs.push([pair, await countBlocks(pair)])
  }
  const zones = request.zones === undefined ? undefined : await compareZones(request, named("raster/"))
  if (zones !== undefined && out !== undefined)
    for (const name of ["zones.fgb", "zones.csv"]) await writeZones(zones, joinInside(out, name))
  const rasters: RasterComparison[] = []
  for (const [pair, blocks] of pairs) {
    let done = 0
    const next = (): void => progress(layout.mosaic(pair.name), ++done, blocks)
    rasters.push(...(await compareRasters(pair, { tolerance, out, next })))
  }
  const layers: LayerComparison[] = []
  for (const name of named("vector/")) {
    progress(layout.layer(name), 0, 1)
    const found = await compareLayers(name, [joinInside(a, layout.layer(name)), joinInside(b, layout.layer(name))])
    layers.push(found.comparison)
    if (out === undefined || found.features.ids.length === 0) continue
    const facts = { name, epsg: found.epsg, metadata: { title: `${name}: what differs in B` } }
    await atomicWrite(joinInside(out, layout.layer(name)), encodeFlatGeobuf(found.features, facts), out)
  }
  const comparison: ResultsComparison = {
    ...{ a, b, epsg, tolerance, rasters, layers },
    ...(common.includes("tiles") && { mesh: await compareTiles(request, facts) }),
    onlyA: names[0].filter((name) => !common.includes(name)),
    onlyB: names[1].filter((name) => !common.includes(name)),
    ...(zones !== undefined && { zones: describeZones(zones) }),
  }
  if (out !== undefined) {
    // Pictures need the canvas, which is loaded for them only.
    const { comparePage } = await import("./compare-page.js")
    const ports = await declaredPorts(modules)
    const drawn = pairs.map(([pair]) => pair)
    const page = await comparePage({ comparison, pairs: drawn, ports, language: request.language ?? "en" })
    await atomicWrite(join(out, "compare.html"), page, out)
    await atomicWrite(join(out, FIGURES), `${JSON.stringify(comparison, undefined, 2)}\n`, out)
  }
  return { comparison, ...(zones !== undefined && { zones }) }
}

/** Rasters, layers and the mesh of a result. */
const listProducts = async (folder: string): Promise<string[]> => {
  const { rasters, layers } = await listProductNames(folder)
  const hasMesh = (await listProductFiles(folder, "tiles/")).length > 0
  return [
    ...rasters.map((name) => `raster/${name}`),
    ...layers.map((name) => `vector/${name}`),
    ...(hasMesh ? ["tiles"] : []),
  ]
}

const compareTiles = (
  { a, b, progress }: ResultsRequest,
  [one, other]: readonly [a: RunFacts, b: RunFacts],
): Promise<MeshComparison> =>
  compareMeshes({
    ...{ a, b, crs: crsByEpsg(one.epsg), hasEqualTiles: one.tileSize === other.tileSize },
    progress: (done, total) => progress?.("tiles", done, total),
  })

/** Measures the rasters of both results in the same zones. */
const compareZones = async (
  { a, b, zones = "", statistics, progress }: ResultsRequest,
  rasters: readonly string[],
): Promise<ZonalResult> => {
  const at = (from: number) => (done: number, total: number) => progress?.("zones", from * total + done, 2 * total)
  const after = await measureZones({ input: b, rasters, zones, statistics, progress: at(0) })
  const before = await measureZones({ input: a, rasters, zones: after.zones, statistics, progress: at(1) })
  const columns: Record<string, Column> = {}
  const valuesOf = ({ features }: ZonalResult, name: string): Float64Array =>
    Float64Array.from<string | number>(features.columns[name]?.values ?? [], Number)
  for (const name of after.columns) {
    const [from, to] = [valuesOf(before, name), valuesOf(after, name)]
    columns[`${name}_a`] = { type: "number", values: from }
    columns[`${name}_b`] = { type: "number", values: to }
    columns[`${name}_change`] = { type: "number", values: to.map((value, i) => value - from[i]!) }
  }
  const own = Object.entries(after.features.columns).filter(([name]) => !after.columns.includes(name))
  const features = { ...after.features, columns: { ...Object.fromEntries(own), ...columns } }
  return { ...after, features, columns: Object.keys(columns) }
}
