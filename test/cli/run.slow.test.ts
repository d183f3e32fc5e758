import { spawn } from "node:child_process"
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { encodeLas } from "../../engine/formats/las/write/las-writer.js"
import { until } from "../until.js"
import { maille, mailleScript } from "./maille.js"

let folder = ""
let base: string[] = []

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "maille-run-"))
  // 100 m by 50 m, one ground point a metre: two tiles of 50 m.
  const count = 5000
  const points = {
    count,
    x: Int32Array.from({ length: count }, (_, i) => (i % 100) * 1000 + 500),
    y: Int32Array.from({ length: count }, (_, i) => Math.floor(i / 100) * 1000 + 500),
    z: Int32Array.from({ length: count }, (_, i) => (i % 100) * 10),
    scale: 0.001,
    origin: [770_500, 6_277_500, 0] as const,
    classification: new Uint8Array(count).fill(2),
    returnNumber: new Uint8Array(count).fill(1),
    numberOfReturns: new Uint8Array(count).fill(1),
  }
  writeFileSync(join(folder, "tile.las"), encodeLas(points, { pointFormat: 6, epsg: 2154 }))
  base = ["run", join(folder, "tile.las"), "--tile-size", "50", "--products", "dsm", "--workers", "1"]
})
afterAll(() => rmSync(folder, { recursive: true }))

/** A third-party kernel that does `body` on the tile named by its option. */
const kernel = (name: string, body: string): string => {
  const path = join(folder, `${name}.mjs`)
  writeFileSync(
    path,
    `export default { id: "test.${name}", version: 1, summary: "for a test", inputs: { ground: { kind: "points", classes: [2] } },
       outputs: { "${name}-quality": { kind: "metrics" } }, options: { where: { type: "string", default: "", help: "tile key" } },
       halo: () => 0, memory: () => 0,
       run: (tile, { ground }, { where }) => { if (tile.key === where) { ${body} } return { "${name}-quality": { points: ground.count } } } }`,
  )
  return path
}

describe("maille run", () => {
  it("makes the products, and says the second time that there is nothing to do", async () => {
    const out = join(folder, "twice")
    const first = await maille(...base, "--out", out, "--json")
    expect(first.code).toBe(0)
    const summary = JSON.parse(first.stdout)
    expect(summary).toMatchObject({ done: 2, skipped: 0, failed: 0, quarantined: 0 })
    expect(summary.tiles.map((tile: { outcome: string }) => tile.outcome)).toEqual(["done", "done"])
    for (const file of ["job.json", "plan.json", "journal.jsonl", "report.json", "report.html", "raster/dsm.vrt"]) {
      expect(existsSync(join(out, file)), file).toBe(true)
    }
    const { stdout: hash } = await maille("hash", out)
    const second = await maille(...base, "--out", out)
    expect(second).toMatchObject({ code: 0, stdout: "" })
    expect(second.stderr).toMatch(/up to date: .* 2 tiles/)
    // The resolved job says the same as the command line.
    expect((await maille("run", "--job", join(out, "job.json"))).stderr).toContain("up to date")
    expect((await maille("hash", out)).stdout).toBe(hash)
  })

  it("writes nothing with --dry-run", async () => {
    const out = join(folder, "dry")
    const { code, stdout } = await maille(...base, "--out", out, "--dry-run", "--json")
    expect(JSON.parse(stdout).tasks).toHaveLength(2)
    expect(code).toBe(0)
    expect(existsSync(out)).toBe(false)
  })

  it("starts the engine again when a tile takes it down, gives that tile up and finishes the others", async () => {
    const out = join(folder, "crash")
    const plan = JSON.parse((await maille("plan", ...base.slice(1), "--out", out, "--json")).stdout)
    const where = plan.tasks[0].key as string
    const kill = kernel("killer", `process.kill(process.pid, "SIGKILL")`)
    const { code, stdout, stderr } = await maille(
      ...base,
      "--out",
      out,
      "--kernel",
      kill,
      "--set",
      `test.killer.where=${where}`,
      "--json",
    )
    expect(stderr).toContain("the engine process was ended by SIGKILL; it starts again")
    const tiles = JSON.parse(stdout).tiles as { key: string; outcome: string }[]
    expect(tiles.find(({ key }) => key === where)?.outcome).toBe("quarantined")
    expect(tiles.filter(({ outcome }) => outcome === "done")).toHaveLength(1)
    expect(readdirSync(join(out, "quarantine"))).toHaveLength(1)
    expect(code).toBe(1)
  })

  it("ends cleanly on Ctrl-C, in the middle of a tile, and goes on the next time", async () => {
    const out = join(folder, "stopped")
    const slow = kernel("slow", "for (const end = Date.now() + 600_000; Date.now() < end; );")
    const plan = JSON.parse((await maille("plan", ...base.slice(1), "--out", out, "--json")).stdout)
    const last = plan.tasks.at(-1).key as string
    const args = [...base, "--out", out, "--kernel", slow, "--set", `test.slow.where=${last}`]
    const process = spawn(globalThis.process.execPath, [mailleScript, ...args, "--json"], {
      stdio: ["ignore", "pipe", "ignore"],
    })
    let stdout = ""
    process.stdout.on("data", (part: Buffer) => (stdout += part.toString()))
    const journal = join(out, "journal.jsonl")
    // It begins when the end of the first one is durable: a line may be seen before it is.
    const second = `"type":"start","key":"${last}"`
    await until("the second tile", () => existsSync(journal) && readFileSync(journal, "utf8").includes(second))
    process.kill("SIGINT")
    expect(await new Promise((resolve) => process.on("close", resolve))).toBe(130)
    expect(JSON.parse(stdout)).toMatchObject({ done: 1, aborted: true })
    const again = await maille(...base, "--out", out, "--kernel", slow, "--replace", "--json")
    // Another option makes other hashes for every tile: both are made.
    expect(again.code).toBe(0)
  })
})
