import { readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { type Json, listDifferences } from "../../../bench/same/json.js"
import { callOfBase, parseRenames, type Renames, renameDocument, renamesSince } from "../../../bench/same/renames.js"
import { root } from "../../source-tree.js"

const reason = "vocabulary"
const table = (lists: object): Renames => parseRenames(JSON.stringify(lists))

/** What is left between the documents once the table is applied. */
const differences = (base: Json, ours: Json, lists: object): string[] => {
  const renames = table(lists)
  return listDifferences(renameDocument(base, renames, "base"), renameDocument(ours, renames, "ours"))
}

describe("callOfBase", () => {
  it.each([
    ["--phase square", "--phase region", "run --phase region --shard 0", "run --phase square --shard 0"],
    ["--phase square", "--phase region", "run --phase tile region", "run --phase tile region"],
    ["--interval *", "--set contour.interval=*", "run --set contour.interval=5 a", "run --interval 5 a"],
    ["--interval *", "--set contour.interval=*", "run --set contour.cell=5", "run --set contour.cell=5"],
    ["bench read", "lab read-speed", "lab read-speed a.laz", "bench read a.laz"],
    ["", "--quiet", "run --quiet a", "run a"],
  ])("%s → %s", (old, later, call, expected) => {
    const renames = table({ flags: [{ old, new: later, reason }] })
    expect(callOfBase(call.split(" "), renames)).toEqual(expected.split(" "))
  })

  it("undoes a word that was renamed twice", () => {
    const flags = [
      { old: "--a", new: "--b", reason },
      { old: "--b", new: "--c", reason },
    ]
    expect(callOfBase(["run", "--c"], table({ flags }))).toEqual(["run", "--a"])
  })
})

describe("renameDocument", () => {
  it("renames fields, and texts that are the whole value", () => {
    const base = { scope: "square", name: "square root", scopes: ["tile", "square"] }
    const ours = { stage: "region", name: "square root", scopes: ["tile", "region"] }
    const json = [
      { old: "scope", new: "stage", reason },
      { old: "square", new: "region", reason },
    ]
    expect(differences(base, ours, { json })).toEqual([])
    expect(differences(base, ours, { json: json.slice(1) })).toHaveLength(2)
  })

  it("keeps to the field that `in` names", () => {
    const json = [{ old: "job", new: "layer", in: "stage", reason }]
    expect(differences({ stage: "job", job: "job" }, { stage: "layer", job: "job" }, { json })).toEqual([])
    expect(differences({ stage: "job", job: "job" }, { stage: "layer", job: "layer" }, { json })).toHaveLength(1)
  })

  it("drops what one side alone has, and nothing beside it", () => {
    const json = [
      { old: "scope", new: "", reason },
      { old: "", new: "level", reason },
    ]
    expect(differences({ scope: 1, a: 2 }, { level: 3, a: 2 }, { json })).toEqual([])
    expect(differences({ scope: 1, a: 2 }, { level: 3, a: 4 }, { json })).toEqual(["a: 2 → 4"])
    expect(differences({ level: 1, a: 2 }, { a: 2 }, { json })).toHaveLength(1)
  })

  it("renames kernels within keys of tasks and metrics, but no kernel whose name begins in the same way", () => {
    const kernels = [{ old: "vector.cover", new: "vector.wood", reason }]
    const base = { "vector.cover.areaM2": 1, "vector.cover-join.areaM2": 2, key: "vector.cover@84_652" }
    const ours = { "vector.wood.areaM2": 1, "vector.cover-join.areaM2": 2, key: "vector.wood@84_652" }
    expect(differences(base, ours, { kernels })).toEqual([])
  })

  it("accepts a raised version of one kernel, to the version that is listed", () => {
    const kernels = [{ old: "mesh.weld@3", new: "mesh.weld@4", reason }]
    const of = (weld: number, other: number): Json => [
      { id: "mesh.weld", version: weld },
      { id: "mesh.other", version: other },
    ]
    expect(differences(of(3, 3), of(4, 3), { kernels })).toEqual([])
    expect(differences(of(3, 3), of(5, 3), { kernels })).toHaveLength(1)
    expect(differences(of(3, 3), of(4, 4), { kernels })).toHaveLength(1)
  })

  it("renames paths, relative and absolute, and lets go of the hash of all files alone", () => {
    const files = [{ old: "vector/wood-*.fgb", new: "vector/cover/*.fgb", reason }]
    const list = (path: string, sha256: string, hash: string): Json => ({ hash, count: 1, files: [{ path, sha256 }] })
    const [base, ours] = [list("vector/wood-1.fgb", "a", "x"), list("vector/cover/1.fgb", "a", "y")]
    expect(differences(base, ours, { files })).toEqual([])
    expect(differences(base, list("vector/cover/1.fgb", "b", "y"), { files })).toHaveLength(1)
    expect(differences({ path: "/o/vector/wood-1.fgb" }, { path: "/o/vector/cover/1.fgb" }, { files })).toEqual([])
    expect(differences({ key: "1", hash: "a", files: [] }, { key: "1", hash: "b", files: [] }, { files })).toHaveLength(
      1,
    )
  })

  it("lets the bytes of listed files differ, not of others", () => {
    const files = [{ old: "tiles/*.glb", new: "tiles/*.glb", bytes: true, reason }]
    const list = (path: string, sha256: string): Json => [{ path, sha256, sizeBytes: 1 }]
    expect(differences(list("tiles/1.glb", "a"), list("tiles/1.glb", "b"), { files })).toEqual([])
    expect(differences(list("tiles/1.json", "a"), list("tiles/1.json", "b"), { files })).toHaveLength(1)
  })

  it("leaves out hashes of tasks and work files where folders are not readable, products and outcomes not", () => {
    const unreadable = [{ reason }]
    const task = (hash: string, path: string, product: string): Json => [
      {
        key: "1",
        hash,
        outcome: "done",
        files: [
          { path, sha256: hash },
          { path: "a.tif", sha256: product },
        ],
      },
    ]
    expect(differences(task("a", ".work/a", "p"), task("b", ".work/b", "p"), { unreadable })).toEqual([])
    expect(differences(task("a", ".work/a", "p"), task("b", ".work/b", "q"), { unreadable })).toHaveLength(1)
    expect(differences(task("a", ".work/a", "p"), task("b", ".work/b", "p"), {})).not.toEqual([])
  })
})

describe("renamesSince", () => {
  it("leaves out what base has renamed already", () => {
    const done = { old: "a", new: "b", reason }
    const base = table({ json: [done], unreadable: [{ reason }] })
    const ours = table({ json: [done, { old: "b", new: "c", reason }], unreadable: [{ reason }, { reason: "ids" }] })
    const since = renamesSince(ours, base)
    expect(since.json).toEqual([{ old: "b", new: "c", reason }])
    expect(since.unreadable).toEqual([{ reason: "ids" }])
    expect(renamesSince(base, base)).toEqual(table({}))
  })
})

describe("parseRenames", () => {
  it("reads the table of this tree", () => {
    expect(() => parseRenames(readFileSync(`${root}test/renames.json`, "utf8"))).not.toThrow()
  })

  it.each([
    [{ flag: [] }, /"flag" is none of flags, json/],
    [{ json: [{ old: "a", new: "b" }] }, /json: a reason is missing in/],
    [{ json: [{ old: "a", reason }] }, /must be words/],
    [{ json: [{ old: "a", new: ["b"], reason }] }, /must be words/],
    [{ files: [{ old: "a", new: "b", byte: true, reason }] }, /"byte" is unknown/],
    [{ unreadable: [{ old: "a", reason }] }, /"old" is unknown/],
    [{ documents: [{ call: "", reason }] }, /"call" must be words/],
    [{ json: {} }, /json is no list/],
  ])("refuses %j", (lists, message) => {
    expect(() => table(lists)).toThrow(message)
  })
})
