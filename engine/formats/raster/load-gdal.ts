import { isMainThread } from "node:worker_threads"
import { EngineError } from "../../errors.js"

// gdal-async is an optional dependency: its own types may be absent where this is compiled, hence the part that is used.

/** A band of a GDAL dataset, or an overview of one. */
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
export interface GdalLayer {
  readonly srs: { toWKT(): string } | null
  readonly features: {
    forEach(
      call: (feature: {
        readonly fid: number
        readonly fields: { toObject(): Readonly<Record<string, unknown>> }
        getGeometry(): { toObject(): object } | null
      }) => void,
    ): void
  }
}

/** A GDAL dataset opened for reading. */
export interface GdalDataset {
  readonly layers: { count(): number; get(index: number): GdalLayer }
  readonly rasterSize: { readonly x: number; readonly y: number } | null
  readonly geoTransform: number[] | null
  readonly srs: { toWKT(): string } | null
  readonly bands: { count(): number; get(id: number): GdalBand }
  readonly description: string
  getFileList(): string[]
  getMetadata(domain?: string): unknown
  close(): void
}

/** The part of gdal-async that maille uses. */
export interface Gdal {
  open(path: string): GdalDataset
  openAsync(path: string): Promise<GdalDataset>
}

let loading: Promise<Gdal | undefined> | undefined

/**
 * GDAL, loaded at the first call, or undefined where the optional package `gdal-async` is not installed or does not
 * load. One thread of a process only can load it: the main one.
 *
 * @throws EngineError `E_INTERNAL` in any other thread
 */
export const loadGdal = (): Promise<Gdal | undefined> => {
  if (!isMainThread) {
    throw new EngineError("E_INTERNAL", "GDAL was asked for in a worker; only the main thread can load it")
  }
  const name = "gdal-async" // a variable: the compiler must not look for the package
  loading ??= (import(name) as Promise<{ default: Gdal }>).then(
    (module) => module.default,
    () => undefined,
  )
  return loading
}

/** What to do where GDAL is needed and absent. */
export const GDAL_REMEDY =
  "needs GDAL: install the optional package with `npm install gdal-async`, or write it in a format that needs none (images: GeoTIFF, with gdal_translate; features: FlatGeobuf, with ogr2ogr)"

/** {@link loadGdal} where there is no other way. @throws EngineError `E_INPUT` saying what to install */
export const requireGdal = async (path: string): Promise<Gdal> => {
  const gdal = await loadGdal()
  if (!gdal) throw new EngineError("E_INPUT", `${path}: ${GDAL_REMEDY}.`, { file: path })
  return gdal
}
