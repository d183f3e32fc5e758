/** Parses the choice of départements for a projection. */
import { usageError } from "../../../engine/core/parse-values.js"
import { DEPARTMENTS, type Department } from "./departments.js"

/**
 * Four départements that differ as much as possible: each has another kind of ground as its
 * largest.
 */
export const PILOTS = ["94", "28", "40", "73"]

/** Départements, and how they were chosen. */
export interface Choice {
  readonly departments: readonly Department[]
  readonly kind: "pilots" | "all" | "codes"
}

/**
 * Parses `34,67,44,974` (in that order, each once), `4` (four pilots) or `all`. A single digit is
 * never a code: codes have two or three characters.
 *
 * @throws EngineError E_USAGE for an unknown code; it lists the known ones
 */
export const chooseDepartments = (text: string): Choice => {
  const wanted = text.trim().toLowerCase()
  if (wanted === "all") return { departments: DEPARTMENTS, kind: "all" }
  if (wanted === "4") return { departments: PILOTS.map(byCode), kind: "pilots" }
  const codes = text.split(",").map((code) => code.trim().toUpperCase())
  return { departments: [...new Set(codes)].map(byCode), kind: "codes" }
}

const byCode = (code: string): Department => {
  const found = DEPARTMENTS.find((department) => department.code === code)
  if (found !== undefined) return found
  const expected = `codes of départements (${DEPARTMENTS.map((department) => department.code).join(" ")}), 4 or all`
  const remedy = "4 takes four pilots of contrast, all the country. Example: --departements 34,67,44,974."
  throw usageError("--departements", `"${code}"`, expected, remedy)
}
