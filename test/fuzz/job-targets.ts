import { mkdir, readFile, writeFile } from "node:fs/promises"
import { basename, dirname, join } from "node:path"
import { crc32 } from "node:zlib"
import { openSealed, sealJson } from "../../engine/core/json/sealed-json.js"
import { readFolderStatus } from "../../engine/distributed/folder-status.js"
import { readStatus } from "../../engine/distributed/run-status.js"
import { EngineError } from "../../engine/errors.js"
import { planLayout } from "../../engine/job/layout.js"
import { readRunFacts, requireStoredJob } from "../../engine/job/output-folder.js"
import { readJournal } from "../../engine/journal/journal.js"
import { readKnownProducts } from "../../engine/journal/known-products.js"
import { readColourFile } from "../../engine/plan/colour/colour-file.js"
import { readContext } from "../../engine/plan/read-context.js"
import {
  readAllSources,
  readAllTiles,
  readFirstSource,
  readShardPlan,
  readShardSources,
  readShardTiles,
} from "../../engine/plan/shards/read-shard-plan.js"
import type { ShardPlan } from "../../engine/plan/shards/shard-plan.js"
import { shardPlanOf } from "../engine/distributed/shard-plan.js"
import type { Mutation } from "./mutate-bytes.js"
import { jsonMutation } from "./mutate-text.js"
import type { Target } from "./run-fuzz.js"

const bytesOf = (...lines: readonly object[]): Uint8Array =>
  new TextEncoder().encode(lines.map((line) => `${JSON.stringify(line)}\n`).join(""))

/** Each line with its checksum. */
const seal = (bytes: Uint8Array): Uint8Array => {
  const lines = new TextDecoder().decode(bytes).split("\n")
  return new TextEncoder().encode(lines.map((line) => (line === "" ? "" : sealJson(line))).join("\n"))
}

/** Other JSON under a checksum that fits: what is behind the checksum is tried too. */
const sealedMutation: Mutation = (bytes, random) => {
  const lines = new TextDecoder().decode(bytes).split("\n")
  const texts = lines.map((line) => openSealed(line) ?? line).join("\n")
  const changed = jsonMutation(new TextEncoder().encode(texts), random)
  return changed && seal(changed)
}

const HASH = "0123456789abcdef".repeat(4)
const job = { inputs: ["/a/b.laz"], products: ["dtm"], out: "/out" }
const storedJob = { ...job, epsg: 2154, tileSize: 1000, leafLevel: 12, version: "1.0.0" }
const file = { path: "rasters/dtm/12/1/2.tif", sha256: HASH, sizeBytes: 100 }
const end = {
  type: "end",
  key: "12/1/2",
  stage: "tile",
  hash: HASH,
  outcome: "done",
  timeMs: 5,
  points: 9,
  peakBytes: 99,
}
const content = {
  uri: "a.glb",
  part: "",
  geometricError: 1,
  centre: [1, 2, 3],
  box: [0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1],
}
const packed = { pack: "packs/run.zip", at: 40, crc32: 7 }
const records = [
  { type: "run", version: "1.0.0", at: "2026-01-01T00:00:00.000Z", planHash: HASH, workers: 1 },
  { type: "start", key: "12/1/2", stage: "tile", hash: HASH, bytes: 1000 },
  { ...end, files: [file], metrics: { triangles: 5 }, content: [content], steps: { read: 5 } },
  { type: "start", key: "12/1/3", stage: "tile", hash: HASH },
  { ...end, key: "12/1/3", outcome: "failed", files: [], error: { code: "E_INPUT", message: "a", context: {} } },
  { ...end, key: "12/1/4", files: [{ ...file, packed }], former: { ...end, files: [file] } },
  { type: "overall", files: ["tileset.json"] },
  { type: "finish", at: "2026-01-01T00:00:00.000Z" },
]
const context = {
  ...{
    out: "/out",
    epsg: 2154,
    grid: { leafSide: 1000, leafLevel: 12 },
    images: [],
    heights: "ellipsoidal",
    source: "made",
  },
  chains: { tile: [], region: [], job: [], model: [], parent: [], publish: [] },
  sources: [{ path: "/a.laz", identity: "a", box: [0, 0, 1, 1] }],
  ...{ maxTriangles: 1000, textureFormat: "jpeg", version: "1.0.0", optionsHash: HASH, options: {} },
}
const tasks = [2, 3].map((x) => ({ id: `tile 12/1/${x}`, stage: "tile", key: `12/1/${x}`, hash: HASH, dependsOn: [] }))

const journal: Target = {
  name: "journal",
  isLenient: true,
  seeds: async (folder) => {
    await writeFile(join(folder, "job.json"), bytesOf(storedJob))
    await writeFile(join(folder, "plan.json"), bytesOf({ hash: HASH, tasks }))
    return [{ name: "journal.jsonl", bytes: seal(bytesOf(...records)), mutations: [jsonMutation, sealedMutation] }]
  },
  read: async (_, folder) => {
    await readJournal(folder)
    await readKnownProducts(folder)
    await readFolderStatus(folder)
    return undefined
  },
}

/** Files of an output folder that hold one value. */
const folderFiles: Target = {
  name: "folder-files",
  seeds: async (folder) => {
    await writeFile(join(folder, "journal.jsonl"), seal(bytesOf(...records)))
    const sealedContext = new TextEncoder().encode(sealJson(JSON.stringify(context)))
    const colours = { format: 1, hash: HASH, gauge: "a", sites: 1, places: 1, images: [] }
    return [
      { name: "plan.json", bytes: bytesOf({ hash: HASH, tasks }), mutations: [jsonMutation] },
      { name: "job.json", bytes: bytesOf(storedJob), mutations: [jsonMutation] },
      { name: "context", path: ".work/context.json", bytes: sealedContext, mutations: [jsonMutation, sealedMutation] },
      { name: "colours", path: "colours.json", bytes: bytesOf(colours), mutations: [jsonMutation] },
    ]
  },
  read: async (path, folder) => {
    if (basename(path) === "colours.json") await readColourFile(folder)
    else if (basename(path) === "context.json") {
      // One that cannot be read is made anew.
      if ((await readContext(folder)) === undefined) throw new EngineError("E_FORMAT", "no context")
    } else if (basename(path) === "job.json") {
      await requireStoredJob(folder)
      await readRunFacts(folder)
    } else await readFolderStatus(folder)
    return undefined
  },
}

const shards: Target = {
  name: "shards",
  seeds: async (folder) => {
    await mkdir(join(folder, "plan"))
    const tiles = bytesOf({ key: "12/1/2", points: 5, cost: 1 }, { key: "12/1/3", points: 5, cost: 1 })
    const source = { path: "/a.laz", name: "a.laz", identity: "a", box: [0, 0, 1, 1], count: 5, zRange: [0, 1] }
    const sources = bytesOf(source, { ...source, path: "/b.laz", name: "b.laz" })
    const plan = shardPlanOf([100, 200])
    const cut = plan.shards.map((shard) => ({
      ...shard,
      length: tiles.length,
      sources: { offset: 0, length: sources.length, crc32: 0 },
    }))
    return [
      {
        name: "plan/shards.json",
        bytes: seal(bytesOf({ ...plan, shards: cut })),
        mutations: [jsonMutation, sealedMutation],
      },
      { name: "plan/tiles.ndjson", bytes: tiles, mutations: [jsonMutation] },
      { name: "plan/sources.ndjson", bytes: sources, mutations: [jsonMutation] },
    ]
  },
  read: async (path) => {
    const folder = dirname(dirname(path))
    const plan = withSums(
      await readShardPlan(folder),
      ...(await Promise.all([planLayout.tiles, planLayout.sources].map((name) => readFile(join(folder, name))))),
    )
    for (const shard of plan.shards) {
      await readShardTiles(folder, shard)
      await readShardSources(folder, shard)
    }
    await readFirstSource(folder, plan)
    await readAllSources(folder, plan)
    for await (const _ of readAllTiles(folder, plan));
    await readStatus(folder, plan)
    return undefined
  },
}

/** The plan with checksums that fit the lines: what is behind them is tried too. */
const withSums = (plan: ShardPlan, tiles = Buffer.alloc(0), sources = Buffer.alloc(0)): ShardPlan => {
  const sumOf = (bytes: Buffer, { offset, length }: { offset: number; length: number }): number =>
    crc32(bytes.subarray(offset, offset + length))
  const shards = plan.shards.map((shard) => ({
    ...shard,
    crc32: sumOf(tiles, shard),
    sources: { ...shard.sources, crc32: sumOf(sources, shard.sources) },
  }))
  return { ...plan, shards }
}

/** Readers of plans and of what a run tells of itself. */
export const jobTargets: readonly Target[] = [journal, folderFiles, shards]
