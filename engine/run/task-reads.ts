/** Finds which earlier outputs a task reads, and includes their hashes in the task's own. */
import { sha256 } from "../core/hash.js"
import { isJoin, stageOfId } from "../core/stages.js"
import { RegionKey, TileKey } from "../grid/tile-key.js"
import { kernelOf } from "../job/kernels/load-kernels.js"
import { layout } from "../job/layout.js"
import type { EndRecord, WrittenFile } from "../journal/journal-record.js"
import { readShardIndex, type ShardEntry, type ShardIndex } from "../journal/read-verified.js"
import { type BlobPort, portNames } from "../kernel.js"
import type { Plan } from "../plan/plan.js"
import type { PlannedTask } from "../plan/planned-task.js"

/** The outputs of earlier tasks that a task reads. */
export interface TaskReads {
  /** Whole files, ordered by path. */
  readonly files: readonly WrittenFile[]
  /** The task's parts of the shard files of its region and of the job, by port. */
  readonly shards: Readonly<Record<string, readonly ShardPart[]>>
  /** Keys of the other tiles whose blobs its shards list, in order. */
  readonly tiles: readonly string[]
}

/** Bytes of a tile in a file of shards. */
export interface ShardPart extends Pick<ShardEntry, "offset" | "size" | "sha256"> {
  readonly file: WrittenFile
}

const nothing: TaskReads = { files: [], shards: {}, tiles: [] }

/** Ends of the tasks of a run so far, by task id. */
export type Ends = ReadonlyMap<string, EndRecord>

/** Returns a function that finds what tasks read; it reads every shard index once. */
export const createTaskReads = (plan: Plan): ((task: PlannedTask, ends: Ends) => Promise<TaskReads>) => {
  const ports = modelPorts(plan)
  const indices = new Map<string, { identity: string; index: Promise<ShardIndex> }>()
  const readIndex = (file: WrittenFile): Promise<ShardIndex> => {
    const known = indices.get(file.path)
    if (known?.identity === file.sha256) return known.index
    const index = readShardIndex(plan.job.out, file)
    indices.set(file.path, { identity: file.sha256, index })
    return index
  }
  return async (task, ends) => {
    if (task.stage === "parent") return { ...nothing, files: handedTo(task, ends) }
    if (task.stage === "layer") return { ...nothing, files: filesBelow(task, ends, layout.featuresOf(task.key)) }
    if (isJoin(task.stage)) return { ...nothing, files: findPieces(plan, task, ends) }
    return task.stage === "model" ? readsOfModel(plan, ports, task, ends, readIndex) : nothing
  }
}

/** Bytes of everything that a task reads. */
export const bytesRead = ({ files, shards }: TaskReads): number =>
  files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) +
  Object.values(shards)
    .flat()
    .reduce((sum, { size }) => sum + size, 0)

/** Bytes of the blobs and shards of some ports that a task reads. */
export const bytesOfPorts = ({ files, shards }: TaskReads, ports: readonly string[]): number =>
  ports.reduce(
    (sum, name) =>
      sum +
      bytesRead({
        ...nothing,
        files: files.filter(({ path }) => path.startsWith(layout.blobs(name))),
        shards: { [name]: shards[name] ?? [] },
      }),
    0,
  )

/** Bytes of the meshes, solids and textures that a parent reads. */
export const bytesHanded = (task: PlannedTask, ends: Ends): number =>
  bytesRead({ ...nothing, files: handedTo(task, ends) })

/**
 * The task's hash combined with the contents of the earlier outputs that it reads, and with the
 * kernels that it leaves out.
 */
export const hashWithReads = (
  task: PlannedTask,
  plan: Plan,
  ends: Ends,
  reads: TaskReads,
  without: readonly string[],
): string => {
  if (task.stage === "source" || task.stage === "tile") return task.hash
  const lines = reads.files.map((file) => `${file.path} ${file.sha256}`)
  for (const id of without) lines.push(`without ${id}`)
  for (const part of Object.values(reads.shards).flat()) lines.push(`${part.file.path} ${part.sha256}`)
  const time = timeBelow(task, ends) ?? []
  return sha256(`${task.hash}\n${plan.context.version}\n${time.join(" ")}\n${lines.sort().join("\n")}`)
}

const byPath = (a: WrittenFile, b: WrittenFile): number => (a.path < b.path ? -1 : 1)

const filesBelow = ({ dependsOn }: PlannedTask, ends: Ends, folder: string): WrittenFile[] =>
  dependsOn.flatMap((id) => (ends.get(id)?.files ?? []).filter(({ path }) => path.startsWith(folder))).sort(byPath)

const handedTo = (task: PlannedTask, ends: Ends): WrittenFile[] => filesBelow(task, ends, `${layout.work}/handed/`)

/** The blobs of tiles, in order, and of regions that a kernel of stage region or job reads. */
const findPieces = (plan: Plan, task: PlannedTask, ends: Ends): WrittenFile[] => {
  const kernel = kernelOf(plan.kernels, RegionKey.parse(task.key).kernel)
  const folders = portNames(kernel?.inputs ?? {}, "blob").map(layout.blobs)
  const below = task.dependsOn.flatMap((id) => ends.get(id) ?? [])
  const tiles = below
    .filter(({ stage }) => stage === "tile")
    .map(({ key, files }) => ({ key: TileKey.parse(key), files }))
    .sort((a, b) => TileKey.compare(a.key, b.key))
  // The plan lists regions in order.
  const regions = below.filter(({ stage }) => stage === "region")
  return [...tiles, ...regions].flatMap(({ files }) =>
    files.filter(({ path }) => folders.some((folder) => path.startsWith(folder))),
  )
}

interface ModelPorts {
  /** Blobs of the tile itself. */
  readonly own: readonly string[]
  /** Blobs of the tiles that its shards list. */
  readonly listed: readonly string[]
}

const modelPorts = ({ kernels, context: { chains } }: Plan): ModelPorts => {
  const blobs = chains.model.flatMap((step) => {
    const inputs = kernelOf(kernels, step.id)?.inputs ?? {}
    return Object.entries(inputs).filter((entry): entry is [string, BlobPort] => entry[1].kind === "blob")
  })
  const named = (listed: boolean): string[] => [
    ...new Set(blobs.filter(([, port]) => (port.listed === true) === listed).map(([name]) => name)),
  ]
  const handed = (name: string): boolean => chains.blobs.includes(name)
  return { own: named(false).filter(handed), listed: named(true).filter(handed) }
}

const readsOfModel = async (
  { context }: Plan,
  ports: ModelPorts,
  task: PlannedTask,
  ends: Ends,
  indexOf: (file: WrittenFile) => Promise<ShardIndex>,
): Promise<TaskReads> => {
  const shards: Record<string, readonly ShardPart[]> = {}
  const tiles = new Set<string>()
  const written = task.dependsOn.flatMap((id) => (isJoin(stageOfId(id)) ? (ends.get(id)?.files ?? []) : []))
  for (const port of context.chains.shards) {
    const region = RegionKey.of(context.grid, TileKey.parse(task.key))
    const parts: ShardPart[] = []
    for (const [list, bytes] of [
      [layout.regionShardIndex(port, region), layout.regionShards(port, region)],
      [layout.shardIndex(port), layout.shards(port)],
    ] as const) {
      const index = written.find(({ path }) => path === list)
      const file = written.find(({ path }) => path === bytes)
      const entry = index && (await indexOf(index))[task.key]
      if (!entry || !file) continue
      const { offset, size, sha256 } = entry
      parts.push({ file, offset, size, sha256 })
      for (const key of entry.reads) tiles.add(key)
    }
    if (parts.length > 0) shards[port] = parts
  }
  const ordered = [...tiles]
    .map(TileKey.parse)
    .sort(TileKey.compare)
    .map(TileKey.format)
    .filter((key) => key !== task.key)
  const blobsOf = (key: string, names: readonly string[]): WrittenFile[] => {
    const paths = new Set(names.map((name) => layout.blob(name, TileKey.parse(key))))
    return (ends.get(`tile ${key}`)?.files ?? []).filter(({ path }) => paths.has(path))
  }
  const files = [...blobsOf(task.key, ports.own), ...ordered.flatMap((key) => blobsOf(key, ports.listed))]
  return { files: files.sort(byPath), shards, tiles: ordered }
}

/**
 * Returns first and last GPS time of the tasks below a parent or a layer, and for a model that of
 * its tile. Undefined for other tasks, and if no point has a time. O(tasks below).
 */
export const timeBelow = (
  task: Pick<PlannedTask, "stage" | "key" | "dependsOn">,
  ends: ReadonlyMap<string, Pick<EndRecord, "time">>,
): readonly [number, number] | undefined => {
  if (task.stage === "model") return ends.get(`tile ${task.key}`)?.time
  if (task.stage !== "parent" && task.stage !== "layer") return undefined
  let first = Number.POSITIVE_INFINITY
  let last = Number.NEGATIVE_INFINITY
  for (const id of task.dependsOn) {
    const time = ends.get(id)?.time
    if (time === undefined) continue
    first = Math.min(first, time[0])
    last = Math.max(last, time[1])
  }
  return first <= last ? [first, last] : undefined
}
