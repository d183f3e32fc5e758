import { cp, mkdtemp, rm, symlink, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { encodeLas } from "../../engine/formats/las/write/las-writer.js"
import { startMaille } from "../run-maille.js"

const root = fileURLToPath(new URL("../..", import.meta.url))
let folder = ""
let input = ""

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "maille-broken-"))
  for (const part of ["dist", "package.json"]) await cp(join(root, part), join(folder, part), { recursive: true })
  await symlink(join(root, "node_modules"), join(folder, "node_modules"))
  const count = 10_000
  const points = {
    count,
    scale: 0.001,
    origin: [840_000, 6_520_000, 0] as const,
    x: Int32Array.from({ length: count }, (_, i) => (i % 100) * 500),
    y: Int32Array.from({ length: count }, (_, i) => Math.floor(i / 100) * 500),
    z: new Int32Array(count).fill(100_000),
    classification: new Uint8Array(count).fill(2),
  }
  input = join(folder, "flat.las")
  await writeFile(input, encodeLas(points, { pointFormat: 6, epsg: 2154 }))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** Runs the copy without one of its files, which then comes back. */
const runWithout = async (file: string) => {
  const path = join(folder, "dist", file)
  await cp(path, `${path}.kept`)
  await rm(path)
  const out = join(folder, "out")
  const flags = ["--tile-size", "50", "--products", "dtm,dsm", "--workers", "2", "--memory", "1G", "--out", out]
  const { child, ended } = startMaille(["run", input, ...flags, "--json"], {}, join(folder, "dist/bundle/cli/main.js"))
  let hung = false
  const patience = setTimeout(() => {
    hung = true
    process.kill(-child.pid!, "SIGKILL")
  }, 300_000)
  const how = await ended
  clearTimeout(patience)
  await cp(`${path}.kept`, path)
  return { ...how, hung }
}

describe("a run of an installation that lacks a file", () => {
  it("ends, with the file and the remedy, where no worker can start", async () => {
    const { hung, code, stderr } = await runWithout("bundle/chunks/worker.js")
    expect(hung).toBe(false)
    expect(code, stderr).toBe(70)
    expect(stderr).toMatch(/No worker could start/)
    expect(stderr).toContain(join(folder, "dist/bundle/chunks/worker.js"))
    expect(stderr).toMatch(/Install maille again/)
  }, 400_000)

  it("ends, with the file and the remedy, where a kind of task cannot be loaded; goes on once it is whole", async () => {
    const { hung, code, stdout } = await runWithout("bundle/chunks/tile-task.js")
    expect(hung).toBe(false)
    expect(code).toBe(70)
    const { failed, tiles } = JSON.parse(stdout)
    expect(failed).toBe(tiles.length)
    expect(tiles[0].reason).toContain(join(folder, "dist/bundle/chunks/tile-task.js"))
    expect(tiles[0].reason).toMatch(/Install maille again/)
    const whole = await startMaille(
      [
        "run",
        input,
        "--tile-size",
        "50",
        "--products",
        "dtm,dsm",
        "--workers",
        "2",
        "--memory",
        "1G",
        "--out",
        join(folder, "out"),
        "--json",
      ],
      {},
      join(folder, "dist/bundle/cli/main.js"),
    ).ended
    expect(whole.code, whole.stderr).toBe(0)
    expect(JSON.parse(whole.stdout)).toMatchObject({ done: 1, failed: 0 })
  }, 400_000)
})
