/** The task that makes a parent tile of the pyramid from the meshes of its children. */
import { TileKey } from "../grid/tile-key.js"
import type { Mesh, Texture } from "../kernel.js"
import type { TaskMessage } from "../plan/context.js"
import { type PortReader, runChain } from "./chain-run.js"
import type { MainLaneImages } from "./read-image.js"
import type { TaskWork } from "./task-result.js"
import type { PeakMemory, WorkerState } from "./worker-state.js"
import { readHanded, writeHanded } from "./write/handed-ports.js"
import { meshContent } from "./write/mesh-content.js"
import { Output } from "./write/output.js"

/**
 * Makes one tile of the pyramid: merges its children's meshes and solids, simplifies and drapes
 * them.
 */
export const runParentTask = async (
  state: WorkerState,
  message: TaskMessage,
  given: MainLaneImages,
  memory: PeakMemory,
): Promise<TaskWork> => {
  const key = TileKey.parse(message.key)
  const read: PortReader = (port, name, tile, step) => {
    if (port.kind === "mesh" || port.kind === "solids" || port.kind === "texture")
      return readHanded(state, step.takes?.[name] ?? name, message)
    if (port.kind === "image")
      return import("./read-image.js").then(({ readImage }) =>
        readImage(state, message, port, tile, step.options, given),
      )
    return undefined
  }
  const chain = await runChain(state, state.context.chains.parent, key, read, memory)
  const mesh = chain.values.get("mesh")?.value as Mesh | undefined
  if (!mesh || mesh.triangles.length === 0)
    return { outcome: "skipped", reason: "no mesh in the tiles below", points: 0, files: [] }
  const output = new Output(state.context.out, state.clock, state.context.pack)
  await writeHanded(state, key, chain.values, output)
  const texture = chain.values.get("texture")?.value as Texture | undefined
  const content = await meshContent(state, key, mesh, texture, output, message.time, message.childParts)
  return {
    outcome: "done",
    points: 0,
    files: output.files,
    metrics: chain.metrics,
    ...(message.time === undefined ? {} : { time: message.time }),
    ...(content ? { content } : {}),
  }
}
