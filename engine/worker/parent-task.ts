/** The task that makes a parent tile of the pyramid from the meshes of its children. */
import { joinInside } from "../core/files/join-inside.js"
import { decodeMeshFile, decodeSolidsFile, decodeWallsFile } from "../formats/ports/handed-files.js"
import { TileKey } from "../grid/tile-key.js"
import { layout } from "../job/layout.js"
import { readVerified } from "../journal/read-verified.js"
import type { Mesh, Texture } from "../kernel.js"
import type { TaskMessage } from "../plan/context.js"
import { type PortReader, runChain } from "./chain-run.js"
import type { MainLaneImages } from "./read-image.js"
import type { TaskWork } from "./task-result.js"
import type { PeakMemory } from "./thread-use.js"
import type { WorkerState } from "./worker-state.js"
import { meshContent } from "./write/mesh-content.js"
import { Output } from "./write/output.js"
import { writeHanded } from "./write/write-products.js"

/**
 * Makes one tile of the pyramid: merges its children's meshes and solids, simplifies and drapes
 * them.
 */
export const runParentTask = async (
  state: WorkerState,
  message: TaskMessage,
  images: MainLaneImages,
  memory: PeakMemory,
): Promise<TaskWork> => {
  const key = TileKey.parse(message.key)
  const read: PortReader = (port, name, tile, step) => {
    if (port.kind === "mesh" || port.kind === "solids" || port.kind === "texture")
      return readHanded(state, step.takes?.[name] ?? name, message)
    if (port.kind === "image")
      return import("./read-image.js").then(({ readImage }) =>
        readImage({ state, message, images }, port, tile, step.options),
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
  const content = await meshContent(state, key, { mesh, texture }, output, {
    time: message.time,
    children: message.childParts,
  })
  return {
    outcome: "done",
    points: 0,
    files: output.files,
    metrics: chain.metrics,
    ...(message.time === undefined ? {} : { time: message.time }),
    ...(content ? { content } : {}),
  }
}

/**
 * The children's meshes, solids or painted walls of a name, ordered by key; undefined where no
 * kernel below makes any.
 */
const readHanded = async (
  state: WorkerState,
  name: string,
  { children, files = [] }: Pick<TaskMessage, "children" | "files">,
): Promise<readonly unknown[] | undefined> => {
  const { out, chains } = state.context
  const kind = chains.handed.find((port) => port.name === name)?.kind
  if (kind === undefined) return undefined
  const handed: unknown[] = []
  for (const child of children) {
    const wanted = layout.handed(name, kind, TileKey.parse(child))
    const file = files.find(({ path }) => path === wanted)
    if (file === undefined) continue
    handed.push(decoders[kind](await readVerified(out, file), joinInside(out, wanted)))
  }
  return handed
}

const decoders = { mesh: decodeMeshFile, solids: decodeSolidsFile, texture: decodeWallsFile }
