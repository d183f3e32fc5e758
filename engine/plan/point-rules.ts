/** Rules that turn the points of sources into those of kernels: classes, and points left out. */
import { readFile } from "node:fs/promises"
import { canonicalJson } from "../core/hash.js"
import { optionError } from "../core/parse-values.js"
import { counted } from "../core/texts.js"
import { unreadable } from "../errors.js"
import { type ClassTable, isScheme, mostClass, type PointRules } from "../formats/points/class-schemes.js"
import type { PointFileInfo } from "../formats/points/point-file.js"
import { externalInputs } from "../job/external-inputs.js"
import { externalPath, flagOf } from "../job/fields.js"
import type { Job, JobInput } from "../job/job.js"
import type { LoadedKernel } from "../job/kernels/load-kernels.js"
import { statesLidarHd } from "../spatial/attribution.js"
import type { FromUnclassified } from "./chains/chain.js"

/** Without a statement, AHN has no class for vegetation, and 3DEP none for buildings either. */
export const fromUnclassified = (
  {
    classes,
    vegetationFrom = classes === "ahn" || classes === "3dep" ? "unclassified" : "classes",
    buildingsFrom = classes === "3dep" ? "unclassified" : "classes",
  }: Pick<Job, "classes" | "vegetationFrom" | "buildingsFrom">,
  hasOutlines: boolean,
): FromUnclassified | undefined => {
  const vegetation = vegetationFrom === "unclassified"
  const buildings = buildingsFrom === "unclassified" && hasOutlines
  if (!vegetation && !buildings) return undefined
  return { ...(vegetation ? { vegetation: true } : {}), ...(buildings ? { buildings: true } : {}) }
}

/** The warning for a scheme without buildings where no outlines are given. */
export const noBuildings = (
  job: Pick<Job, "classes" | "buildingsFrom">,
  kernels: readonly LoadedKernel[],
): string[] => {
  if (job.classes !== "3dep" || job.buildingsFrom !== undefined) return []
  const outlines = externalInputs(kernels.map(({ kernel }) => kernel)).find(({ role }) => role === "footprints")
  if (outlines === undefined || externalPath(job, outlines.name) !== undefined) return []
  return [
    `3DEP has no class for buildings: none are made, and roofs count as vegetation. To fix: ${outlines.flag} FILE`,
  ]
}

/** Reads the rules that a job states. Throws E_INPUT or E_USAGE for a wrong file of classes. */
export const readPointRules = async ({
  classes,
  overlap,
}: Pick<JobInput, "classes" | "overlap">): Promise<PointRules> => ({
  ...(classes === undefined ? {} : { classes: isScheme(classes) ? classes : await readTable(classes) }),
  ...(overlap === "drop" ? { overlap } : {}),
})

const readTable = async (file: string): Promise<ClassTable> => {
  const flag = flagOf("classes")
  const text = await readFile(file, "utf8").catch((cause: unknown) => {
    throw unreadable(file, cause, flag)
  })
  const refuse = (found: string): never => {
    throw optionError(flag, `${file}: ${found}. Example: {"26": 17, "8": 2, "21": null}.`)
  }
  let table: unknown
  try {
    table = JSON.parse(text)
  } catch {
    return refuse("not JSON")
  }
  if (typeof table !== "object" || table === null || Array.isArray(table)) return refuse("not an object of classes")
  const isClass = (code: number): boolean => Number.isInteger(code) && code >= 0 && code <= mostClass
  for (const [code, to] of Object.entries(table as Record<string, unknown>)) {
    if (!/^\d{1,3}$/.test(code) || !isClass(Number(code)))
      refuse(`"${code}" is not a class; expected 0 to ${mostClass}`)
    if (to !== null && !(typeof to === "number" && isClass(to)))
      refuse(
        `class ${code} becomes ${JSON.stringify(to)}; expected a class from 0 to ${mostClass}, or null to leave it out`,
      )
  }
  return table as ClassTable
}

type Named = Pick<PointFileInfo, "name" | "systemId">

/** What the hashes of a source's tasks name of its rules; empty for those of LiDAR HD. */
export const rulesKey = ({ classes, overlap }: PointRules, { lidarHd }: { readonly lidarHd?: true }): string => {
  const scheme = classes ?? (lidarHd ? "lidarhd" : "asprs")
  return [scheme === "lidarhd" ? [] : [canonicalJson(scheme)], overlap ?? []].flat().join(" ")
}

/** The schemes of a job's sources, for the log. */
export const schemeNote = ({ classes }: PointRules, sources: readonly Named[]): string => {
  const flag = flagOf("classes")
  if (classes !== undefined) return `classes: ${isScheme(classes) ? classes : `by the file of ${flag}`}`
  const own = sources.filter(statesLidarHd).length
  const others = sources.length - own
  if (others === 0) return "classes: lidarhd"
  const mixed = own === 0 ? "" : ` for ${counted(others, "file")}, lidarhd for ${counted(own, "file")}`
  return `classes: asprs${mixed}. If that is wrong: ${flag}`
}
