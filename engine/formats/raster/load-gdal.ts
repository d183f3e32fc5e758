/**
 * Loads the optional package gdal-async, and declares the part of its API that maille uses.
 * See docs/decisions/25-dependencies.md.
 */
import { isMainThread } from "node:worker_threads"
import { EngineError } from "../../errors.js"

// gdal-async is an optional peer dependency. Its types may be absent at compile time, so they are
// declared here.

/** A band of a GDAL dataset, or an overview of a band. */
export interface GdalBand {
  readonly size: { readonly x: number; readonly y: number }
  readonly dataType: string | null
  readonly noDataValue: number | null
  readonly colorInterpretation: string | null
  readonly overviews: { map<T>(call: (overview: GdalBand, index: number) => T): T[] }
  readonly pixels: {
    get(x: number, y: number): number
    read(x: number, y: number, width: number, height: number): ArrayLike<number>
    readAsync(x: number, y: number, width: number, height: number): Promise<ArrayLike<number>>
  }
}

/** A layer of features; `toObject` of a geometry gives GeoJSON. */
interface GdalLayer {
  readonly srs: { toWKT(): string } | null
  readonly features: {
    count(): number
    forEach(
      call: (feature: {
        readonly fid: number
        readonly fields: { toObject(): Readonly<Record<string, unknown>> }
        getGeometry(): { toObject(): object } | null
      }) => void,
    ): void
  }
}

/** A GDAL dataset. */
export interface GdalDataset {
  readonly layers: {
    count(): number
    get(index: number): GdalLayer
  }
  readonly rasterSize: { readonly x: number; readonly y: number } | null
  readonly geoTransform: number[] | null
  readonly srs: { toWKT(): string } | null
  readonly bands: { count(): number; get(id: number): GdalBand }
  getFileList(): string[]
  getMetadata(domain?: string): unknown
  close(): void
}

/** A GDAL driver: it opens only files of its own format. */
interface GdalDriver {
  openAsync(path: string, mode: "r"): Promise<GdalDataset>
  open(path: string, mode: "r", options: Readonly<Record<string, string>>): GdalDataset
}

/** The part of gdal-async that maille uses. */
export interface Gdal {
  readonly version: string
  open(path: string): GdalDataset
  readonly drivers: { get(name: string): GdalDriver | null }
  readonly config: { get(name: string): string | null; set(name: string, value: string | null): void }
}

/**
 * Set to `1` in the environment, it makes a process and its children accept every VRT. See
 * `check-vrt.ts`.
 */
export const trustVrtVariable = "MAILLE_TRUST_VRT"

let loading: Promise<Gdal | undefined> | undefined
/** Why an installed gdal-async fails to load. */
let failure: string | undefined

/**
 * Loads GDAL at the first call. Returns undefined if the optional package `gdal-async` is not
 * installed or fails to load. Only one thread of a process can load it: the main one.
 *
 * @throws EngineError `E_INTERNAL` in any other thread
 */
export const loadGdal = (): Promise<Gdal | undefined> => {
  if (!isMainThread) {
    throw new EngineError("E_INTERNAL", "GDAL can be loaded on the main thread only")
  }
  const name = "gdal-async" // a variable: the compiler must not look for the package
  loading ??= (import(name) as Promise<{ default: Gdal }>).then(
    (module) => module.default,
    (cause: NodeJS.ErrnoException) => {
      if (cause.code !== "ERR_MODULE_NOT_FOUND") failure = cause.message.split("\n", 1)[0]
      return undefined
    },
  )
  return loading
}

/** The remedy when GDAL is absent. */
export const GDAL_REMEDY = "needs GDAL. To install it: maille gdal --install"

/** Why an installed gdal-async fails to load; undefined if it is absent. */
export const gdalFailure = (): string | undefined => failure

/** Otherwise GDAL fetches the schema that a GML names, and writes its own beside the file. */
const withoutSchema = { WRITE_GFS: "NO", DOWNLOAD_SCHEMA: "NO" }

/**
 * Opens a file with the first of the given drivers that accepts it. GDAL's full list is unsafe:
 * many drivers read other files or addresses.
 *
 * @throws Error with GDAL's message if no driver accepts the file
 */
export const openWith = async (gdal: Gdal, path: string, drivers: readonly string[]): Promise<GdalDataset> => {
  let found = ""
  for (const name of drivers) {
    try {
      const driver = gdal.drivers.get(name)
      // gdal-async 3.12 passes open options only in the synchronous call.
      const dataset = name === "GML" ? driver?.open(path, "r", withoutSchema) : await driver?.openAsync(path, "r")
      if (dataset !== undefined) return dataset
    } catch (error) {
      // A driver reports no message for a file of another format.
      found ||= error instanceof Error ? error.message : String(error)
    }
  }
  throw new Error(found || "not a format that maille reads through GDAL")
}

/**
 * Calls {@link loadGdal}, for files that only GDAL reads.
 *
 * @throws EngineError `E_INPUT` saying what to install
 */
export const requireGdal = async (path: string): Promise<Gdal> => {
  const gdal = await loadGdal()
  const reason = failure === undefined ? "" : ` The installed gdal-async does not load: ${failure}`
  if (!gdal) throw new EngineError("E_INPUT", `${path}: ${GDAL_REMEDY}.${reason}`, { file: path })
  return gdal
}
