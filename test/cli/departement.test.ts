/** `--departement` of run and plan, without a run. */
import { rm } from "node:fs/promises"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { jsonOf } from "../run-maille.js"
import { writeDepartementScene } from "../scenes/departement-scene.js"
import { type Ended, maille } from "./maille.js"

let scene: Awaited<ReturnType<typeof writeDepartementScene>>
beforeAll(async () => {
  scene = await writeDepartementScene()
})
afterAll(() => rm(scene.folder, { recursive: true, force: true }))

describe("départements", () => {
  it("plan the tiles that meet the limit, and those around for their pieces alone", async () => {
    const { lidar, folder, limits } = scene
    const plan = async (...flags: string[]) => {
      const ended = await maille("plan", lidar, "--out", join(folder, "p"), "--tile-size", "50", ...flags)
      return jsonOf({ ...ended, signal: null })
    }
    const only = ["--products", "vector", "--json"]
    const whole = await plan(...only)
    const west = await plan(...only, "--departement", "34", "--limits", limits)
    const east = await plan(...only, "--departement", "2A", "--limits", limits)
    const keys = (document: { tasks: { key: string }[] }): string[] => document.tasks.map(({ key }) => key)
    expect(new Set([...keys(west), ...keys(east)])).toEqual(new Set(keys(whole)))
    const shared = keys(west).filter((key) => keys(east).includes(key))
    expect(shared.length).toBeGreaterThan(2)
    expect(keys(west).length + keys(east).length).toBe(keys(whole).length + shared.length)
    const near = west.further.filter((task: { neighbour?: true }) => task.neighbour)
    expect(near.length).toBeGreaterThan(0)
    // Only tiles over the limit are others than without it.
    const hashes = new Map(whole.tasks.map(({ key, hash }: { key: string; hash: string }) => [key, hash]))
    for (const { key, hash } of west.tasks) expect(hash === hashes.get(key), key).toBe(!shared.includes(key))
  })

  it("say what is missing or wrong, with the remedy", async () => {
    const { lidar, folder, limits } = scene
    const refused = (...flags: string[]): Promise<Ended> =>
      maille("run", lidar, "--out", join(folder, "no"), "--dry-run", ...flags)
    const without = await refused("--departement", "34")
    expect(without.code).toBe(2)
    expect(without.stderr).toMatch(/--limits/)
    const alone = await refused("--limits", limits)
    expect(alone.code).toBe(2)
    expect(alone.stderr).toContain("--departement")
    const unknown = await refused("--departement", "35", "--limits", limits)
    expect(unknown.code).toBe(2)
    expect(unknown.stderr).toMatch(/unknown département "35".*Did you mean "34"/)
    const overseas = await refused("--departement", "974", "--limits", limits)
    expect(overseas.stderr).toMatch(/no overseas .*974 as --limits/)
    const corsica = await refused("--departement", "20", "--limits", limits)
    expect(corsica.stderr).toContain("Corsica is 2A and 2B")
    const absent = await refused("--departement", "34", "--limits", join(folder, "absent.geojson"))
    expect(absent.code).toBe(3)
  })
})
