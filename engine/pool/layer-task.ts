import { access, readFile } from "node:fs/promises"
import { join } from "node:path"
import { EngineError } from "../errors.js"
import { encodeFlatGeobuf } from "../formats/vector/flatgeobuf.js"
import { readFlatGeobuf } from "../formats/vector/flatgeobuf-reader.js"
import { mergeFeatures } from "../formats/vector/merge-features.js"
import { TileKey } from "../grid/tile-key.js"
import type { TaskMessage } from "../job/context.js"
import { layout } from "../job/layout.js"
import type { Features, Port } from "../kernel.js"
import { runChain } from "./chain-run.js"
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
  const root: TileKey = { level: 0, x: 0, y: 0 }
  const chain = await runChain(state, steps, root, blobs, memory)
  const parts: Features[] = []
  for (const key of keys) {
    const path = join(context.out, layout.features(message.key, key))
    if (await exists(path)) parts.push((await readFlatGeobuf(path)).features)
  }
  const joined = chain.values.get(message.key)?.value as Features | undefined
  if (joined) parts.push(joined)
  const features = mergeFeatures(parts)
  memory.sample()
  const metadata = provenance(context, message.key, undefined)
  const output = new Output(context.out)
  await output.write(
    layout.layer(message.key),
    encodeFlatGeobuf(features, { name: message.key, epsg: context.epsg, metadata }),
  )
  const metrics = { ...chain.metrics, [`${message.key}.features`]: features.partEnds.length }
  return { outcome: "done", points: 0, files: output.files, metrics }
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
