import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { sealJson } from "../../../engine/core/json/sealed-json.js"
import { openTasks, readLedger } from "../../../engine/distributed/shard-progress.js"
import { journalFile, journalFolder } from "../../../engine/journal/shard-journals.js"
import { readShardPlan, readShardTiles } from "../../../engine/plan/shards/read-shard-plan.js"
import { runMaille } from "../../run-maille.js"
import { sharedData } from "../../shared-data.js"
import { writeNationalIndex } from "./national-index.js"

const side = 742
describe.skipIf(sharedData === undefined)("a plan of a country", () => {
  let inputs = ""
  let folder = ""
  beforeAll(async () => {
    inputs = await mkdtemp(join(tmpdir(), "maille-national-"))
    folder = join(inputs, "out")
    await writeNationalIndex(join(inputs, "index.geojson"), side)
  })
  afterAll(() => rm(inputs, { recursive: true, force: true }))

  it("of 550,000 tiles takes a minute of one processor and 500 MB, and its journals are read in 10 s", {
    retry: 1,
  }, async () => {
    const usage = "process.on('exit',()=>console.error('usage='+JSON.stringify(process.resourceUsage())))"
    const env = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(usage)}` }
    const args = ["plan", "--tile-index", join(inputs, "index.geojson"), "--out", folder, "--shards", "40", "--json"]
    const ended = await runMaille(args, env)
    expect(JSON.parse(ended.stdout).tasks).toBe(side * side)
    const used = JSON.parse(/usage=(.*)/.exec(ended.stderr)?.[1] ?? "")
    const planned = { seconds: (used.userCPUTime + used.systemCPUTime) / 1e6, megabytes: used.maxRSS / 1024 }
    expect(planned.seconds).toBeLessThan(60)
    expect(planned.megabytes).toBeLessThan(500)

    const plan = await readShardPlan(folder)
    // Packed, six files a shard (see test/invariants/packed-null.slow.test.ts) and some for the
    // whole.
    expect(6 * plan.shards.length + 100).toBeLessThanOrEqual(2000)
    await mkdir(join(folder, journalFolder(plan.hash)), { recursive: true })
    const hash = "0".repeat(64)
    const files = [{ path: "raster/dtm/13-1-1.tif", sha256: hash, sizeBytes: 1_000_000 }]
    for (const [shard, one] of plan.shards.entries()) {
      const tiles = (await readShardTiles(folder, one)).slice(shard === 7 ? 1 : 0)
      const lines = tiles.map(({ key, points }) =>
        sealJson(
          JSON.stringify({
            type: "end",
            key,
            stage: "tile",
            hash,
            outcome: "done",
            timeMs: 1,
            points,
            peakBytes: 1,
            files,
          }),
        ),
      )
      await writeFile(join(folder, journalFolder(plan.hash), journalFile("tile", shard, "0a")), `${lines.join("\n")}\n`)
    }
    const before = process.cpuUsage()
    const ledger = await readLedger(folder, plan)
    const open = await openTasks(folder, plan, "tile", (id) => ledger.tasks.has(id))
    const { user, system } = process.cpuUsage(before)
    expect(ledger.records).toBe(side * side - 1)
    expect(open).toMatchObject([{ phase: "tile", shard: 7, count: 1 }])
    console.info(`planned: ${JSON.stringify(planned)}; journals read in ${(user + system) / 1e6} s of one processor`)
    expect((user + system) / 1e6).toBeLessThan(10)
  })
})
