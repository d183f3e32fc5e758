import { access, mkdir, readFile, rm, writeFile } from "node:fs/promises"
import { dirname, join } from "node:path"
import { threadId } from "node:worker_threads"
import { EngineError } from "../errors.js"
import { encodeFlatGeobuf } from "../formats/vector/flatgeobuf.js"
import { TileKey } from "../grid/tile-key.js"
import type { ChainStep } from "../job/chain.js"
import type { TaskMessage } from "../job/context.js"
import { layout } from "../job/layout.js"
import type { Features, Metrics, Port } from "../kernel.js"
import { type PortReader, runChain } from "./chain-run.js"
import { mergeLayer } from "./merge-layer.js"
import { Output } from "./output.js"
import { provenance } from "./provenance.js"
import type { TaskWork } from "./task-result.js"
import type { PeakMemory, WorkerState } from "./worker-state.js"

/** One vector layer of the job: what tiles completed alone, and what a kernel of scope "job" joined across them. */
export const runLayerTask = async (state: WorkerState, message: TaskMessage, memory: PeakMemory): Promise<TaskWork> => {
  const { context } = state
  if (message.tilesFile === undefined) throw new EngineError("E_INTERNAL", `layer ${message.key}: no list of tiles`)
  const keys = (JSON.parse(await readFile(message.tilesFile, "utf8")) as string[]).map(TileKey.parse)
  if (keys.length === 0) return { outcome: "skipped", reason: "no tile was made", points: 0, files: [] }
  const steps = context.chains.job.filter((step) => state.kernels.get(step.id)?.outputs[message.key] !== undefined)
  const blobs = (port: Port, name: string): Promise<Uint8Array[]> | undefined =>
    port.kind === "blob" ? readBlobs(context.out, name, keys) : undefined
  const output = new Output(context.out, state.clock)
  const { joined, metrics } = await joinParts(state, message.key, steps, blobs, memory)
  const paths = joined === undefined ? [] : [joined]
  for (const key of keys) {
    const path = join(context.out, layout.features(message.key, key))
    if (await exists(path)) paths.push(path)
  }
  const facts = { name: message.key, epsg: context.epsg, metadata: provenance(context, message.key, message.time) }
  const layer = await state.clock.during("merge", () => mergeLayer(paths, facts))
  memory.sample()
  await output.writeParts(layout.layer(message.key), layer.bytes)
  if (joined !== undefined) await rm(joined, { force: true })
  return {
    outcome: "done",
    points: 0,
    files: output.files,
    metrics: { ...metrics, [`${message.key}.features`]: layer.count },
  }
}

/** Runs the kernels that join the layer across tiles; what they made waits in a file, so that pieces and lines can be let go. */
const joinParts = async (
  state: WorkerState,
  name: string,
  steps: readonly ChainStep[],
  read: PortReader,
  memory: PeakMemory,
): Promise<{ joined?: string; metrics: Metrics }> => {
  const root: TileKey = { level: 0, x: 0, y: 0 }
  const { values, metrics } = await runChain(state, steps, root, read, memory)
  const features = values.get(name)?.value as Features | undefined
  if (!features) return { metrics }
  const { out, epsg } = state.context
  const joined = join(out, layout.temporary, `${process.pid}-${threadId}-joined-${name}.fgb`)
  await mkdir(dirname(joined), { recursive: true })
  const bytes = state.clock.during("fgb", () => encodeFlatGeobuf(features, { name, epsg, metadata: {} }))
  await state.clock.during("write", () => writeFile(joined, bytes))
  memory.sample()
  return { joined, metrics }
}

const readBlobs = async (out: string, name: string, keys: readonly TileKey[]): Promise<Uint8Array[]> => {
  const blobs: Uint8Array[] = []
  for (const key of keys) {
    const path = join(out, layout.blob(name, key))
    if (await exists(path)) blobs.push(await readFile(path))
  }
  return blobs
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )
