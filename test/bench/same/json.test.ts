import { describe, expect, it } from "vitest"
import { type Json, listDifferences, normalise, withoutProse } from "../../../bench/same/json.js"

const places = (folder: string, tree: string, version = "1.2.3") => ({
  folders: [[folder, "FOLDER"] as const, [tree, "TREE"] as const],
  version,
})

/** What a run prints, in a folder, with these times. */
const run = (folder: string, times: readonly [number, number], version: string): Json => ({
  out: `${folder}/out`,
  version,
  began: `2026-01-01T00:00:0${times[0]}.123Z`,
  timeMs: times[0] + times[1],
  text: `ended 2026-01-01T00:00:0${times[1]}Z in ${folder}/out`,
  stages: [
    { stage: "read", tasks: 2, timeMs: times[0] },
    { stage: "write", tasks: 3, timeMs: times[1] },
  ].sort((a, b) => b.timeMs - a.timeMs),
  tiles: ["b", "a"],
})

describe("normalise", () => {
  it("makes two runs in other places, at other times and of another version equal", () => {
    const [base, ours] = [run("/tmp/base", [1, 2], "1.2.3"), run("/tmp/ours", [2, 1], "1.2.4")]
    expect(listDifferences(base, ours)).not.toEqual([])
    const plain = [normalise(base, places("/tmp/base", "/a")), normalise(ours, places("/tmp/ours", "/b", "1.2.4"))]
    expect(listDifferences(plain[0]!, plain[1]!)).toEqual([])
    expect(plain[0]).toMatchObject({ out: "FOLDER/out", text: "ended MOMENT in FOLDER/out", tiles: ["b", "a"] })
  })

  it("takes no folder for one whose name begins in the same way", () => {
    const named = normalise(["/a/b", "/ab/c", "in /a, /a-b"], places("/none", "/a"))
    expect(named).toEqual(["TREE/b", "/ab/c", "in TREE, /a-b"])
  })

  it.each([
    ["a count", { tasks: 2, timeMs: 1 }, { tasks: 3, timeMs: 1 }],
    ["a field that is gone", { tasks: 2, timeMs: 1 }, { tasks: 2 }],
    ["a version of a kernel", { id: "a", version: 3 }, { id: "a", version: 4 }],
    ["an order of words", { a: ["a", "b"] }, { a: ["b", "b"] }],
    ["an order of rows", [{ key: "a" }, { key: "b" }], [{ key: "b" }, { key: "a" }]],
    ["null for nothing", { metrics: null, id: 1 }, { id: 1 }],
    ["an estimate", { bytes: 1, costCoreSeconds: 0.1 }, { bytes: 1, costCoreSeconds: 0.2 }],
  ])("leaves %s", (_, base, ours) => {
    const found = listDifferences(
      normalise(base as Json, places("/a", "/b")),
      normalise(ours as Json, places("/a", "/b")),
    )
    expect(found).toHaveLength(1)
  })

  it("lets rows, but not their values, be in any order where threads made them", () => {
    const anyOrder = { ...places("/a", "/b"), anyOrder: true }
    const rows = [
      { key: "a", points: 1 },
      { key: "b", points: 2 },
    ]
    const plain = (document: Json): Json => normalise(document, anyOrder)
    expect(listDifferences(plain(rows), plain([...rows].reverse()))).toEqual([])
    expect(listDifferences(plain(rows), plain([{ key: "b", points: 1 }, rows[0]!]))).toEqual(["[b].points: 2 → 1"])
    expect(listDifferences(plain([{ box: [1, 2] }]), plain([{ box: [2, 1] }]))).toHaveLength(2)
  })
})

describe("differencesOf", () => {
  it("names the place of each, by what names a row, so that a row more is one difference", () => {
    const base = {
      tasks: [
        { scope: "tile", key: "1", hash: "a" },
        { scope: "model", key: "1", hash: "b" },
      ],
      code: 0,
    }
    const ours = { tasks: [{ scope: "join", key: "2" }, base.tasks[0]!, { ...base.tasks[1]!, hash: "c" }] }
    expect(listDifferences(base, ours)).toEqual([
      'tasks[model 1].hash: "b" → "c"',
      "code: 0 → nothing",
      'tasks[join 2].scope: nothing → "join"',
      'tasks[join 2].key: nothing → "2"',
    ])
  })

  it("tells rows of one name apart, and empty lists from none", () => {
    expect(
      listDifferences(
        [
          { id: "a", n: 1 },
          { id: "a", n: 2 },
        ],
        [
          { id: "a", n: 1 },
          { id: "a", n: 3 },
        ],
      ),
    ).toEqual(["[a].n#2: 2 → 3"])
    expect(listDifferences({ files: [], id: 1 }, { id: 1 })).toEqual(["files: [] → nothing"])
  })
})

describe("withoutProse", () => {
  it("replaces texts of three words and more alone", () => {
    const document = { help: "side of a cell", unit: "m", path: "/a b/c", key: "17/1/2" }
    expect(withoutProse(document)).toEqual({ ...document, help: "TEXT" })
  })
})
