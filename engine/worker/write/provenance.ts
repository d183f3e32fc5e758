/** The text fields that every product carries: attribution, date, version, options hash. */
import { acquisition } from "../../core/gps-day.js"
import { classifiedFact, type WorkContext } from "../../plan/context.js"

/**
 * Text fields of every product: attribution, acquisition date, maille's version and options hash,
 * and the kernels that classified the points.
 */
export const provenance = (
  context: WorkContext,
  title: string,
  time: readonly [number, number] | undefined,
): Record<string, string> => ({
  title,
  source: context.source,
  acquired: time === undefined ? "unknown" : acquisition(time),
  software: `maille ${context.version}`,
  options: context.optionsHash.slice(0, 16),
  ...classifiedFact(context),
})
