/**
 * A byte that changes on the disk, in any file that maille wrote, is found; what it was in is made
 * again, with the same bytes.
 */

import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join, relative } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { seededRandom } from "../../../engine/core/random.js"
import type { JobInput } from "../../../engine/job/job.js"
import type { RunEvent, RunSummary } from "../../../engine/report/outcome.js"
import type { RunOptions } from "../../../engine/run/run-options.js"
import { writeSample } from "../../../fixtures/sample/write-sample.js"

/** Threads run compiled files, so the engine is the compiled one. */
const built = <T>(path: string): Promise<T> => import(new URL(`../../../dist/${path}`, import.meta.url).href)
const { runJob } = await built<typeof import("../../../engine/run/run.js")>("engine/run/run.js")
const { resolveJob } = await built<typeof import("../../../engine/job/job.js")>("engine/job/job.js")
const { readJobFile } = await built<typeof import("../../../engine/plan/job-file.js")>("engine/plan/job-file.js")
const { hashOutput } =
  await built<typeof import("../../../engine/report/hash-output.js")>("engine/report/hash-output.js")
const { validateHashes } = await built<typeof import("../../../engine/check/validate-hashes.js")>(
  "engine/check/validate-hashes.js",
)
const { planShards } = await built<typeof import("../../../engine/distributed/plan-shards.js")>(
  "engine/distributed/plan-shards.js",
)
const { damageOfShardPlan } = await built<typeof import("../../../engine/plan/shards/check-shard-plan.js")>(
  "engine/plan/shards/check-shard-plan.js",
)

/** Bytes that are flipped in files of one folder; `MAILLE_FLIPS` for more, by hand. */
const flips = Number(process.env["MAILLE_FLIPS"] ?? 60)
const seed = Number(process.env["MAILLE_SEED"] ?? 22)

let folder = ""
let hash = ""
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "maille-flips-"))
  await writeSample(join(folder, "sample"), { seed: 1, pulsesPerM2: 1 })
  await run(inputOf("whole"))
  hash = (await hashOutput(join(folder, "whole"))).hash
  await run(packedOf("packed"))
})
afterAll(() => rmSync(folder, { recursive: true }))

/** Every product but the texture of two tiles, with files that are gathered of what tiles left. */
const inputOf = (out: string): JobInput => ({
  inputs: [join(folder, "sample/lidar")],
  out: join(folder, out),
  tileSize: 50,
  bbox: [842100, 6520100, 842200, 6520150],
  products: ["dtm", "mesh", "vector"],
  keepPoints: 2,
  vectorFormats: ["geojson"],
  workers: 1,
  memory: "2G",
})

/** Ground alone, in packs. */
const packedOf = (out: string): JobInput => {
  const { keepPoints: _, vectorFormats: _formats, ...plain } = inputOf(out)
  return { ...plain, products: ["dtm", "mesh"], mesh: "ground", pack: true }
}

const run = async (input: JobInput, options: RunOptions = {}): Promise<RunSummary & { told: string[] }> => {
  const told: string[] = []
  const onEvent = (event: RunEvent): unknown => event.type === "message" && told.push(event.text)
  const outcomes = runJob(await resolveJob(input), { ...options, onEvent })
  for (let one = await outcomes.next(); ; one = await outcomes.next()) if (one.done) return { ...one.value, told }
}

const copyOf = (from: string, to: string): string => {
  cpSync(join(folder, from), join(folder, to), { recursive: true })
  return join(folder, to)
}

const filesOf = (out: string): string[] =>
  readdirSync(out, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => relative(out, join(parentPath, name)))
    .sort()

const random = seededRandom(seed)
/** Flips one bit of a file, at a place of its own or from one on. */
const flip = (out: string, path: string, from = 0, end?: number): void => {
  const bytes = readFileSync(join(out, path))
  const at = from + Math.floor(random() * ((end ?? bytes.length) - from))
  bytes[at]! ^= 1 << Math.floor(random() * 8)
  writeFileSync(join(out, path), bytes)
}

/** Files of all kinds in turn: the next of each folder. */
const chosen = (out: string, count: number): string[] => {
  const kinds = new Map<string, string[]>()
  for (const path of filesOf(out).filter((one) => one !== "journal.jsonl" && readFileSync(join(out, one)).length > 0)) {
    const kind = dirname(path).replace(/\d+/g, "")
    kinds.set(kind, [...(kinds.get(kind) ?? []), path])
  }
  // A text whose copy is damaged too is lost.
  kinds.delete(".work/copy")
  const all: string[] = []
  for (let turn = 0; all.length < count; turn++) {
    const next = [...kinds.values()].flatMap((paths) => (paths[turn] === undefined ? [] : [paths[turn]]))
    if (next.length === 0) break
    all.push(...next)
  }
  return all.slice(0, count)
}

const pathsOf = (problems: readonly string[]): string[] => problems.map((text) => text.split(":")[0] ?? "").sort()

describe(`flipped bytes (seed ${seed})`, () => {
  it("validate names each file and no other, and a run with verify makes them again", async () => {
    expect(await validateHashes(join(folder, "whole"))).toMatchObject({ ok: true, problems: [] })
    const out = copyOf("whole", "flipped")
    const paths = chosen(out, flips)
    expect(paths.length).toBe(flips)
    for (const path of paths) flip(out, path)
    const report = await validateHashes(out)
    expect(pathsOf(report.problems)).toEqual([...paths].sort())
    expect(report.remedy).toBe(`maille run --job ${join(out, "job.json")} --verify`)
    await expect(readJobFile(join(out, "job.json"))).rejects.toThrow(/--verify/)
    const restored = { ...(await readJobFile(join(out, "job.json"), [], { restore: true })), workers: 1 }
    expect(await run(restored, { verify: true })).toMatchObject({ failed: 0, quarantined: 0 })
    expect((await hashOutput(out)).hash).toBe(hash)
    expect(await validateHashes(out)).toMatchObject({ ok: true, problems: [] })
  })

  it("a plain run makes again what its tasks read, and every file that holds what they read", async () => {
    const out = copyOf("whole", "read")
    const read = /^\.work\/(blob|shard|features|handed|solids\/\d|kept\/\d)/
    const paths = filesOf(out).filter((path) => read.test(path) && readFileSync(join(out, path)).length > 0)
    // A third of them, of each folder.
    const damaged = paths.filter((_, index) => index % 3 === 0)
    for (const path of [...damaged, ".work/context.json", "job.json"]) flip(out, path)
    for (const path of ["tiles", "tileset.json", "vector", "points"]) rmSync(join(out, path), { recursive: true })
    const summary = await run(inputOf("read"))
    expect(summary).toMatchObject({ failed: 0, quarantined: 0 })
    expect(summary.told.filter((text) => text.includes("made again")).length).toBeGreaterThan(4)
    expect((await hashOutput(out)).hash).toBe(hash)
    // What no task read may be damaged yet: nothing else is.
    for (const path of pathsOf((await validateHashes(out)).problems)) expect(damaged).toContain(path)
  })

  it("a damaged line of the journal is named, and its task done again", async () => {
    const whole = readFileSync(join(folder, "whole/journal.jsonl"))
    const out = copyOf("whole", "lines")
    for (let k = 0; k < 20; k++) {
      writeFileSync(join(out, "journal.jsonl"), whole)
      flip(out, "journal.jsonl")
      const { problems } = await validateHashes(out)
      expect(problems.some((text) => text.startsWith("journal.jsonl: line"))).toBe(true)
    }
    expect(await run(inputOf("lines"))).toMatchObject({ failed: 0 })
    expect((await hashOutput(out)).hash).toBe(hash)
    expect(await validateHashes(out)).toMatchObject({ ok: true })
  })

  it("packs: every byte of members, headers and directories; a copy of the products by its CRC-32", async () => {
    const packed = await hashOutput(join(folder, "packed"))
    const archives = filesOf(join(folder, "packed")).filter((path) => /packs\/.*\.(3tz|zip|pack)$/.test(path))
    expect(archives.length).toBe(3)
    const out = copyOf("packed", "packed-flipped")
    for (const path of archives) {
      const bytes = readFileSync(join(out, path))
      for (const share of [0, 0.3, 0.6, 0.9]) {
        flip(out, path, Math.floor(share * bytes.length), Math.floor((share + 0.1) * bytes.length))
        expect((await validateHashes(out)).ok, `${path} ${share}`).toBe(false)
        writeFileSync(join(out, path), bytes)
      }
    }
    for (const path of archives)
      for (const share of [0.2, 0.99]) {
        const { length } = readFileSync(join(out, path))
        flip(out, path, Math.floor(share * length))
      }
    expect(await run(packedOf("packed-flipped"), { verify: true })).toMatchObject({ failed: 0 })
    expect(await hashOutput(out)).toEqual(packed)
    expect(await validateHashes(out)).toMatchObject({ ok: true, problems: [] })
    const copy = join(folder, "published")
    cpSync(join(folder, "packed/packs"), join(copy, "packs"), { recursive: true })
    expect(await validateHashes(copy)).toMatchObject({ ok: true })
    flip(copy, "packs/run.3tz", 100, 1000)
    expect((await validateHashes(copy)).problems).toEqual([expect.stringMatching(/run\.3tz: .*CRC-32/)])
  })

  it("a plan in shards: every byte of its four files", async () => {
    const job = await resolveJob(packedOf("planned"))
    await planShards(job, { parallel: 2 })
    const out = join(folder, "planned")
    expect(await damageOfShardPlan(out)).toEqual([])
    for (const path of ["plan/shards.json", "plan/job.json", "plan/tiles.ndjson", "plan/sources.ndjson"]) {
      const bytes = readFileSync(join(out, path))
      for (let k = 0; k < 10; k++) {
        flip(out, path)
        expect(
          (await damageOfShardPlan(out)).map((one) => one.path),
          `${path} ${k}`,
        ).toEqual([path])
        writeFileSync(join(out, path), bytes)
      }
    }
  })
})
