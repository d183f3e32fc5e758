import { usageError } from "../core/parse-values.js"

/** What the plan says that a task costs is right within a small factor; no machine is slower by so much. */
const factor = 50
/** Seconds below which no task is a runaway, however little it was said to cost. */
const floorSeconds = 3600
/** Most seconds that can be asked for: a year. */
const mostSeconds = 366 * 86_400

/** Seconds of a processor after which a task has run away: those that the user gave, else 50 times its estimate, an hour at least; undefined where none is a runaway (0 was given). */
export const taskTimeout = (given: number | undefined, costCoreSeconds: number): number | undefined => {
  if (given !== undefined) return given === 0 ? undefined : given
  return Math.max(floorSeconds, factor * costCoreSeconds)
}

/** Checks seconds that were given. Throws E_USAGE. */
export const parseTaskTimeout = (seconds: number): number => {
  if (Number.isFinite(seconds) && seconds >= 0 && seconds <= mostSeconds) return seconds
  const remedy = "Leave it out for 50 times what a task is estimated at, an hour at least; 0 is no limit."
  throw usageError("--task-timeout", String(seconds), `seconds of a processor from 0 to ${mostSeconds}`, remedy)
}
