/** The task of a region or job kernel, which merges what tiles could not finish. */
import { EngineError } from "../errors.js"
import { RegionKey } from "../grid/region-key.js"
import { TileKey } from "../grid/tile-key.js"
import { layout } from "../job/layout.js"
import { readVerified } from "../journal/read-verified.js"
import type { Features, Shard } from "../kernel.js"
import type { TaskMessage, TileList } from "../plan/context.js"
import { type PortReader, runChain } from "./chain-run.js"
import { encodeOwn, inLimit, type Owns } from "./own-objects.js"
import type { TaskWork } from "./task-result.js"
import { readTileList } from "./tile-list.js"
import type { PeakMemory, WorkerState } from "./worker-state.js"
import { Output } from "./write/output.js"
import { writeShards } from "./write/write-shards.js"

/**
 * Runs one kernel over the pieces of all tiles, or of those of a region. It writes features for the
 * layers, shards for the tiles' second stage and, from a region, blobs for a kernel of the whole
 * job.
 */
export const runJoinTask = async (state: WorkerState, message: TaskMessage, memory: PeakMemory): Promise<TaskWork> => {
  const { context } = state
  const list = await readTileList(message)
  if (list.files.length === 0) return { outcome: "skipped", reason: "no tile was made", points: 0, files: [] }
  const { kernel, region } = RegionKey.parse(message.key)
  const steps = (region === undefined ? context.chains.job : context.chains.region).filter(({ id }) => id === kernel)
  if (steps.length === 0) throw new EngineError("E_INTERNAL", `kernel ${kernel}: not a kernel of the job or of regions`)
  const read: PortReader = (port, name) => (port.kind === "blob" ? readPieces(context.out, name, list) : undefined)
  const root: TileKey = { level: 0, x: 0, y: 0 }
  const within = region === undefined ? {} : { region: RegionKey.box(region) }
  const { values, metrics } = await runChain(state, steps, root, read, memory, undefined, within)
  // A country has thousands of regions; the whole job has one file per port.
  const output = new Output(context.out, state.clock, region !== undefined && context.pack)
  const neighbours = new Set(list.neighbours)
  const owns = ownsJoined(state, neighbours)
  for (const [name, { port, value }] of values) {
    if (port.kind === "shards" && context.chains.shards.includes(name))
      await writeShards(output, name, value as readonly Shard[], neighbours, region)
    if (port.kind === "blob" && region !== undefined)
      await output.write(layout.regionBlob(name, region), value as Uint8Array)
    if (port.kind !== "features" || !context.chains.publish.includes(name)) continue
    const bytes = await encodeOwn(state, name, value as Features, owns)
    await output.write(region === undefined ? layout.joined(name) : layout.regionFeatures(name, region), bytes)
  }
  memory.sample()
  return { outcome: "done", points: 0, files: output.files, metrics }
}

const readPieces = async (out: string, name: string, { files }: TileList): Promise<Uint8Array[]> => {
  const blobs: Uint8Array[] = []
  for (const file of files) if (file.path.startsWith(layout.blobs(name))) blobs.push(await readVerified(out, file))
  return blobs
}

/**
 * Decides which joined objects the job owns: not those that belong to tiles read only for their
 * neighbours, and not those outside its départements. An object belongs to the tile that contains
 * its representative point.
 */
const ownsJoined = ({ context: { grid }, limit }: WorkerState, neighbours: ReadonlySet<string>): Owns | undefined => {
  const inside = inLimit(limit)
  if (neighbours.size === 0) return inside
  return (x, y) => {
    const [key] = TileKey.covering(grid, grid.leafLevel, [x, y, x, y])
    const foreign = neighbours.has(key === undefined ? "" : TileKey.format(key))
    return !foreign && (inside === undefined || inside(x, y))
  }
}
