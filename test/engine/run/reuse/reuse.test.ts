/** A run that takes results of other folders has the bytes of a full run. */
import { cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { encodeLas } from "../../../../engine/formats/las/write/las-writer.js"
import { layout } from "../../../../engine/job/layout.js"
import { lockText, thisHolder } from "../../../../engine/journal/lock-holder.js"
import { type Ended, jsonOf, runKept } from "../../../run-maille.js"
import { makeToyJob, south, type ToyJob, west } from "../../../scenes/toy-job.js"

let toy: ToyJob
let sources: string[] = []
let changed: string[] = []
const products = ["--products", "dtm,dsm,mesh", "--mesh", "ground"]

beforeAll(async () => {
  toy = await makeToyJob()
  const strip = (name: string, column: number, lift = 0): Promise<string> => writeSource(toy.folder, name, column, lift)
  sources = [await strip("plain-0", 0), await strip("plain-1", 1), await strip("plain-2", 2)]
  changed = [...sources.slice(0, 2), await strip("lifted", 2, 500)]
  await done("base", sources)
  await done("full", changed)
})
afterAll(() => toy.remove())

/** A source of 100 m in a row from west to east: ground whose height changes, a point each 2 m. */
const writeSource = async (folder: string, name: string, column: number, lift: number): Promise<string> => {
  const side = 50
  const places = Array.from({ length: side * side }, (_, i) => i)
  const points = {
    count: places.length,
    x: Int32Array.from(places, (i) => (i % side) * 2000 + 500),
    y: Int32Array.from(places, (i) => Math.floor(i / side) * 2000 + 500),
    z: Int32Array.from(places, (i) => 10_000 + (i % 7) * 10 + lift),
    scale: 0.001,
    origin: [west + 100 * column, south, 0] as const,
    classification: new Uint8Array(places.length).fill(2),
    returnNumber: new Uint8Array(places.length).fill(1),
    numberOfReturns: new Uint8Array(places.length).fill(1),
  }
  const path = join(folder, `${name}.las`)
  await writeFile(path, encodeLas(points, { pointFormat: 6, epsg: 2154 }))
  return path
}

const at = (name: string): string => join(toy.folder, name)
const run = (out: string, inputs: readonly string[], ...more: string[]): Promise<Ended> =>
  runKept(["run", ...inputs, "--tile-size", "50", "--workers", "1", "--json", "--out", at(out), ...products, ...more])
const done = async (out: string, inputs: readonly string[], ...more: string[]): Promise<Ended> => {
  const ended = await run(out, inputs, ...more)
  expect(ended.code, ended.stderr).toBe(0)
  return ended
}
const reusedBy = (ended: Ended): number => (jsonOf(ended) as { reused?: number }).reused ?? 0
/** Tiles that a run made itself. */
const made = (ended: Ended): number => (jsonOf(ended) as { done: number }).done

describe("a run with --reuse", () => {
  it("takes everything of the same job, decodes nothing, and leaves the folder as it was", async () => {
    const before = await readdir(at("base"), { recursive: true })
    const same = await done("same", sources, "--reuse", at("base"))
    expect(await toy.hashes("same")).toEqual(await toy.hashes("base"))
    expect([made(same), (jsonOf(same) as { pointsDecoded: number }).pointsDecoded]).toEqual([0, 0])
    expect(reusedBy(same)).toBeGreaterThan(24)
    expect(await readdir(at("base"), { recursive: true })).toEqual(before)
    // What was taken can be taken again, and a second run does nothing.
    const third = await done("third", sources, "--reuse", at("same"))
    expect(made(third)).toBe(0)
    expect((jsonOf(await done("same", sources, "--reuse", at("base"))) as { upToDate?: true }).upToDate).toBe(true)
  })

  it.each([["1"], ["2"]])("makes what a changed source meets, as a full run does, with %s workers", async (workers) => {
    const out = `part${workers}`
    const part = await done(out, changed, "--workers", workers, "--reuse", at("base"))
    expect(await toy.hashes(out)).toEqual(await toy.hashes("full"))
    expect(made(part)).toBeGreaterThan(0)
    expect(made(part)).toBeLessThan(12)
    expect(part.stderr).toMatch(/tasks reused from .*base/)
  })

  it("goes on after a kill", async () => {
    await done("killed", changed, "--reuse", at("base"))
    const path = join(at("killed"), "journal.jsonl")
    const lines = (await readFile(path, "utf8")).split("\n")
    for (const share of [0.3, 0.8]) {
      await writeFile(path, lines.slice(0, Math.floor(share * lines.length)).join("\n"))
      await done("killed", changed, "--reuse", at("base"))
      expect(await toy.hashes("killed")).toEqual(await toy.hashes("full"))
    }
  })

  it("compares the bytes of sources that have another path", async () => {
    const elsewhere = at("elsewhere")
    await mkdir(elsewhere)
    const copies = sources.map((_, i) => join(elsewhere, `plain-${i}.las`))
    for (const [i, path] of sources.entries()) await cp(path, copies[i]!)
    // A point below the samples of the identity.
    const bytes = await readFile(copies[0]!)
    const moved = await done("moved", copies, "--reuse", at("base"))
    expect(made(moved)).toBe(0)
    bytes[bytes.length - 900] = bytes[bytes.length - 900]! ^ 1
    await writeFile(copies[0]!, bytes)
    const other = await done("other", copies, "--reuse", at("base"))
    expect(made(other)).toBeGreaterThan(0)
    await done("other-full", copies)
    expect(await toy.hashes("other")).toEqual(await toy.hashes("other-full"))
  })

  it("makes the tile of a damaged file again, with a warning", async () => {
    await cp(at("base"), at("damaged"), { recursive: true, preserveTimestamps: true })
    const [name = ""] = await readdir(join(at("damaged"), "raster/dsm"))
    const path = join(at("damaged"), "raster/dsm", name)
    const bytes = await readFile(path)
    bytes[bytes.length >> 1] = bytes[bytes.length >> 1]! ^ 1
    await writeFile(path, bytes)
    const again = await done("again", sources, "--reuse", at("damaged"))
    expect(again.stderr).toMatch(/warning: --reuse: .*raster\/dsm\/.* is damaged or missing; tile .* is made again/)
    expect(made(again)).toBe(1)
    expect(await toy.hashes("again")).toEqual(await toy.hashes("base"))
  })

  it("counts what it would take with --dry-run, and writes nothing", async () => {
    const plan = await done("dry", changed, "--dry-run", "--reuse", at("base"))
    const { reusable } = jsonOf(plan) as { reusable: number }
    expect(reusable).toBeGreaterThan(0)
    expect(reusable).toBeLessThan(12)
    expect(await readdir(toy.folder)).not.toContain("dry")
  })

  it("refuses folders that are no finished ones of this version, and says why none fits", async () => {
    const copyOf = async (name: string): Promise<string> => {
      await cp(at("base"), at(name), { recursive: true })
      return at(name)
    }
    const refusal = async (folder: string, ...more: string[]): Promise<string> => {
      const ended = await run("refused", sources, "--reuse", folder, ...more)
      expect([2, 3]).toContain(ended.code)
      return ended.stderr
    }
    expect(await refusal(at("refused"))).toContain("is the output folder itself")
    expect(await refusal(at("none"))).toContain("none")
    expect(await refusal(at("base"), "--pack")).toContain("given with --pack")
    await done("packed", sources, "--pack")
    expect(await refusal(at("packed"))).toContain("is packed")
    const held = await copyOf("held")
    await mkdir(join(held, layout.lock), { recursive: true })
    await writeFile(join(held, layout.lock, "a"), lockText(await thisHolder(), "holding"))
    expect(await refusal(held)).toContain("in use by process")
    const old = await copyOf("old")
    await rm(join(old, layout.copy("job.json")))
    const text = await readFile(join(old, "job.json"), "utf8")
    await writeFile(join(old, "job.json"), text.replace(/"version": ?"[^"]*"/, '"version": "0.0.1"'))
    expect(await refusal(old)).toContain("was written by maille 0.0.1")
    const coarse = await done("coarse", sources, "--tile-size", "100", "--reuse", at("base"))
    expect(coarse.stderr).toContain(`no task reused from ${at("base")}: --tile-size is 50 there, 100 here`)
  })
})
