/** Reads the limits of départements, which choose tiles or bound vector objects. */
import { flattenRings, planRingsOf } from "../core/feature-table.js"
import { sha256 } from "../core/hash.js"
import { codeForm, normalCode } from "../core/parse-values.js"
import { EngineError } from "../errors.js"
import type { Area } from "../formats/vector/area.js"
import type { Column, Features } from "../kernel.js"
import { projectArea } from "./area.js"
import { nearestNames } from "./check-options.js"
import type { Job } from "./job.js"

/** The départements of a job, in its CRS. */
export interface Limits {
  readonly codes: readonly string[]
  readonly area: Area
  /** SHA-256 of codes and vertices. */
  readonly identity: string
}

/** Accepted names of the code column, in order of preference; case is ignored. */
const codeColumns = ["insee_dep", "code_insee", "code_dept", "code_dep", "code_departement", "dep", "code"]

/**
 * Reads polygons of départements from a file of limits (FlatGeobuf, GeoJSON; others through GDAL),
 * in the job's CRS. {@link projectArea} projects their edges. Codes are read from the first of
 * {@link codeColumns} that has any; numbers count as texts. All polygons of a code are taken.
 *
 * @throws EngineError E_INPUT for an unreadable file, one without such a column, or an unknown CRS
 * @throws EngineError E_USAGE for a code that is not in the file, with the nearest ones
 */
export const readLimits = async (path: string, codes: readonly string[], epsg: number): Promise<Limits> => {
  const { readFeatures } = await import("../formats/vector/read-features.js")
  const { features, epsg: from } = await readFeatures(path, "Polygon")
  const found = readCodes(features, path)
  const known = [...new Set(found)].filter((code) => codeForm.test(code)).sort()
  for (const code of codes) if (!known.includes(code)) throw unknownCode(code, known, path)
  const wanted = new Set(codes)
  const rings = found.flatMap((code, f) => (wanted.has(code) ? [planRingsOf(features, f)] : []))
  const area = projectArea({ rings }, from, epsg, { file: path, option: "limits" })
  return { codes, area, identity: identityOf(codes, area) }
}

/**
 * Returns the départements that bound vector objects: the job's, and those of earlier runs in its
 * folder.
 */
export const boundingLimits = async (
  job: Pick<Job, "limits">,
  asked: Limits | undefined,
  codes: readonly string[] | undefined,
  epsg: number,
): Promise<Limits | undefined> => {
  if (asked === undefined || codes === undefined || codes.length === asked.codes.length) return asked
  return codes.length === 0 || job.limits === undefined ? undefined : readLimits(job.limits, codes, epsg)
}

const readCodes = ({ columns }: Features, path: string): string[] => {
  for (const name of codeColumns) {
    for (const [own, column] of Object.entries(columns)) {
      if (own.toLowerCase() !== name) continue
      const values = textsOf(column)
      if (values.some((value) => codeForm.test(value))) return values
    }
  }
  const there = Object.keys(columns).join(", ") || "none"
  const text = `${path}: no column with codes of départements (columns: ${there}). Name that column "code", or ${codeColumns.slice(1).join(" or ")}.`
  throw new EngineError("E_INPUT", text, { file: path, option: "limits" })
}

const textsOf = (column: Column): string[] => Array.from<string | number, string>(column.values, normalCode)

const unknownCode = (code: string, known: readonly string[], path: string): EngineError => {
  const near = nearestNames(code, known)
  const overseas = /^9[78]/.test(code) && !known.some((one) => /^9[78]/.test(one))
  const remedy = overseas
    ? `It has no overseas département: give a file with ${code} as --limits.`
    : near.length > 0
      ? `Did you mean ${near.map((one) => `"${one}"`).join(" or ")}?`
      : `Known: ${known.join(", ")}.`
  return new EngineError("E_USAGE", `--departement: unknown département "${code}" in ${path}. ${remedy}`, {
    file: path,
    option: "--departement",
  })
}

const identityOf = (codes: readonly string[], { rings }: Area): string => {
  const parts = rings.map((polygon) => polygon.map((ring) => sha256(new Uint8Array(ring.buffer))).join(" "))
  return sha256([codes.join(","), ...parts].join("\n"))
}

/** Returns the limits as features, to be stored beside the job. */
export const limitFeatures = ({ area }: Limits): Features => {
  const ids = area.rings.map((_, p) => String(p))
  return { geometry: "Polygon", ...flattenRings(area.rings), ids, columns: {} }
}
