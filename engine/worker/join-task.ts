/** The task of a region or job kernel, which merges what tiles could not finish. */
import { canonicalJson, sha256 } from "../core/hash.js"
import { EngineError } from "../errors.js"
import { RegionKey, TileKey } from "../grid/tile-key.js"
import { layout } from "../job/layout.js"
import { readVerified, type ShardEntry } from "../journal/read-verified.js"
import type { Features, Shard } from "../kernel.js"
import type { TaskMessage, TileList } from "../plan/context.js"
import { type PortReader, runChain } from "./chain-run.js"
import { readTileList } from "./read-blobs.js"
import type { TaskWork } from "./task-result.js"
import type { PeakMemory } from "./thread-use.js"
import type { WorkerState } from "./worker-state.js"
import { Output } from "./write/output.js"
import { encodeOwn, inLimit, type Owns } from "./write/write-products.js"

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
  const { values, metrics } = await runChain(state, steps, root, read, memory, { about: within })
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
    const bytes = await encodeOwn(state, [name, port], value as Features, owns)
    await output.write(region === undefined ? layout.joined(name) : layout.regionFeatures(name, region), bytes)
  }
  memory.sample()
  return { outcome: "done", points: 0, files: output.files, metrics }
}

/**
 * Writes the shards of a port, of the whole job or of a region: their bytes in tile order, and a
 * list of them. One file, since a country has hundreds of thousands of tiles and each file would
 * cost an fsync. Leaves out `neighbours`, which have no second stage.
 *
 * Throws E_KERNEL for an invalid or repeated key.
 */
const writeShards = async (
  output: Output,
  port: string,
  shards: readonly Shard[],
  neighbours: ReadonlySet<string>,
  region?: string,
): Promise<void> => {
  const ordered = shards
    .filter(({ key }) => !neighbours.has(key))
    .map((shard) => ({ shard, key: TileKey.parse(shard.key) }))
    .sort((a, b) => TileKey.compare(a.key, b.key))
  const index: Record<string, ShardEntry> = {}
  let offset = 0
  for (const { shard } of ordered) {
    const { key, bytes, reads } = shard
    if (index[key] !== undefined)
      throw new EngineError("E_KERNEL", `two kernels returned a shard "${port}" for the tile ${key}; expected one`)
    const size = bytes.byteLength
    index[key] = { offset, size, sha256: sha256(bytes), reads: reads.filter((other) => other !== key) }
    offset += size
  }
  const list = new TextEncoder().encode(canonicalJson(index))
  if (region === undefined) {
    await output.writeParts(
      layout.shards(port),
      ordered.map(({ shard }) => shard.bytes),
    )
    await output.write(layout.shardIndex(port), list)
  } else if (ordered.length > 0) {
    await output.write(layout.regionShards(port, region), Buffer.concat(ordered.map(({ shard }) => shard.bytes)))
    await output.write(layout.regionShardIndex(port, region), list)
  }
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
