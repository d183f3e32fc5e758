import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type PeerRecord, pageMarkdown, readRecords, writeRecords } from "../../../../bench/lab/peers/record.js"

const machine = (load: number, versions: Record<string, string>): PeerRecord["machine"] => ({
  date: "2026-01-02",
  cpu: "Some CPU × 2",
  commit: "0123456789ab",
  maille: "1.0.0",
  memoryBytes: 24 * 2 ** 30,
  system: "Linux 6",
  node: "20.0.0",
  load: [load, 1],
  versions,
})

const record = (name: string, load: number, theirs: number): PeerRecord => ({
  name,
  title: `Title of ${name}`,
  machine: machine(load, { [`${name}-peer`]: "1.2" }),
  summary: [{ work: name, peer: `${name}-peer`, ours: 1234.5, theirs, times: theirs / 1234.5, proof: "equal counts" }],
  markdown: `whole table of ${name}`,
})

describe("pageMarkdown", () => {
  const text = pageMarkdown([record("a", 0.5, 2469), record("b", 3, 123.45)])

  it("has a line for each peer, and says where one is faster", () => {
    expect(text).toContain("maille is faster than a-peer (2.00 ×).\n\n| work |")
    expect(text).toContain("| a | a-peer | 1 235 | 2 469 | 2.00 | equal counts |")
    expect(text).toContain("maille is slower than b-peer (0.10 ×).")
    expect(text).toContain("| b | b-peer | 1 235 | 123 | 0.10 | equal counts |")
  })

  it("is the page of the reference", async () => {
    const root = fileURLToPath(new URL("../../../..", import.meta.url))
    const page = join(root, "docs/reference/benchmarks.md")
    const fresh = pageMarkdown(await readRecords(join(root, "bench/results/peers.jsonl")))
    if (process.env["UPDATE_GOLDEN"] === "1") await writeFile(page, fresh)
    else expect(await readFile(page, "utf8")).toBe(fresh)
  })
})

describe("writeRecords", () => {
  let root = ""
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), "maille-records-"))
    await mkdir(join(root, "docs/reference"), { recursive: true })
  })
  afterAll(() => rm(root, { recursive: true }))
  const read = (path: string): Promise<string> => readFile(join(root, path), "utf8")

  it("keeps the groups of other runs, replaces its own, and writes the page from all", async () => {
    const order = ["a", "b"]
    await writeRecords(root, [record("b", 1, 2469)], order)
    await writeRecords(root, [record("a", 1, 2469)], order)
    const written = await writeRecords(root, [record("b", 1, 12345)], order)
    expect(written).toEqual(["bench/results/peers.jsonl", "docs/reference/benchmarks.md"])
    const names = (await read("bench/results/peers.jsonl"))
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line).name)
    expect(names).toEqual(order)
    const page = await read("docs/reference/benchmarks.md")
    expect(page).toContain("| b | b-peer | 1 235 | 12 345 | 10.00 |")
    expect(page).not.toContain("| b | b-peer | 1 235 | 2 469 |")
    expect(page.indexOf("| a |")).toBeLessThan(page.indexOf("| b |"))
    expect(page).toMatch(/## Title of a\n\nmaille is faster[^\n]*\n\n(\|.*\n)+\n2026-01-02.*\n\n## Title of b/)
  })
})
