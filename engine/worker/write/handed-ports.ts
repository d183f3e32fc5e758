/** Writes and reads what a tile hands to its parent: meshes, solids, painted walls. */
import { joinInside } from "../../core/files/join-inside.js"
import {
  decodeMeshFile,
  decodeSolidsFile,
  decodeWallsFile,
  encodeMeshFile,
  encodeSolidsFile,
  encodeWallsFile,
} from "../../formats/ports/handed-files.js"
import { TileKey } from "../../grid/tile-key.js"
import { layout } from "../../job/layout.js"
import { readVerified } from "../../journal/read-verified.js"
import type { Mesh, Solids } from "../../kernel.js"
import type { TaskMessage } from "../../plan/context.js"
import type { ChainResult } from "../chain-run.js"
import type { WorkerState } from "../worker-state.js"
import type { Output } from "./output.js"

/**
 * Writes the meshes, solids and painted walls that the parent of a tile reads, except empty ones.
 */
export const writeHanded = async (
  state: WorkerState,
  key: TileKey,
  values: ChainResult["values"],
  output: Output,
): Promise<void> => {
  const { handed, shown } = state.context.chains
  for (const { name, kind } of handed) {
    // A parent shows its "mesh", whichever port its children show.
    const value = values.get(name)?.value ?? (name === shown ? values.get("mesh")?.value : undefined)
    if (value === undefined) continue
    const bytes = state.clock.during("mesh-file", () => codecs[kind].encode(value as never))
    if (bytes !== undefined) await output.write(layout.handed(name, kind, key), bytes)
  }
}

/** Codecs by kind; an empty value encodes to undefined. */
const codecs = {
  mesh: {
    encode: (mesh: Mesh) => (mesh.triangles.length === 0 ? undefined : encodeMeshFile(mesh)),
    decode: decodeMeshFile,
  },
  solids: {
    encode: (solids: Solids) => (solids.solidEnds.length === 0 ? undefined : encodeSolidsFile(solids)),
    decode: decodeSolidsFile,
  },
  texture: { encode: encodeWallsFile, decode: decodeWallsFile },
}

/**
 * The children's meshes, solids or painted walls of a name, ordered by key; undefined where no
 * kernel below makes any.
 */
export const readHanded = async (
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
    handed.push(codecs[kind].decode(await readVerified(out, file), joinInside(out, wanted)))
  }
  return handed
}
