/** The task that writes one vector layer from the features of tiles and of joins. */
import { findInside } from "../core/files/join-inside.js"
import { mergeLayer } from "../formats/vector/flatgeobuf/merge-layer.js"
import { layout } from "../job/layout.js"
import { verifyStored } from "../journal/read-verified.js"
import type { TaskMessage } from "../plan/context.js"
import { readTileList } from "./read-blobs.js"
import type { TaskWork } from "./task-result.js"
import type { PeakMemory } from "./thread-use.js"
import type { WorkerState } from "./worker-state.js"
import { Output, provenance } from "./write/output.js"

/** Writes one vector layer of the job from the features of tiles and those that joins merged. */
export const runLayerTask = async (state: WorkerState, message: TaskMessage, memory: PeakMemory): Promise<TaskWork> => {
  const { context } = state
  const { files } = await readTileList(message)
  if (files.length === 0) return { outcome: "skipped", reason: "no tile was made", points: 0, files: [] }
  const output = new Output(context.out, state.clock)
  const { codes } = context.limit ?? {}
  const metadata = {
    ...provenance(context, `product ${message.key}`, message.key, message.time),
    ...(codes === undefined ? {} : { departement: codes.join(",") }),
  }
  const [port] = [...state.kernels.values()].flatMap(({ outputs }) => outputs[message.key] ?? [])
  const columns = port?.kind === "features" ? port.columns : undefined
  const facts = { name: message.key, epsg: context.epsg, metadata, columns }
  const paths = await Promise.all(files.map(({ path, place = path }) => findInside(context.out, place)))
  const hashes = files.map(({ sha256 }) => sha256)
  try {
    const layer = await state.clock.during("merge", () => mergeLayer(paths, facts, hashes))
    memory.sample()
    await output.writeParts(layout.layer(message.key), layer.bytes)
    const metrics = { [`${message.key}.features`]: layer.count }
    return { outcome: "done", points: 0, files: output.files, metrics }
  } catch (error) {
    // Any error may have a damaged file as its cause.
    for (const file of files) await verifyStored(context.out, file)
    throw error
  }
}
