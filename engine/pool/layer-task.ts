import { findInside } from "../core/join-inside.js"
import type { TaskMessage } from "../job/context.js"
import { layout } from "../job/layout.js"
import { mergeLayer } from "./merge-layer.js"
import { Output } from "./output.js"
import { provenance } from "./provenance.js"
import type { TaskWork } from "./task-result.js"
import { readTileList } from "./tile-list.js"
import type { PeakMemory, WorkerState } from "./worker-state.js"

/** One vector layer of the job: what tiles completed alone, and what a kernel of scope "job" joined across them. */
export const runLayerTask = async (state: WorkerState, message: TaskMessage, memory: PeakMemory): Promise<TaskWork> => {
  const { context } = state
  const { files, places } = await readTileList(message)
  if (files.length === 0) return { outcome: "skipped", reason: "no tile was made", points: 0, files: [] }
  const output = new Output(context.out, state.clock)
  const { codes } = context.limit ?? {}
  const metadata = {
    ...provenance(context, message.key, message.time),
    ...(codes === undefined ? {} : { departement: codes.join(",") }),
  }
  const facts = { name: message.key, epsg: context.epsg, metadata }
  const paths = await Promise.all(files.map((path) => findInside(context.out, places?.[path] ?? path)))
  const layer = await state.clock.during("merge", () => mergeLayer(paths, facts))
  memory.sample()
  await output.writeParts(layout.layer(message.key), layer.bytes)
  return { outcome: "done", points: 0, files: output.files, metrics: { [`${message.key}.features`]: layer.count } }
}
