/** Lists the products with fixed names: a run must never overwrite a user's file of that name. */
import { isThere } from "../core/files/atomic-write.js"
import { joinInside } from "../core/files/join-inside.js"
import { optionError } from "../core/parse-values.js"
import { layout } from "../job/layout.js"
import { holdsLayers } from "../job/vector-formats.js"
import type { JournalState } from "../journal/journal.js"
import { pathsOfEnds } from "../journal/known-products.js"
import { type Port, portNames } from "../kernel.js"
import type { Plan } from "./plan.js"

/** Returns the products of a plan that have fixed names and span tiles. */
export const fixedNames = (plan: Plan): string[] => {
  const { job, context, kernels, colours } = plan
  const published = new Set(context.chains.publish)
  const named = (kind: Port["kind"]): string[] => [
    ...new Set(kernels.flatMap(({ kernel }) => portNames(kernel.outputs, kind)).filter((name) => published.has(name))),
  ]
  const layers = named("features")
  return [
    ...(published.has("mesh") ? [layout.tileset] : []),
    ...named("raster").map(layout.mosaic),
    ...layers.map(layout.layer),
    ...job.vectorFormats.flatMap((format) =>
      holdsLayers(format) ? [layout.layersAs(format)] : layers.map((name) => layout.layerAs(name, format)),
    ),
    ...(layers.length > 0 ? [layout.solids] : []),
    ...(job.keepPoints === undefined ? [] : [layout.points]),
    ...(colours === undefined ? [] : [layout.colours]),
    ...(job.pack ? [layout.tilesetPack] : []),
  ]
}

/**
 * Returns the names of {@link fixedNames} that the journal does not list yet. The caller journals
 * them before it writes the files.
 *
 * @throws EngineError E_USAGE if maille did not write an existing file of that name
 */
export const newNames = async (plan: Plan, { ends, overall }: JournalState): Promise<string[]> => {
  const { out } = plan.job
  const open = new Set(fixedNames(plan))
  for (const path of overall) open.delete(path)
  for (const path of pathsOfEnds(ends.values())) open.delete(path)
  const names = [...open]
  for (const path of names) {
    // Planning writes the corrections before there is a journal.
    if (path === layout.colours || !(await isThere(joinInside(out, path)))) continue
    const remedy = "Move it to another folder, or choose another --out."
    throw optionError("--out", `${joinInside(out, path)} is in the way: maille did not write it. ${remedy}`)
  }
  return names
}
