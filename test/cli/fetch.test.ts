/** The command `fetch`, and `plan --tile-index`, against a server on the loopback address. */

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { seededRandom } from "../../engine/core/random.js"
import { crsByEpsg } from "../../engine/grid/crs.js"
import { specOf, surveyRecords, writeRecords } from "../engine/formats/copc/copc-file.js"
import { jsonOf, startMaille } from "../run-maille.js"
import { startTileServer, type TileServer } from "../tile-server.js"
import { until } from "../until.js"
import { type Ended, mailleKept as maille } from "./maille.js"

let server: TileServer
let folder = ""
let copc: Uint8Array

beforeAll(async () => {
  server = await startTileServer()
  folder = mkdtempSync(join(tmpdir(), "maille-fetch-cli-"))
  const spec = specOf(6, 0)
  await writeRecords(spec, surveyRecords(seededRandom(3), spec, 20_000, 20_000), join(folder, "made.copc.laz"))
  copc = readFileSync(join(folder, "made.copc.laz"))
})
afterAll(async () => {
  await server.close()
  rmSync(folder, { recursive: true })
})

/** An index of tiles of 1 km by their kilometres; those without a behaviour have IGN's address. */
const indexOf = (name: string, tiles: readonly (readonly [x: number, y: number, how?: string])[]): string => {
  const features = tiles.map(([x, y, how]) => {
    const file = `LHD_FXX_0${x}_${y}_PTS_LAMB93_IGN69.copc.laz`
    server.files.set(file, copc)
    const url = how === undefined ? `https://data.geopf.fr/x/${file}` : `${server.base}/${how}/${file}`
    return { type: "Feature", geometry: null, properties: { name: file.replace("_PTS_", "_PTS_C_"), url } }
  })
  const path = join(folder, name)
  writeFileSync(path, JSON.stringify({ type: "FeatureCollection", features }))
  return path
}
const document = (ended: Ended): ReturnType<typeof jsonOf> => jsonOf({ ...ended, signal: null })

describe("maille fetch", () => {
  it("brings the tiles of a box, tells of what failed and how to go on: exit 1, 3 when all fail, 0 at last", async () => {
    const index = indexOf("one.geojson", [
      [700, 6601, "good"],
      [701, 6601, "good"],
      [900, 6601, "good"],
    ])
    const to = join(folder, "one")
    // The points of the made file lie in the first tile: as the second it is a wrong file.
    const args = ["fetch", "--tile-index", index, "--to", to, "--rate", "50"]
    const first = await maille(...args, "--bbox", "700000,6600000,702000,6601000", "--json")
    expect(first.code, first.stderr).toBe(1)
    expect(document(first)).toMatchObject({ to, done: 1, unchanged: 0, failed: 1, planned: 0, sizeBytes: copc.length })
    const failed = "LHD_FXX_0701_6601_PTS_LAMB93_IGN69.copc.laz"
    expect(first.stderr).toContain(`1 failed: ${failed}`)
    expect(first.stderr).toContain(
      `Fetch them again: maille fetch ${failed} --tile-index ${index} --to ${to} --rate 50`,
    )
    expect(readFileSync(join(to, "LHD_FXX_0700_6601_PTS_LAMB93_IGN69.copc.laz")).equals(copc)).toBe(true)
    expect(existsSync(join(to, failed))).toBe(false)
    const all = await maille(...args, failed)
    expect(all.code).toBe(3)
    const none = await maille(...args, "0700_6601")
    expect(none.code, none.stderr).toBe(0)
    expect(none.stdout).toContain("0 fetched, 1 unchanged, 0 failed")
  })

  it("brings those of a département, and a margin around", async () => {
    const index = indexOf("dep.geojson", [
      [700, 6601, "good"],
      [701, 6601, "good"],
      [702, 6601, "good"],
    ])
    const { toGeographic } = crsByEpsg(2154)
    const corners = [
      [700100, 6600100],
      [700900, 6600100],
      [700900, 6600900],
      [700100, 6600900],
      [700100, 6600100],
    ]
    const ring = corners.map(([x = 0, y = 0]) => toGeographic(x, y))
    const limits = join(folder, "limits.geojson")
    const geometry = { type: "Polygon", coordinates: [ring] }
    writeFileSync(limits, JSON.stringify({ type: "Feature", properties: { code: "01" }, geometry }))
    const args = ["fetch", "--tile-index", index, "--to", join(folder, "dep"), "--departement", "1", "--dry-run"]
    const without = await maille(...args)
    expect(without.code).toBe(2)
    expect(without.stderr).toContain("Give --limits FILE")
    const seen = server.seen.length
    const one = await maille(...args, "--limits", limits, "--json")
    expect(document(one)).toMatchObject({ planned: 1, sizeBytes: 205_000_000 })
    const two = await maille(...args, "--limits", limits, "--margin", "1000")
    expect(two.stdout).toMatch(/2 to fetch, 0 unchanged, about 0.41 GB \(205 MB per point tile/)
    expect(server.seen.length).toBe(seen)
  })

  it("stopped by Ctrl-C ends with 130, killed leaves no half file under a final name; either is gone on with", async () => {
    const index = indexOf("slow.geojson", [[700, 6601, "slow"]])
    const to = join(folder, "slow")
    const name = "LHD_FXX_0700_6601_PTS_LAMB93_IGN69.copc.laz"
    const part = join(to, ".work/fetch", `${name}.part`)
    const sizeOfPart = (): number => (existsSync(part) ? readFileSync(part).length : 0)
    let before = 0
    for (const signal of ["SIGINT", "SIGKILL"] as const) {
      const { child, ended } = startMaille(["fetch", "0700_6601", "--tile-index", index, "--to", to])
      await until("some bytes", () => sizeOfPart() > before + 20_000, { everyMs: 5 })
      child.kill(signal)
      const end = await ended
      expect(end.code, end.stderr).toBe(signal === "SIGINT" ? 130 : null)
      expect(existsSync(join(to, name))).toBe(false)
      if (signal === "SIGINT") expect(end.stderr).toContain("Run the same command again")
      expect(sizeOfPart()).toBeGreaterThan(before)
      before = sizeOfPart()
    }
    const last = await maille("fetch", "0700_6601", "--tile-index", index, "--to", to, "--json")
    expect(last.code, last.stderr).toBe(0)
    const [file] = document(last).files
    expect(file).toMatchObject({ outcome: "done", points: 20_000 })
    expect(file.resumedAt).toBeGreaterThan(0)
    expect(readFileSync(join(to, name)).equals(copc)).toBe(true)
  })

  it("wants an index, a folder, sound numbers: exit 2; an index that is there: exit 3", async () => {
    const index = indexOf("none.geojson", [[700, 6601, "good"]])
    const to = join(folder, "none")
    expect((await maille("fetch", "--to", to)).code).toBe(2)
    expect((await maille("fetch", "--tile-index", index)).code).toBe(2)
    expect((await maille("fetch", "--tile-index", index, "--to", to)).code).toBe(2)
    expect((await maille("fetch", "--tile-index", index, "--to", to, "--rate", "fast", "0700_6601")).code).toBe(2)
    expect((await maille("fetch", "--tile-index", join(folder, "absent"), "--to", to, "0700_6601")).code).toBe(3)
    expect(existsSync(to)).toBe(false)
  })
})

describe("maille plan --tile-index", () => {
  it("tells tasks, files and assumed figures without a file or a request", async () => {
    const block = [770, 771, 772, 773].flatMap((x) => [6278, 6279, 6280, 6281].map((y) => [x, y] as const))
    const index = indexOf("plan.geojson", block)
    const args = ["plan", "--tile-index", index, "--bbox", "770000,6277000,771000,6278000", "--json"]
    const ended = await maille(...args, "--products", "dtm", "--tile-size", "500")
    expect(ended.code, ended.stderr).toBe(0)
    const plan = document(ended)
    expect(plan.tasks.length).toBe(4)
    const own = "https://data.geopf.fr/x/LHD_FXX_0770_6278_PTS_LAMB93_IGN69.copc.laz"
    for (const task of plan.tasks) {
      expect(task.sources).toContain(own)
      expect(task.points).toBeGreaterThan(7_000_000)
    }
    // Halos reach into the neighbours; those farther off are not needed.
    expect(plan.tileIndex.files.map(({ name }: { name: string }) => name.slice(8, 17))).toEqual([
      "0770_6278",
      "0770_6279",
      "0771_6278",
      "0771_6279",
    ])
    expect(plan.tileIndex).toMatchObject({ points: 120_000_000, sizeBytes: 820_000_000, assumed: 4 })
    expect(plan.points).toBe(120_000_000)
    const text = await maille(...args.slice(0, -1), "--products", "dsm")
    expect(text.stdout).toContain("4 assumed: 30 million points and 205 MB per km²")
    const both = await maille("plan", join(folder, "made.copc.laz"), "--tile-index", index)
    expect(both.code).toBe(2)
  })
})
