import { stat } from "node:fs/promises"
import { joinInside } from "../core/files/join-inside.js"
import { usageError } from "../core/parse-values.js"
import { holdsLayers } from "../job/vector-formats.js"
import { layout } from "../job/layout.js"
import { type JournalState, readJournal } from "../journal/journal.js"
import type { EndRecord } from "../journal/journal-record.js"
import { withShardEnds } from "../journal/shard-journals.js"
import type { Plan } from "./plan.js"

/** The files that ends of tasks tell of, products and others; packs whole, once for each file in them. */
export function* pathsOfEnds(ends: Iterable<EndRecord>): Generator<string> {
  for (const end of ends)
    for (const one of end.former === undefined ? [end] : [end, end.former])
      for (const { path, packed } of one.files) yield packed?.pack ?? path
}

/** The product files that maille wrote in an output folder, by its journals; relative paths, packs whole. Others are not maille's. */
export const readKnownProducts = async (out: string): Promise<ReadonlySet<string>> => {
  const { ends, overall } = await withShardEnds(out, await readJournal(out), true)
  const known = new Set(overall)
  for (const path of pathsOfEnds(ends.values())) if (!path.startsWith(`${layout.work}/`)) known.add(path)
  return known
}

/** Products of a plan that no single tile makes, and that have fixed names. */
export const fixedNames = (plan: Plan): string[] => {
  const { job, context, kernels, colours } = plan
  const published = new Set(context.chains.publish)
  const ports = kernels.flatMap(({ kernel }) => Object.entries(kernel.outputs))
  const named = (kind: string): string[] => [
    ...new Set(ports.flatMap(([name, port]) => (port.kind === kind && published.has(name) ? [name] : []))),
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
 * The names of {@link fixedNames} that the journal does not tell of yet, to be noted before they are written.
 *
 * @throws EngineError E_USAGE where a file of that name lies there that maille did not write
 */
export const newNames = async (plan: Plan, { ends, overall }: JournalState): Promise<string[]> => {
  const { out } = plan.job
  const own = await readJournal(out)
  // A folder of a maille that did not note them.
  const isOld = own.ends.size > 0 && own.overall.length === 0
  const open = new Set(fixedNames(plan))
  for (const path of overall) open.delete(path)
  for (const path of pathsOfEnds(ends.values())) open.delete(path)
  const names = [...open]
  for (const path of names) {
    // The films of a plan are written before any journal.
    if (isOld || path === layout.colours || (await stat(joinInside(out, path)).catch(() => undefined)) === undefined)
      continue
    const remedy = "Move it to another folder, or choose another --out."
    throw usageError("--out", `${joinInside(out, path)}, which maille did not write`, "no file of this name", remedy)
  }
  return names
}
