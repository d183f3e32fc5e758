import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { decodeMeshFile, encodeMeshFile } from "../formats/mesh-file.js"
import { TileKey } from "../grid/tile-key.js"
import type { TaskMessage } from "../job/context.js"
import { layout } from "../job/layout.js"
import type { Mesh, Texture } from "../kernel.js"
import { type PortReader, runChain } from "./chain-run.js"
import { meshContent } from "./mesh-content.js"
import { Output } from "./output.js"
import type { TaskWork } from "./task-result.js"
import { type GivenImages, readImage } from "./tile-task.js"
import type { PeakMemory, WorkerState } from "./worker-state.js"

/** One tile of the pyramid: its children's meshes brought together, simplified, draped. */
export const runParentTask = async (
  state: WorkerState,
  message: TaskMessage,
  given: GivenImages,
  memory: PeakMemory,
): Promise<TaskWork> => {
  const key = TileKey.parse(message.key)
  const meshes: Mesh[] = []
  for (const child of message.children) {
    const path = join(state.context.out, layout.meshFile(TileKey.parse(child)))
    meshes.push(await state.clock.during("read", async () => decodeMeshFile(await readFile(path), path)))
  }
  const read: PortReader = (port, _name, tile, step) => {
    if (port.kind === "mesh") return meshes
    if (port.kind === "image") return readImage(state, message, port, tile, step.options, given)
    return undefined
  }
  const chain = await runChain(state, state.context.chains.parent, key, read, memory)
  const mesh = chain.values.get("mesh")?.value as Mesh | undefined
  if (!mesh || mesh.triangles.length === 0) return { outcome: "skipped", reason: "no mesh below", points: 0, files: [] }
  const output = new Output(state.context.out, state.clock)
  await output.write(
    layout.meshFile(key),
    state.clock.during("mesh-file", () => encodeMeshFile(mesh)),
  )
  const content = await meshContent(
    state,
    key,
    mesh,
    chain.values.get("texture")?.value as Texture | undefined,
    output,
    message.time,
    message.childParts,
  )
  return {
    outcome: "done",
    points: 0,
    files: output.files,
    metrics: chain.metrics,
    ...(message.time === undefined ? {} : { time: message.time }),
    ...(content ? { content } : {}),
  }
}
