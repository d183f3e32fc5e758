/** Statistics of rasters in polygons (`maille zonal`), each cell by its exact area inside. */
import { mkdir, realpath, rm, stat } from "node:fs/promises"
import { basename, dirname, extname, join, sep } from "node:path"
import { checkFields } from "../core/arguments.js"
import { planRingsOf } from "../core/feature-table.js"
import { atomicWrite, temporaryName } from "../core/files/atomic-write.js"
import { joinInside } from "../core/files/join-inside.js"
import type { Box2 } from "../core/geometry/box.js"
import { cellShares } from "../core/geometry/cell-shares.js"
import { boxOfRings } from "../core/geometry/rings.js"
import { elementAt } from "../core/lists.js"
import { packageVersion } from "../core/package-files.js"
import { missingOption, optionError } from "../core/parse-values.js"
import { EngineError } from "../errors.js"
import { openAny } from "../formats/raster/open/raster-mosaic.js"
import type { RasterFile, RasterWindow } from "../formats/raster/open/types.js"
import { encodeFlatGeobuf } from "../formats/vector/flatgeobuf/writer.js"
import { readFeatures } from "../formats/vector/read-features.js"
import { vectorFormats } from "../formats/vector/write-format.js"
import { unknownName } from "../job/check-options.js"
import { declaredPorts } from "../job/declared-ports.js"
import { layout } from "../job/layout.js"
import { requireStoredJob } from "../job/output-folder.js"
import { listProductNames } from "../job/product-files.js"
import { tileZooms, writeVectorFormat } from "../job/vector-formats.js"
import type { Column, Features } from "../kernel.js"
import { inCrs } from "../plan/external-features.js"
import { parseStatistic, statisticNames, type ZoneCells, type ZoneStatistic } from "./zone-statistics.js"

/** Side of the blocks in which rasters are read, cells. */
const BLOCK = 1024
/** Blocks that remain in memory: zones beside each other share them. */
const MOST_BLOCKS = 12

/** Which rasters to measure in which zones. */
export interface ZonalRequest {
  /** Output folder of a run, or a raster. */
  readonly input: string
  /** Names of rasters of the folder. */
  readonly rasters?: readonly string[] | undefined
  /** Name of a layer of the folder, or a file of polygons. */
  readonly zones: string
  /** Default: mean, min, max and area. */
  readonly statistics?: readonly string[] | undefined
  /** Called with the number of zones measured so far, of all rasters together. */
  readonly progress?: ((done: number, total: number) => void) | undefined
}

/** The zones with their statistics in columns. */
export interface ZonalResult {
  readonly features: Features
  readonly epsg: number
  /**
   * Names of the new columns: raster and statistic, as in `dhm_mean`; with the band between them
   * where a raster has several.
   */
  readonly columns: readonly string[]
  /** The rasters' names or paths, and the zones' path. */
  readonly rasters: readonly string[]
  readonly zones: string
  /** The zones' layer, if they are one of the folder. */
  readonly layer?: string
}

/**
 * The work of `measureZones`. Memory: the zones, {@link MOST_BLOCKS} blocks of a raster, and for
 * percentiles the cells of a zone.
 */
export const measureZones = async (request: ZonalRequest): Promise<ZonalResult> => {
  checkFields(request, "request", { input: "path", rasters: "texts?", zones: "text", statistics: "texts?" })
  const { input, statistics = ["mean", "min", "max", "area"], progress = () => undefined } = request
  const measured = statistics.map((name) => parseStatistic(name, "--stat"))
  if (measured.length === 0) throw optionError("--stat", `it is empty. Give some of ${statisticNames}.`)
  const paths = await rasterPaths(input, request.rasters)
  const { path: zonesPath, ...own } = await findZones(input, request.zones)
  const read = await readFeatures(zonesPath, "Polygon")
  let features: Features | undefined
  let epsg: number | undefined
  const columns: Record<string, Column> = {}
  let total = paths.length * read.features.ids.length
  let done = 0
  for (const [name, path] of paths) {
    const raster = await openAny(path)
    try {
      if (raster.epsg === undefined && epsg === undefined)
        throw new EngineError("E_INPUT", `${path}: it states no EPSG code. Add it with gdal_edit.py -a_srs.`)
      epsg ??= raster.epsg as number
      if (raster.epsg !== epsg)
        throw new EngineError(
          "E_INPUT",
          `${path}: EPSG:${raster.epsg} beside rasters in EPSG:${epsg}. Measure it alone.`,
        )
      features ??= inCrs(read, epsg, zonesPath)
      total += (raster.bands - 1) * read.features.ids.length
      for (let band = 0; band < raster.bands; band++) {
        const own = raster.bands === 1 ? name : `${name}_${band + 1}`
        const blocks = new Blocks(raster, band)
        Object.assign(columns, await measureRaster(blocks, features, own, measured, () => progress(++done, total)))
      }
    } finally {
      await raster.close()
    }
  }
  if (features === undefined || epsg === undefined) throw missingOption("--raster", "Give the rasters to measure.")
  const taken = Object.keys(columns).find((column) => Object.hasOwn(read.features.columns, column))
  if (taken !== undefined)
    throw new EngineError("E_INPUT", `${zonesPath}: it has a column ${taken} already. Rename it.`, { file: zonesPath })
  const result = { ...features, columns: { ...features.columns, ...columns } }
  return {
    features: result,
    epsg,
    columns: Object.keys(columns),
    rasters: paths.map(([name]) => name),
    zones: zonesPath,
    ...own,
  }
}

/** Names and paths of the rasters to measure. */
const rasterPaths = async (
  input: string,
  names: readonly string[] | undefined,
): Promise<readonly (readonly [name: string, path: string])[]> => {
  const found = await stat(input).catch(() => undefined)
  if (found === undefined)
    throw new EngineError("E_INPUT", `${input}: no such file or folder. Check the path.`, { file: input })
  if (!found.isDirectory()) {
    if (names !== undefined) throw optionError("--raster", `${input} is one raster. Leave --raster out.`)
    return [[basename(input, extname(input)), input]]
  }
  const { rasters: known } = await listProductNames(input)
  if (known.length === 0) {
    await requireStoredJob(input)
    throw new EngineError(
      "E_INPUT",
      `${input}: no rasters (raster/*.vrt). Run its job with --add --products dtm,dsm,dhm.`,
    )
  }
  if (names === undefined || names.length === 0) throw missingOption("--raster", `Give some of ${known.join(", ")}.`)
  for (const name of names) if (!known.includes(name)) throw unknownName("raster", name, known, "--raster")
  return names.map((name) => [name, joinInside(input, layout.mosaic(name))])
}

const findZones = async (input: string, zones: string): Promise<{ path: string; layer?: string }> => {
  if ((await stat(zones).catch(() => undefined))?.isFile() === true) return { path: zones }
  if (extname(zones) !== "" || /[\\/]/.test(zones))
    throw new EngineError("E_INPUT", `${zones}: no such file. Check the path.`, { file: zones, option: "--by" })
  const { layers } = await listProductNames(input)
  if (!layers.includes(zones)) throw unknownName("layer", zones, layers, "--by")
  return { path: join(input, layout.layer(zones)), layer: zones }
}

/** One column for each statistic. */
const measureRaster = async (
  blocks: Blocks,
  features: Features,
  name: string,
  statistics: readonly ZoneStatistic[],
  next: () => void,
): Promise<Record<string, Column>> => {
  const zones = features.ids.map((_, f) => {
    const rings = planRingsOf(features, f)
    return { f, rings, ...findWindow(blocks.raster, boxOfRings(rings)) }
  })
  // Zones beside each other follow each other, so that blocks are read once or twice.
  const blockOf = (cell: number): number => Math.floor(cell / BLOCK)
  const order = zones.toSorted((a, b) => blockOf(a.top) - blockOf(b.top) || a.left - b.left || a.f - b.f)
  const values = statistics.map(() => new Float64Array(zones.length))
  for (const zone of order) {
    const sums = statistics.map(({ start }) => start())
    for await (const cells of blocks.readCells(zone)) for (const sum of sums) sum.add(cells)
    for (const [s, sum] of sums.entries()) elementAt(values, s)[zone.f] = sum.end()
    next()
  }
  const columnOf = (statistic: ZoneStatistic): string => `${name}_${statistic.name}`.replaceAll("-", "_")
  return Object.fromEntries(
    statistics.map((statistic, s) => [columnOf(statistic), { type: "number" as const, values: elementAt(values, s) }]),
  )
}

/** A zone and the cells that its box meets; none where `right` or `bottom` is not above. */
interface Zone {
  readonly rings: readonly Float64Array[]
  readonly left: number
  readonly top: number
  readonly right: number
  readonly bottom: number
}

const findWindow = ({ minX, maxY, cellSize, width, height }: RasterFile, [west, south, east, north]: Box2) => ({
  left: Math.max(0, Math.floor((west - minX) / cellSize)),
  top: Math.max(0, Math.floor((maxY - north) / cellSize)),
  right: Math.min(width, Math.ceil((east - minX) / cellSize)),
  bottom: Math.min(height, Math.ceil((maxY - south) / cellSize)),
})

/** The cells of a raster's band, read in blocks; the last ones remain. */
class Blocks {
  readonly raster: RasterFile
  readonly #band: number
  readonly #read = new Map<string, Promise<RasterWindow>>()
  readonly #values = new Float64Array(BLOCK * BLOCK)
  readonly #areas = new Float64Array(BLOCK * BLOCK)

  constructor(raster: RasterFile, band: number) {
    this.raster = raster
    this.#band = band
  }

  /**
   * The cells with data that a zone covers in part or whole, block by block; each list is valid
   * until the next.
   */
  async *readCells({ rings, left, top, right, bottom }: Zone): AsyncGenerator<ZoneCells> {
    if (right <= left || bottom <= top) return
    const { minX, maxY, cellSize } = this.raster
    const [values, areas] = [this.#values, this.#areas]
    for (let y = top - (top % BLOCK); y < bottom; y += BLOCK)
      for (let x = left - (left % BLOCK); x < right; x += BLOCK) {
        const [column, row] = [Math.max(x, left), Math.max(y, top)]
        const width = Math.min(x + BLOCK, right) - column
        const height = Math.min(y + BLOCK, bottom) - row
        const place = { minX: minX + column * cellSize, maxY: maxY - row * cellSize, cellSize }
        const shares = cellShares(rings, { width, height, ...place })
        const block = await this.#block(x, y)
        let count = 0
        for (let i = 0; i < shares.length; i++) {
          if (shares[i] === 0) continue
          const at = (row - y + Math.floor(i / width)) * block.width + (column - x) + (i % width)
          const value = block.data[at]!
          if (Number.isNaN(value) || value === block.noData) continue
          values[count] = value
          areas[count++] = shares[i]! * cellSize * cellSize
        }
        yield { count, values, areas }
      }
  }

  /** The block whose first cell this is. */
  #block(x: number, y: number): Promise<RasterWindow> {
    const { width, height } = this.raster
    const key = `${x},${y}`
    const size = [Math.min(BLOCK, width - x), Math.min(BLOCK, height - y)] as const
    const block = this.#read.get(key) ?? this.raster.read({ band: this.#band, window: [x, y, ...size] })
    this.#read.delete(key)
    this.#read.set(key, block)
    for (const oldest of this.#read.keys()) {
      if (this.#read.size <= MOST_BLOCKS) break
      this.#read.delete(oldest)
    }
    return block
  }
}

/** Extensions of files that {@link writeZones} writes. */
const written = ["fgb", ...vectorFormats, "csv"] as const

/** The format of a file by its name. @throws EngineError E_USAGE for another extension */
const findFormat = (out: string): (typeof written)[number] => {
  const format = written.find((one) => out.toLowerCase().endsWith(`.${one}`))
  if (format === undefined)
    throw optionError("--out", `${out}: expected a name that ends in ${written.map((one) => `.${one}`).join(", ")}.`)
  return format
}

/**
 * Checks the file for the result before the work starts: it must not be an input.
 *
 * @throws EngineError E_USAGE for another extension, for the zones or the raster, and for a file of
 *   the folder
 */
export const checkZonesFile = async (out: string, { input, zones }: ZonalRequest): Promise<void> => {
  findFormat(out)
  const real = await realpath(out).catch(() => undefined)
  if (real === undefined) return
  const whole = await realpath(input).catch(() => input)
  if (real === whole || real === (await realpath(zones).catch(() => zones)))
    throw optionError("--out", `${out} is one of the inputs. Give another name.`)
  if (real.startsWith(whole + sep)) throw optionError("--out", `${out} is a file of ${input}. Give another name.`)
}

/** The statistics as a document: one row of `values` for each zone, null without cells. */
export interface ZonesTable {
  readonly zones: string
  readonly rasters: readonly string[]
  readonly columns: readonly string[]
  readonly values: readonly Readonly<Record<string, string | number | null>>[]
}

/** The statistics of zones by column, without geometry and other columns. */
export const describeZones = ({ features, zones, rasters, columns }: ZonalResult): ZonesTable => {
  const numberIn = (column: string, f: number): number | null => {
    const value = Number(features.columns[column]?.values[f])
    return Number.isNaN(value) ? null : value
  }
  const values = features.ids.map((id, f) => ({
    id,
    ...Object.fromEntries(columns.map((column) => [column, numberIn(column, f)])),
  }))
  return { zones, rasters, columns, values }
}

/** Writes the zones with their statistics, in the format that the name says. */
export const writeZones = async (
  { features, epsg, rasters, zones, layer }: ZonalResult,
  out: string,
): Promise<void> => {
  const format = findFormat(out)
  await mkdir(dirname(out), { recursive: true })
  if (format === "csv") return atomicWrite(out, new TextEncoder().encode(encodeCsv(features)), dirname(out))
  const software = `maille ${packageVersion}`
  const metadata = { software, source: `${rasters.join(", ")} in ${basename(zones)}` }
  const name = basename(out, extname(out))
  // A layer of maille keeps its truth values and dates as such.
  const columns = layer === undefined ? undefined : (await declaredPorts()).layers.get(layer)?.columns
  const bytes = encodeFlatGeobuf(features, { name, epsg, metadata, columns })
  if (format === "fgb") return atomicWrite(out, bytes, dirname(out))
  const temporaryFolder = join(dirname(out), temporaryName(basename(out)))
  try {
    await mkdir(temporaryFolder)
    const path = joinInside(temporaryFolder, `${name}.fgb`)
    await atomicWrite(path, bytes, temporaryFolder)
    const zooms = [tileZooms.first, tileZooms.last] as const
    await writeVectorFormat({
      ...{ paths: [path], format, schema: "maille", out, temporaryFolder, keepCrs: false, zooms, software },
    })
  } finally {
    await rm(temporaryFolder, { recursive: true, force: true })
  }
}

/** Ids and columns, without geometry; RFC 4180. */
const encodeCsv = ({ ids, columns }: Features): string => {
  const quote = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)
  const textOf = (value: string | number | undefined): string =>
    value === undefined || Number.isNaN(value) ? "" : quote(String(value))
  const lists = Object.values(columns).map(({ values }) => values)
  const rows = ids.map((id, f) => [quote(id), ...lists.map((values) => textOf(values[f]))])
  return [["id", ...Object.keys(columns)].map(quote), ...rows].map((row) => `${row.join(",")}\r\n`).join("")
}
