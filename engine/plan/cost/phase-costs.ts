import { scopeSeconds } from "./cost-model.js"
import type { JobCost, JobWork } from "./cost-types.js"

/** What squares leave to the job of the joining: a square of 10 km has about a tenth of the borders of its tiles of 1 km. */
export const joinLeftShare = 0.1

/** What of the cost of a plan's tiles one of its two phases over tiles takes. */
export const phaseShare = (
  { cost, work, phases }: { readonly cost: JobCost; readonly work: JobWork; readonly phases: readonly string[] },
  phase: string,
): number => {
  if (!phases.includes("tile") || !phases.includes("model")) return 1
  const first = scopeSeconds(cost, work, "source") + scopeSeconds(cost, work, "tile")
  const second = scopeSeconds(cost, work, "model") + scopeSeconds(cost, work, "parent")
  return (phase === "tile" ? first : second) / (first + second)
}
