import { describe, expect, test } from "vitest"
import { type CpuProfile, selfTimes } from "../../../bench/profile/cpu-profile.js"
import { flamePage } from "../../../bench/profile/flame-page.js"
import { flameTree, frameTotals } from "../../../bench/profile/flame-tree.js"

const ROOT = "file:///maille/dist/"
const frame = (functionName: string, url = "", lineNumber = 9) => ({ functionName, url, lineNumber })

/** One sample a millisecond; the node that was on top of each. */
const profile = (samples: readonly number[]): CpuProfile => ({
  nodes: [
    { id: 1, callFrame: frame("(root)"), children: [2, 3, 4, 9] },
    { id: 2, callFrame: frame("(idle)") },
    { id: 3, callFrame: frame("(garbage collector)") },
    { id: 4, callFrame: frame("runKernel", `${ROOT}engine/worker/chain-run.js`), children: [5, 6] },
    { id: 5, callFrame: frame("run", `${ROOT}kernels/terrain/surface.js`), children: [7, 8] },
    { id: 6, callFrame: frame("decode", `${ROOT}engine/formats/laz/wasm/chunk.js`), children: [10] },
    { id: 7, callFrame: frame("sort", "file:///maille/node_modules/@stage/sorting/lib/index.js") },
    { id: 8, callFrame: frame("run", `${ROOT}kernels/terrain/surface.js`) },
    {
      id: 9,
      callFrame: frame("atomicsWaitLoop", "file:///maille/node_modules/piscina/dist/worker.js"),
      children: [11],
    },
    { id: 10, callFrame: frame("kernels/wasm/assembly/coder/decodeBit", "wasm://wasm/0a1b2c3d") },
    { id: 11, callFrame: frame("close") },
  ],
  startTime: 1_000_000,
  endTime: 1_000_000 + samples.length * 1000,
  samples,
  timeDeltas: [0, ...samples.slice(1).map(() => 1000)],
})

// 3 ms waiting for tasks, 2 idle, 1 collecting, 4 + 2 in run (2 of them by itself called again), 3 sorting, 5 in WebAssembly, 1 closing.
const SAMPLES = [9, 9, 9, 2, 2, 3, 5, 5, 5, 5, 8, 8, 7, 7, 7, 10, 10, 10, 10, 10, 11]

describe("self times", () => {
  test("are the time from a sample to the next, the last to the end", () => {
    const times = selfTimes({
      nodes: [],
      startTime: 0,
      endTime: 10_000,
      samples: [1, 2, 1, 3],
      timeDeltas: [500, 1000, 2500, 4000],
    })
    expect([...times]).toEqual([
      [1, 1 + 4],
      [2, 2.5],
      [3, 2],
    ])
  })
})

describe("a flame tree", () => {
  const tree = flameTree(
    [
      { name: "worker threads", profiles: [profile(SAMPLES), profile(SAMPLES)] },
      { name: "main thread", profiles: [profile([2, 2, 5])] },
    ],
    ROOT,
  )
  const totals = new Map(frameTotals(tree).map((total) => [`${total.name} ${total.place}`, total]))

  test("adds threads up, without what waits", () => {
    expect(tree.totalMs).toBe(2 * 16 + 1)
    expect([...tree.children.values()].map(({ name, totalMs }) => [name, totalMs])).toEqual([
      ["worker threads", 32],
      ["main thread", 1],
    ])
  })

  test("gives functions their own time and that of what they call, a recursion once", () => {
    expect(totals.get("mesh.surface: run kernels/mesh/surface:10")).toMatchObject({
      selfMs: 2 * 6 + 1,
      totalMs: 2 * 9 + 1,
      kind: "kernel",
    })
    expect(totals.get("runKernel engine/pool/chain-run:10")).toMatchObject({
      selfMs: 0,
      totalMs: 2 * 14 + 1,
      kind: "engine",
    })
    expect(totals.get("sort @stage/sorting")).toMatchObject({ selfMs: 6, totalMs: 6, kind: "package" })
    expect(totals.get("garbage collection V8")).toMatchObject({ selfMs: 2, kind: "collector" })
    expect(frameTotals(tree).map(({ selfMs }) => selfMs)).toEqual([13, 10, 6, 2, 2, 0, 0, 0])
  })

  test("names WebAssembly and native functions, and where they were called", () => {
    expect(totals.get("decodeBit [wasm] kernels/wasm/laz-chunk")).toMatchObject({ selfMs: 10, kind: "wasm" })
    expect(totals.get("close [native] piscina")).toMatchObject({ selfMs: 2, kind: "native" })
  })

  test("is drawn as a page without outside resource, its figures in a table and its data safe", () => {
    const odd = profile([5])
    const named = {
      ...odd,
      nodes: odd.nodes.map((node) =>
        node.id === 5 ? { ...node, callFrame: frame("</script>x", `${ROOT}a.js`) } : node,
      ),
    }
    const page = flamePage(flameTree([{ name: "w", profiles: [named, profile(SAMPLES)] }], ROOT), {
      title: "where",
      notes: ["a note & more"],
    })
    expect(page).not.toMatch(/(src|href)=|https?:/)
    expect(page.match(/<\/script>/g)?.length).toBe(2)
    expect(page).toContain("a note &amp; more")
    expect(page).toMatch(/decodeBit \[wasm\]<\/span><\/td><td>kernels\/wasm\/laz-chunk<\/td><td>5<\/td><td>29\.4 %/)
    const data = JSON.parse(/id="frames">(.*?)<\/script>/s.exec(page)?.[1] ?? "") as [
      string,
      string,
      string,
      number,
      number,
      unknown[],
    ]
    expect(data.slice(0, 5)).toEqual(["all threads", "", "node", 0, 17])
  })
})
