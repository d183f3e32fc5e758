/** The comparison starts compiled files: it is tested as built. */
import { execFile } from "node:child_process"
import { promisify } from "node:util"
import { describe, expect, it } from "vitest"
import type { Machine } from "../../../bench/peers/machine.js"
import { sharedData } from "../../shared-data.js"
import { root } from "../../source-tree.js"

const run = (...args: string[]) =>
  promisify(execFile)(process.execPath, [`${root}dist/bench/peers/run-peers.js`, ...args], { maxBuffer: 1 << 26 })

interface Found {
  readonly machine: Machine
  readonly groups: {
    readonly "laz-reading": readonly {
      readonly points: number
      readonly rows: readonly { readonly name: string; readonly points: number; readonly checksum: string }[]
      readonly skipped: readonly { readonly name: string; readonly reason: string }[]
      readonly targets: readonly { readonly what: string; readonly found: number }[]
    }[]
  }
}

describe.skipIf(!sharedData)("bench:peers", () => {
  const colours = `${sharedData}/lidar-hd/ign-pdal-tools/test_data_77055_627755_LA93_IGN69_extra_dims.laz`

  it("compares the readers on a file, all with the same points, and tells who cannot read it", async () => {
    const { stdout, stderr } = await run("--filter", "laz-reading", "--quick", "--json", "--files", colours)
    const { machine, groups } = JSON.parse(stdout) as Found
    const [report] = groups["laz-reading"]
    expect(machine.versions["laz-perf"]).toBe("0.0.7")
    expect(report!.points).toBe(72_770)
    const names = report!.rows.map(({ name }) => name)
    for (const name of ["maille wasm selective", "maille wasm all", "maille library selective", "laz-perf"]) {
      expect(names).toContain(name)
    }
    for (const { name, points, checksum } of report!.rows) {
      expect(points, name).toBe(72_770)
      const words = checksum.split(" ")
      expect(words.slice(0, 4), name).toEqual(report!.rows[0]!.checksum.split(" ").slice(0, 4))
    }
    expect(report!.skipped).toContainEqual({ name: "copc.js", reason: "reads COPC only" })
    expect(report!.targets[0]!.found).toBeGreaterThan(0)
    expect(stderr).toMatch(/laz-reading: test_data.*: maille wasm selective/)
  })

  it("prints a table for people", async () => {
    const { stdout } = await run("--filter", "laz-reading", "--quick", "--readers", "wasm sel,laz-perf", colours)
    expect(stdout).toMatch(/^### Reading LAZ .*\n\n\d{4}-\d\d-\d\d; .*laz-perf 0\.0\.7/)
    expect(stdout).toMatch(/\| maille wasm selective \| .* \| \d+\.\d\d \|/)
    expect(stdout).not.toMatch(/maille twin/)
  })

  it("measures writing, memory, threads and overlap", async () => {
    const groups = ["laz-writing", "laz-memory", "laz-scaling", "overlap"]
    const found: Record<string, unknown> = {}
    for (const name of groups) {
      const files = name === "overlap" ? [] : ["--files", colours]
      const { stdout } = await run("--filter", name, "--quick", "--json", ...files)
      Object.assign(found, (JSON.parse(stdout) as { groups: Record<string, unknown> }).groups)
    }
    const row = { bytes: expect.any(Number), digest: expect.stringMatching(/^[0-9a-f]{16}$/), points: 72_770 }
    expect(found).toMatchObject({
      "laz-writing": [{ rows: expect.arrayContaining([expect.objectContaining({ name: "maille writer", ...row })]) }],
      "laz-memory": { rows: [{ points: 72_770, work: "selective", columns: "keep" }, {}, {}, {}] },
      "laz-scaling": [{ points: 72_770, rows: [{ workers: 1 }, { workers: 2 }] }],
    })
    const { rows } = found["overlap"] as {
      rows: { format: string; tiles: number; needed: number; decoded: number }[]
    }
    const [copc, laz] = rows
    expect([copc!.format, laz!.format, copc!.tiles, laz!.tiles]).toEqual(["copc", "laz", 9, 9])
    // The same points are needed; the spool decodes each of them once, COPC as often as nodes lie in a halo.
    expect(copc!.needed).toBe(laz!.needed)
    expect(laz!.decoded).toBeLessThan(laz!.needed)
    expect(copc!.decoded).toBeGreaterThanOrEqual(copc!.needed)
  })

  it("refuses files that are no layered LAZ, and groups that are not there", async () => {
    const legacy = `${sharedData}/lidar-hd/ign-pdal-tools/classified_laz/test_data_77050_627755_LA93_IGN69.laz`
    await expect(run("--filter", "laz-reading", legacy)).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining("is no LAZ of point format 6, 7 or 8"),
    })
    await expect(run("--filter", "zebra")).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('no group holds "zebra": laz'),
    })
  })
})
