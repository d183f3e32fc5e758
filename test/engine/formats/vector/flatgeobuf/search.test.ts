import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import { Box2 } from "../../../../../engine/core/geometry/box.js"
import { seededRandom } from "../../../../../engine/core/random.js"
import { rtreeLevels } from "../../../../../engine/formats/vector/flatgeobuf/packed-rtree.js"
import { openFlatGeobufSearch } from "../../../../../engine/formats/vector/flatgeobuf/search.js"
import { encodeFlatGeobuf } from "../../../../../engine/formats/vector/flatgeobuf/writer.js"
import type { Features } from "../../../../../engine/kernel.js"

const folder = mkdtempSync(join(tmpdir(), "maille-search-"))
afterAll(() => rmSync(folder, { recursive: true }))

const boxes = (count: number): Box2[] => {
  const random = seededRandom(7)
  return Array.from({ length: count }, () => {
    const [x, y] = [1000 * random(), 1000 * random()]
    return [x, y, x + 20 * random(), y + 20 * random()]
  })
}

const layer = (all: readonly Box2[], dimension: 2 | 3 = 2): Features => ({
  geometry: "Polygon",
  dimension,
  coordinates: Float64Array.from(
    all.flatMap(([a, b, c, d]) =>
      [
        [a, b],
        [c, b],
        [c, d],
        [a, d],
        [a, b],
      ].flatMap((corner) => (dimension === 3 ? [...corner, 5] : corner)),
    ),
  ),
  ringEnds: Uint32Array.from(all, (_, i) => 5 * (i + 1)),
  partEnds: Uint32Array.from(all, (_, i) => i + 1),
  ids: all.map((_, i) => `n${i}`),
  columns: { rank: { type: "integer", values: Int32Array.from(all, (_, i) => i) } },
})

const write = (name: string, features: Features): string => {
  const path = join(folder, name)
  writeFileSync(
    path,
    encodeFlatGeobuf(features, { name: "building", epsg: 2154, metadata: { acquired: "2021" }, title: "t" }),
  )
  return path
}

describe("openFlatGeobufSearch", () => {
  it.each([1, 16, 17, 300, 5000])("finds of %i features those that meet a box, once, whole", async (count) => {
    const all = boxes(count)
    const file = await openFlatGeobufSearch(write(`${count}.fgb`, layer(all)))
    expect([file.count, file.dimension, file.metadata]).toEqual([count, 2, { acquired: "2021" }])
    for (const box of [
      [0, 0, 2000, 2000],
      [200, 300, 260, 340],
      [500, 0, 500, 2000],
      [-9, -9, -1, -1],
    ] as const) {
      const found: number[] = []
      let asked = 0
      await file.search(box, {
        box: () => ++asked > 0,
        feature: (rows) => {
          for (const { properties, rings } of rows) {
            const rank = Number(properties["rank"])
            found.push(rank)
            expect([...(rings[0] ?? [])].slice(0, 6)).toEqual([0, 1, 2, 1, 2, 3].map((k) => all[rank]?.[k]))
          }
        },
      })
      const wanted = all.flatMap((one, i) => (Box2.meets(one, box) ? [i] : []))
      expect(found.sort((a, b) => a - b)).toEqual(wanted)
      expect(asked).toBe(wanted.length)
    }
    await file.close()
  })

  it("reads no feature that the visitor does not want", async () => {
    const all = boxes(400)
    const file = await openFlatGeobufSearch(write("unwanted.fgb", layer(all, 3)))
    expect(file.dimension).toBe(3)
    const wide = (box: Box2): boolean => box[2] - box[0] > 10
    let read = 0
    await file.search([0, 0, 2000, 2000], {
      box: wide,
      feature: (rows) => {
        read += rows.length
        expect(rows[0]?.rings[0]).toHaveLength(15)
      },
    })
    expect(read).toBe(all.filter(wide).length)
    await file.close()
  })

  it("does without features", async () => {
    const file = await openFlatGeobufSearch(write("empty.fgb", layer([])))
    await file.search([0, 0, 1, 1], { box: () => expect.fail("no box"), feature: () => expect.fail("no feature") })
    await file.close()
  })

  it("refuses what is no FlatGeobuf, and a cut file, with their names", async () => {
    const text = join(folder, "text.fgb")
    writeFileSync(text, "no flatgeobuf at all, whatever it is called")
    await expect(openFlatGeobufSearch(text)).rejects.toThrow(/text\.fgb.*FlatGeobuf/)
    await expect(openFlatGeobufSearch(join(folder, "none.fgb"))).rejects.toThrow(/none\.fgb/)
  })

  // 90 kB a feature: above the size up to which files are compared with their index when they are
  // opened.
  it.each([1, 90_000])("refuses a damaged index, of features of %i bytes and more", async (size) => {
    const count = 60
    const note = { note: { type: "string" as const, values: Array.from({ length: count }, () => "x".repeat(size)) } }
    const whole = encodeFlatGeobuf({ ...layer(boxes(count)), columns: note }, { name: "n", epsg: 2154, metadata: {} })
    const index = 12 + new DataView(whole.buffer).getUint32(8, true)
    const [leaves, parents] = rtreeLevels(count, 16)
    const at = (node: number, field: number): number => index + 40 * node + 8 * field
    const damages: ((view: DataView) => void)[] = [
      (view) => view.setFloat64(at(parents.start + 1, 0), view.getFloat64(at(parents.start + 1, 0), true) + 1, true),
      (view) => view.setFloat64(at(parents.start, 3), Infinity, true),
      (view) => view.setFloat64(at(parents.start, 1), Number.NaN, true),
      (view) => view.setBigUint64(at(parents.start, 4), BigInt(leaves.start + 16), true),
      (view) => view.setBigUint64(at(leaves.start + 3, 4), view.getBigUint64(at(leaves.start + 5, 4), true), true),
      (view) => view.setBigUint64(at(leaves.start + 3, 4), 2n ** 63n, true),
      (view) => view.setBigUint64(at(leaves.start, 4), 4n, true),
      (view) => view.setFloat64(at(leaves.start + 3, 0), view.getFloat64(at(leaves.start + 3, 0), true) + 1e-3, true),
      (view) => view.setFloat64(at(leaves.start + 3, 2), view.getFloat64(at(leaves.start + 3, 2), true) + 500, true),
    ]
    let files = 0
    const search = async (bytes: Uint8Array): Promise<number> => {
      const path = join(folder, `damaged-${size}-${files++}.fgb`)
      writeFileSync(path, bytes)
      let found = 0
      const file = await openFlatGeobufSearch(path)
      try {
        await file.search([-1e9, -1e9, 1e9, 1e9], { box: () => true, feature: () => found++ })
      } finally {
        await file.close()
      }
      return found
    }
    expect(await search(whole)).toBe(count)
    for (const damage of damages) {
      const bytes = whole.slice()
      damage(new DataView(bytes.buffer))
      await expect(search(bytes)).rejects.toThrow(/damaged-.*damaged spatial index/)
    }
  })
})
