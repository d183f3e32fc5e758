/** The task that decodes a part of a LAS or LAZ source into a bucket file. */
import { mkdir, rename, stat } from "node:fs/promises"
import { dirname, join } from "node:path"
import { assertLocked, temporaryName } from "../core/files/atomic-write.js"
import { EngineError } from "../errors.js"
import { writeBuckets } from "../formats/buckets/write-buckets.js"
import { ReadNotes } from "../io/noted-reads.js"
import { layout } from "../job/layout.js"
import type { Kernel } from "../kernel.js"
import { asksPresence, pointAttributes, pointClasses, pointExtra } from "../plan/chains/chain.js"
import type { TaskMessage, WorkContext } from "../plan/context.js"
import { countClasses, countLeftOut, openPlanned } from "./points/gather-sources.js"
import type { TaskWork } from "./task-result.js"
import type { WorkerState } from "./worker-state.js"

/**
 * Upper bounds of the points by class: tiles may take unclassified ones as vegetation or buildings.
 */
const mostByClass = (
  counts: Readonly<Record<number, number>>,
  { fromUnclassified }: WorkContext,
): Readonly<Record<number, number>> => {
  if (fromUnclassified === undefined) return counts
  const open = (counts[0] ?? 0) + (counts[1] ?? 0)
  const further = [...(fromUnclassified.vegetation ? [5] : []), ...(fromUnclassified.buildings ? [6] : [])]
  return { ...counts, ...Object.fromEntries(further.map((code) => [code, (counts[code] ?? 0) + open])) }
}

/**
 * Decodes a part of a plain LAS or LAZ source into a bucket file, from which each tile reads only
 * its own part. The file has the columns and classes that some kernel of the job asks for.
 */
export const runSourceTask = async (state: WorkerState, message: TaskMessage): Promise<TaskWork> => {
  const { out, sources } = state.context
  const source = sources[message.sources[0] ?? -1]
  const { part } = message
  if (source === undefined || part === undefined)
    throw new EngineError("E_INTERNAL", `source task ${message.key} has no part`)
  const path = layout.bucketFile(source.identity, part.index)
  const bucketFile = join(out, path)
  const temporary = join(out, layout.temporary, temporaryName(bucketFile))
  assertLocked(bucketFile)
  await mkdir(dirname(temporary), { recursive: true })
  await mkdir(dirname(bucketFile), { recursive: true })
  const notes = new ReadNotes()
  const file = await openPlanned(state.context, source, notes)
  try {
    const kernelOf = (id: string): Kernel | undefined => state.kernels.get(id)
    const attributes = pointAttributes(state.context, kernelOf)
    const extra = pointExtra(state.context.chains, kernelOf)
    const classes = pointClasses(state.context, kernelOf)
    const { tile, model } = state.context.chains
    const presence = asksPresence([...tile, ...model], kernelOf)
    const { points, classes: counts } = await state.clock.during("read", () =>
      writeBuckets(file, temporary, { part, attributes, extra, classes, presence }),
    )
    await file.verify()
    // No fsync: a bucket file is no product. One that a power cut damaged is recognised by its
    // footer and made again.
    assertLocked(bucketFile)
    await rename(temporary, bucketFile)
    const { size } = await stat(bucketFile)
    const files = [{ path, sha256: "", sizeBytes: size }]
    const byClass = Array.from({ length: 256 }, (_, code) => counts[code] ?? 0)
    const metrics = { ...countLeftOut([file]), ...countClasses(byClass) }
    const read = source.stamp === undefined ? {} : { read: [{ identity: source.identity, ranges: notes.reads }] }
    return { outcome: "done", points, files, classes: mostByClass(counts, state.context), ...read, metrics }
  } finally {
    await file.close()
  }
}
