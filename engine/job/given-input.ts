import { usageError } from "../core/parse-values.js"
import type { Job, JobInput } from "./job.js"
import { existingPath } from "./job-paths.js"
import { parseCodes } from "./limits.js"

/** Départements and the file of their limits, with an absolute path: they need limits, and limits change nothing without them. Throws E_USAGE and E_INPUT. */
export const limitsInput = async (
  folder: string,
  { departement, limits }: JobInput,
): Promise<Pick<Job, "departement" | "limits">> => {
  if (departement === undefined && limits === undefined) return {}
  if (departement === undefined)
    throw usageError("--limits", limits ?? "", "--departement beside it", "Name départements: --departement 34,67.")
  const codes = parseCodes(departement, "--departement")
  if (limits === undefined) {
    const remedy =
      "Give --limits FILE: polygons of départements with their codes, FlatGeobuf or GeoJSON (such as DEPARTEMENT of ADMIN EXPRESS)."
    throw usageError("--departement", `${codes.join(",")} without --limits`, "a file of their limits", remedy)
  }
  return { departement: codes, limits: await existingPath(folder, limits, "--limits") }
}

/** Files of features that the user gives, with absolute paths. Throws E_INPUT for one that is missing. */
export const featuresInput = async (
  folder: string,
  { footprints, breaklines }: JobInput,
): Promise<Pick<Job, "footprints" | "breaklines">> => ({
  ...(footprints === undefined ? {} : { footprints: await existingPath(folder, footprints, "--footprints") }),
  ...(breaklines === undefined ? {} : { breaklines: await existingPath(folder, breaklines, "--breaklines") }),
})
