/** Reprojects point records to a metric CRS while a file is copied. */
import { EngineError } from "../../errors.js"
import { type Crs, type CrsDescription, crsByEpsg } from "../../grid/crs.js"
import { type FastProject, fastProjection, type Project } from "../../grid/fast-projection.js"
import { betweenCrs, type SourceCrs, sourceCrs } from "../../grid/source-crs.js"
import type { RecordSpec } from "../las/write/record-spec.js"
import type { PointFileInfo } from "./point-file.js"
import type { Upgrade } from "./upgrade-records.js"

/** Extent of records: `[minX, minY, minZ, maxX, maxY, maxZ]`. */
export type Extent = readonly [number, number, number, number, number, number]

/** The transformation of a file's coordinates to another CRS. */
export interface Reprojection {
  readonly source: SourceCrs
  readonly target: Crs
  readonly project: Project
  readonly notes: readonly string[]
}

/** Records in the new CRS. */
export interface Reprojected extends Upgrade {
  /** Around all points; up to a metre wider. */
  readonly box: Extent
}

/** A file whose points are to be reprojected. */
type Source = Pick<PointFileInfo, "path" | "crs" | "box" | "zRange">

/**
 * Finds the transformation of a file's points; undefined where they are in the target already, with
 * heights in metres. Heights get the unit metre and keep their datum.
 *
 * @param stated code for a file without a usable CRS; it also replaces a wrong one
 * @throws EngineError `E_INPUT` if source or target is unknown, or metres are stated as degrees
 */
export const planReprojection = (file: Source, stated: number | undefined, to: number): Reprojection | undefined => {
  const target = crsByEpsg(to)
  const source = findSource(file, stated)
  const isMetric = source.kind === "projected" && source.unit === 1 && source.heightUnit === 1
  if (source.epsg === to && isMetric) return undefined
  checkDegrees(file, source)
  const project = betweenCrs(source, to)
  return { source, target, project, notes: noteChanges(file, source, target, stated, project) }
}

const findSource = ({ path, crs }: Source, stated: number | undefined): SourceCrs => {
  // A stated code replaces the file's horizontal CRS, not the unit of its heights.
  const { heightUnit } = crs
  const external: CrsDescription | undefined =
    stated === undefined
      ? undefined
      : { epsg: stated, name: "", unit: "unknown", from: "none", ...(heightUnit === undefined ? {} : { heightUnit }) }
  try {
    return sourceCrs(external ?? crs)
  } catch (cause) {
    if (!(cause instanceof EngineError)) throw cause
    throw new EngineError("E_INPUT", `${path}: ${cause.message}`, { file: path }, cause)
  }
}

const nameOf = ({ epsg, name }: SourceCrs): string => (epsg === undefined ? `"${name}"` : `EPSG:${epsg}`)

const checkDegrees = ({ path, box }: Source, source: SourceCrs): void => {
  if (source.kind !== "geographic") return
  if (box[0] >= -180 && box[2] <= 180 && box[1] >= -90 && box[3] <= 90) return
  const found = `${nameOf(source)} is in degrees, but the coordinates are not: [${box.join(", ")}]`
  throw new EngineError("E_INPUT", `${path}: ${found}. State the CRS of the points with --crs EPSG:n.`, { file: path })
}

const noteChanges = (
  { crs, box }: Source,
  source: SourceCrs,
  target: Crs,
  stated: number | undefined,
  project: Project,
): string[] => {
  const [x, y] = project((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
  const { area } = target
  const inside = x >= area[0] && x <= area[2] && y >= area[1] && y <= area[3]
  const [lon, lat] = source.toGeographic((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
  return [
    stated !== undefined && crs.from !== "none" && crs.epsg !== stated
      ? `it states ${crs.epsg === undefined ? `"${crs.name}"` : `EPSG:${crs.epsg}`}; read as EPSG:${stated}, as --crs says`
      : "",
    source.heightUnit === 1
      ? ""
      : `heights: ${Number(source.heightUnit.toPrecision(9))} m a unit${crs.heightUnit === undefined ? ", like x and y" : ""}; they are in metres now`,
    inside
      ? ""
      : `outside the area of EPSG:${target.epsg} (${target.name}): longitude ${lon.toFixed(2)}, latitude ${lat.toFixed(2)}. Check --to and --crs`,
  ].filter((note) => note !== "")
}

/** Metres a degree, at most. */
const DEGREE = 111_320
/** Longest side of a cell of the fast projection. */
const CELL_METRES = 1024
const CELL_DEGREES = 1 / 128
const COARSEST = 0.001
/** Stored integers are at most this far from the offset: half of what 32 bits allow. */
const MOST_STEPS = 2 ** 30
/** Margin of the box around all points, metres. */
const MARGIN = 1

/**
 * Reprojects the records of an upgraded file. Every coordinate is within 1 mm of proj4's: steps are
 * 1 mm, or finer where the source's are. Offsets are whole kilometres, so that points of several
 * files fall on one raster.
 *
 * @throws EngineError `E_INPUT` from `convert` for a point without a place in the target
 */
export const reprojectRecords = (upgrade: Upgrade, file: Source, reprojection: Reprojection): Reprojected => {
  const { source, target, project } = reprojection
  const box = boxIn(project, file, source.heightUnit)
  const unit = source.kind === "geographic" ? DEGREE : source.unit
  const [sx, sy, sz] = upgrade.spec.scale
  const across = chooseStep(Math.min(sx, sy) * unit, Math.max(box[3] - box[0], box[4] - box[1]))
  const scale = [
    across,
    across,
    chooseStep(sz * source.heightUnit, Math.max(Math.abs(box[2]), Math.abs(box[5]))),
  ] as const
  const km = (value: number): number => Math.floor(value / 1000) * 1000
  const spec: RecordSpec = { ...upgrade.spec, scale, offset: [km(box[0]), km(box[1]), 0] }
  const side = source.kind === "geographic" ? CELL_DEGREES : CELL_METRES / source.unit
  const move = mover(upgrade.spec, spec, fastProjection(project, side), source.heightUnit)
  const fail = (x: number, y: number): EngineError => {
    const text = `${file.path}: a point at ${x}, ${y} of ${nameOf(source)} has no place in EPSG:${target.epsg}`
    return new EngineError("E_INPUT", `${text}. Check --to and --crs.`, { file: file.path })
  }
  return {
    spec,
    box,
    notes: [...upgrade.notes, ...reprojection.notes],
    convert: (block) => {
      const converted = upgrade.convert(block)
      move(converted.bytes, converted.count, fail)
      return converted
    },
  }
}

/**
 * A power of ten, 1 mm at most. It is no coarser than a step of the source unless 32 bits are too
 * few.
 */
const chooseStep = (metres: number, reach: number): number => {
  let exponent = Math.floor(Math.log10(Math.min(COARSEST, metres)) + 1e-9)
  while (exponent < -3 && reach / 10 ** exponent > MOST_STEPS) exponent++
  // A quotient of whole numbers: 10 ** -3 is not exactly 0.001.
  return 1 / 10 ** -exponent
}

/** Samples along a side of a box. */
const SAMPLES = 64

/** Box around a projected box, by its sides. */
const boxIn = (project: Project, { box, zRange }: Source, heightUnit: number): Extent => {
  let [minX, minY, maxX, maxY] = [Infinity, Infinity, -Infinity, -Infinity]
  const add = ([x, y]: readonly [number, number]): void => {
    minX = Math.min(minX, x)
    minY = Math.min(minY, y)
    maxX = Math.max(maxX, x)
    maxY = Math.max(maxY, y)
  }
  for (let i = 0; i <= SAMPLES; i++) {
    const x = box[0] + ((box[2] - box[0]) * i) / SAMPLES
    const y = box[1] + ((box[3] - box[1]) * i) / SAMPLES
    for (const side of [box[1], box[3]]) add(project(x, side))
    for (const side of [box[0], box[2]]) add(project(side, y))
  }
  const heights = [zRange[0] * heightUnit, zRange[1] * heightUnit] as const
  return [minX - MARGIN, minY - MARGIN, heights[0], maxX + MARGIN, maxY + MARGIN, heights[1]]
}

/** Records moved together, few enough for the cache. */
const PART = 4096

/** Rewrites the coordinates of records in place; `fail` makes the error for an impossible place. */
const mover = (
  { scale: [ax, ay, az], offset: [bx, by, bz], recordLength }: RecordSpec,
  { scale: [cx, cy, cz], offset: [dx, dy, dz] }: RecordSpec,
  project: FastProject,
  heightUnit: number,
) => {
  const xs = new Float64Array(PART)
  const ys = new Float64Array(PART)
  return (bytes: Uint8Array, count: number, fail: (x: number, y: number) => EngineError): void => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    for (let first = 0; first < count; first += PART) {
      const n = Math.min(PART, count - first)
      const begin = first * recordLength
      for (let i = 0, at = begin; i < n; i++, at += recordLength) {
        xs[i] = view.getInt32(at, true) * ax + bx
        ys[i] = view.getInt32(at + 4, true) * ay + by
      }
      project(xs, ys, n)
      for (let i = 0, at = begin; i < n; i++, at += recordLength) {
        const z = view.getInt32(at + 8, true) * az + bz
        // `Math.round` branches on the fraction, which no processor predicts: 5 ns each.
        const px = Math.floor((xs[i]! - dx) / cx + 0.5)
        const py = Math.floor((ys[i]! - dy) / cy + 0.5)
        const pz = Math.floor((z * heightUnit - dz) / cz + 0.5)
        // Also true of a place that is not a number.
        if (px !== (px | 0) || py !== (py | 0) || pz !== (pz | 0)) {
          throw fail(view.getInt32(at, true) * ax + bx, view.getInt32(at + 4, true) * ay + by)
        }
        view.setInt32(at, px, true)
        view.setInt32(at + 4, py, true)
        view.setInt32(at + 8, pz, true)
      }
    }
  }
}
