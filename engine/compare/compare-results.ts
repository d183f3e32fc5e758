/** Compares two results product by product (`maille compare A B`). */
import { mkdir, readdir } from "node:fs/promises"
import { basename, join } from "node:path"
import { checkFields } from "../core/arguments.js"
import { atomicWrite } from "../core/files/atomic-write.js"
import { joinInside } from "../core/files/join-inside.js"
import { sha256 } from "../core/hash.js"
import { optionError } from "../core/parse-values.js"
import { EngineError } from "../errors.js"
import { encodeFlatGeobuf } from "../formats/vector/flatgeobuf/writer.js"
import { readStored } from "../io/archive/stored-file.js"
import { layout } from "../job/layout.js"
import { readRunFacts } from "../job/output-folder.js"
import { listProductFiles } from "../job/product-files.js"
import type { Column } from "../kernel.js"
import { compareLayers, type LayerComparison } from "./compare-layers.js"
import { compareRasters, type RasterComparison } from "./compare-rasters.js"
import { measureZones, type ZonalResult } from "./zonal.js"

export interface ResultsRequest {
  /** Output folders of two runs. */
  readonly a: string
  readonly b: string
  /** Folder for the differences; default: none are written. */
  readonly out?: string | undefined
  /** Values differ where they are further apart, in their unit. Default: 0. */
  readonly tolerance?: number | undefined
  /** Name of a layer of B, or a file of polygons: all rasters are measured in them. */
  readonly zones?: string | undefined
  /** Of the zones; default as `measureZones`. */
  readonly statistics?: readonly string[] | undefined
  /** Called with the name of each product before it is compared. */
  readonly progress?: ((product: string) => void) | undefined
}

/** How two results differ: B against A. */
export interface ResultsComparison {
  readonly a: string
  readonly b: string
  readonly epsg: number
  readonly tolerance: number
  readonly rasters: readonly RasterComparison[]
  readonly layers: readonly LayerComparison[]
  /** Contents of the mesh by path; absent unless both have one. */
  readonly mesh?: { readonly equal: number; readonly changed: number; readonly onlyA: number; readonly onlyB: number }
  /** Products of one result only, such as `raster/dhm`. */
  readonly onlyA: readonly string[]
  readonly onlyB: readonly string[]
}

/** A comparison, and the zones if any were asked for. */
export interface ComparedResults {
  readonly comparison: ResultsComparison
  /** For each statistic three columns: in A (`_a`), in B (`_b`), and B minus A (`_change`). */
  readonly zones?: ZonalResult
}

/**
 * Compares what two results both have: rasters cell by cell, layers object by object, contents of
 * the mesh by their bytes. Tiles may have other sizes; CRS and cells may not.
 *
 * With `out`: `raster/NAME.vrt` has B minus A, `vector/NAME.fgb` the objects that differ,
 * `compare.json` all figures. Memory: two blocks of a raster, or both versions of a layer.
 *
 * @throws EngineError E_INPUT where a folder is no result, where CRS or grids differ, or where they
 *   have no product in common
 */
export const compareResults = async (request: ResultsRequest): Promise<ComparedResults> => {
  checkFields(request, "request", { a: "path", b: "path", out: "path?", tolerance: "number?", zones: "text?" })
  const { a, b, out, tolerance = 0, progress = () => undefined } = request
  if (!(tolerance >= 0)) throw optionError("--tolerance", `${tolerance} is not valid. Give a number from 0 up.`)
  const [one, other] = [await readRunFacts(a), await readRunFacts(b)]
  if (one.epsg !== other.epsg)
    throw new EngineError("E_INPUT", `${a} is in EPSG:${one.epsg}, ${b} in EPSG:${other.epsg}. Run both in one CRS.`)
  const names = [await listProducts(a), await listProducts(b)] as const
  const common = names[0].filter((name) => names[1].includes(name))
  if (common.length === 0)
    throw new EngineError("E_INPUT", `${a} and ${b} have no product in common: ${names[0]}; ${names[1]}.`)
  const named = (prefix: string): string[] =>
    common.filter((path) => path.startsWith(prefix)).map((path) => path.slice(prefix.length))
  const rasters: RasterComparison[] = []
  for (const name of named("raster/")) {
    progress(`raster/${name}`)
    const paths = { name, a: joinInside(a, `raster/${name}`), b: joinInside(b, `raster/${name}`) }
    rasters.push(await compareRasters(paths, tolerance, out && join(out, "raster")))
  }
  const layers: LayerComparison[] = []
  for (const name of named("vector/")) {
    progress(`vector/${name}`)
    const found = await compareLayers(name, [join(a, layout.layer(name)), join(b, layout.layer(name))])
    layers.push(found.comparison)
    if (out === undefined || found.features.ids.length === 0) continue
    await mkdir(join(out, "vector"), { recursive: true })
    const facts = { name, epsg: found.epsg, metadata: { title: `${name}: what differs in B` } }
    await atomicWrite(join(out, layout.layer(name)), encodeFlatGeobuf(found.features, facts), join(out, "vector"))
  }
  if (common.includes("tiles")) progress("tiles")
  const comparison: ResultsComparison = {
    ...{ a, b, epsg: one.epsg, tolerance, rasters, layers },
    ...(common.includes("tiles") && { mesh: await compareContents(a, b) }),
    onlyA: names[0].filter((name) => !common.includes(name)),
    onlyB: names[1].filter((name) => !common.includes(name)),
  }
  if (out !== undefined) {
    await mkdir(out, { recursive: true })
    const text = `${JSON.stringify(comparison, undefined, 2)}\n`
    await atomicWrite(join(out, "compare.json"), new TextEncoder().encode(text), out)
  }
  if (request.zones === undefined) return { comparison }
  return { comparison, zones: await compareZones(request, named("raster/")) }
}

/** Rasters, layers and the mesh of a result. */
const listProducts = async (folder: string): Promise<string[]> => {
  const list = (path: "raster" | "vector") => readdir(joinInside(folder, path), { withFileTypes: true }).catch(() => [])
  const rasters = (await list("raster")).filter((entry) => entry.isDirectory()).map(({ name }) => `raster/${name}`)
  const layers = (await list("vector")).flatMap(({ name }) =>
    name.endsWith(".fgb") ? [`vector/${basename(name, ".fgb")}`] : [],
  )
  const hasMesh = (await listProductFiles(folder, "tiles/")).length > 0
  return [...rasters.sort(), ...layers.sort(), ...(hasMesh ? ["tiles"] : [])]
}

/** Contents of equal paths, by their bytes. */
const compareContents = async (a: string, b: string): Promise<NonNullable<ResultsComparison["mesh"]>> => {
  const contents = async (folder: string): Promise<Map<string, string>> =>
    new Map((await listProductFiles(folder, "tiles/")).map(({ path, place }) => [path, place]))
  const [ours, theirs] = [await contents(a), await contents(b)]
  let [equal, changed] = [0, 0]
  for (const [path, place] of ours) {
    const other = theirs.get(path)
    if (other === undefined) continue
    if (sha256(await readStored(place)) === sha256(await readStored(other))) equal++
    else changed++
  }
  return { equal, changed, onlyA: ours.size - equal - changed, onlyB: theirs.size - equal - changed }
}

/** Measures the rasters of both results in the same zones. */
const compareZones = async (
  { a, b, zones = "", statistics }: ResultsRequest,
  rasters: readonly string[],
): Promise<ZonalResult> => {
  const after = await measureZones({ input: b, rasters, zones, statistics })
  const before = await measureZones({ input: a, rasters, zones: after.zones, statistics })
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
