/** Converts vector layers to other formats (`maille convert`). */

import { readdir, rm, stat } from "node:fs/promises"
import { basename, extname, join } from "node:path"
import { checkFields } from "../core/arguments.js"
import { packageVersion } from "../core/package-files.js"
import { optionError } from "../core/parse-values.js"
import { EngineError } from "../errors.js"
import { openFlatGeobufHead } from "../formats/vector/flatgeobuf/feature.js"
import type { VectorFormat } from "../formats/vector/write-format.js"
import { openBytes } from "../io/bytes.js"
import { unknownName } from "../job/check-options.js"
import { jobFields } from "../job/fields.js"
import { notAnOutput, requireStoredJob } from "../job/output-folder.js"
import { holdsLayers, tileZooms, writeVectorFormat } from "../job/vector-formats.js"

export interface ConvertRequest {
  /** Output folder of a run, or a FlatGeobuf file. */
  readonly input: string
  /** gpkg, geojson, geojsonl, parquet or pmtiles. */
  readonly to: string
  /**
   * The file to write. For formats with one layer a file: a folder, unless it has the format's
   * extension.
   */
  readonly out: string
  /** Names of the layers; default: those of the folder that have features. */
  readonly layers?: readonly string[] | undefined
  /** "maille" (default) or "bdtopo". */
  readonly schema?: string | undefined
  /** GeoJSON only: coordinates of the layer's CRS, with the member `crs` of GeoJSON 2008. */
  readonly keepCrs?: boolean | undefined
  /** PMTiles only; default 8 to 16. */
  readonly zooms?: readonly [first: number, last: number] | undefined
}

/** A written file. */
export interface ConvertedFile {
  readonly path: string
  readonly sizeBytes: number
  readonly timeMs: number
  /** `features`: written features; for tiles those of the last zoom. */
  readonly layers: readonly {
    readonly name: string
    readonly geometry: string
    readonly epsg?: number
    readonly features: number
  }[]
}

/**
 * Writes the vector layers of a run, or a FlatGeobuf file, in another format.
 *
 * It reads each layer once; a file appears under its name when it is complete. The same layers give
 * the same bytes. Memory does not grow with the layers, except while ids of a GeoPackage are
 * sorted.
 * @throws EngineError E_USAGE for a wrong option, E_FORMAT for a damaged file, E_INPUT where a
 *   layer or CRS is missing
 * @example
 * await convertLayers({ input: "out", to: "gpkg", out: "layers.gpkg" })
 */
export const convertLayers = async (
  request: ConvertRequest,
): Promise<{ format: VectorFormat; files: ConvertedFile[] }> => {
  const places = { input: "path", to: "text", out: "path", layers: "texts?" } as const
  checkFields(request, "request", { ...places, schema: "text?", keepCrs: "flag?", zooms: "numbers?" })
  const { input, out, keepCrs = false } = request
  const [format] = jobFields.vectorFormats.check([request.to], { flag: "--to" })
  if (format === undefined) throw optionError("--to", `the layers are "${request.to}" already. Choose another format.`)
  const schema = jobFields.vectorSchema.check(request.schema ?? jobFields.vectorSchema.default, { flag: "--schema" })
  if (keepCrs && format !== "geojson")
    throw optionError("--keep-crs", `works only with --to geojson, not with "${format}". Leave it out.`)
  if (request.zooms !== undefined && format !== "pmtiles")
    throw optionError("--zooms", `works only with --to pmtiles, not with "${format}". Leave it out.`)
  const zooms = request.zooms ?? ([tileZooms.first, tileZooms.last] as const)
  const paths = await layerPaths(input, request.layers)
  const software = `maille ${packageVersion}`
  const files: ConvertedFile[] = []
  for (const [file, own] of assignFiles(paths, format, out)) {
    const started = performance.now()
    const temporaryFolder = `${file}.part`
    try {
      const made = await writeVectorFormat({
        paths: own,
        format,
        schema,
        out: file,
        temporaryFolder,
        keepCrs,
        zooms,
        software,
      })
      files.push({ path: file, ...made, timeMs: Math.round(performance.now() - started) })
    } finally {
      await rm(temporaryFolder, { recursive: true, force: true })
    }
  }
  return { format, files }
}

/** Each file to write, with its layers. */
const assignFiles = (
  paths: readonly string[],
  format: VectorFormat,
  out: string,
): [file: string, paths: string[]][] => {
  if (holdsLayers(format)) return [[out, [...paths]]]
  const isFile = extname(out) === `.${format}`
  const [only, ...others] = paths
  if (isFile && only !== undefined && others.length === 0) return [[out, [only]]]
  if (isFile) {
    const text = `${paths.length} layers do not fit in one ${format} file. Give a folder, or choose one layer with --layer.`
    throw optionError("--out", text)
  }
  return paths.map((path) => [join(out, `${basename(path, ".fgb")}.${format}`), [path]])
}

/** False for a layer without features; true also for one that cannot be opened. */
const hasFeatures = async (path: string): Promise<boolean> => {
  const bytes = await openBytes(path)
  try {
    return (await openFlatGeobufHead(bytes, path)).featuresAt < bytes.size
  } catch {
    return true
  } finally {
    await bytes.close()
  }
}

const layerPaths = async (input: string, names: readonly string[] | undefined): Promise<string[]> => {
  const found = await stat(input).catch(() => undefined)
  if (found === undefined) throw await notAnOutput(input)
  if (!found.isDirectory()) {
    if (names === undefined) return [input]
    throw optionError("--layer", `${input} is a file of one layer. Leave --layer out.`)
  }
  for (const folder of [join(input, "vector"), input]) {
    const files = (await readdir(folder).catch(() => [] as string[])).filter((name) => name.endsWith(".fgb")).sort()
    if (files.length === 0) continue
    const known = files.map((name) => basename(name, ".fgb"))
    for (const name of names ?? []) {
      if (!known.includes(name)) throw unknownName("layer", name, known, "--layer")
    }
    const all = files.map((name) => join(folder, name))
    if (names !== undefined) return all.filter((_, i) => names.includes(known[i] ?? ""))
    const filled = await Promise.all(all.map(hasFeatures))
    return filled.includes(true) ? all.filter((_, i) => filled[i]) : all
  }
  await requireStoredJob(input)
  const text = `${input}: no vector layers (vector/*.fgb). Run its job with --add --products vector.`
  throw new EngineError("E_INPUT", text, { file: input })
}
