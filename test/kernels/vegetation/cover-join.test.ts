import { describe, expect, it } from "vitest"
import { tilesOf } from "../../scenes/cover-noise.js"
import { coverLayer, ringsOf } from "../../scenes/cover-scene.js"

// Four regions meet at 20000, 30000.
const box = [19_800, 29_800, 20_200, 30_200] as const
const { features, bytes, cuts } = coverLayer(tilesOf([...box], 200))
const { object_id: objects, class: classes, height, height_max: highest, kind, truncated } = features.columns

/**
 * Stretches of a feature's rings on the two lines: axis, from, to, in the direction of the ring.
 */
const onLines = (f: number): [axis: number, from: number, to: number][] =>
  ringsOf(features, f).flatMap((ring) => {
    const found: [number, number, number][] = []
    for (let i = 0; i + 2 < ring.length; i += 2) {
      if (ring[i] === 20_000 && ring[i + 2] === 20_000) found.push([0, ring[i + 1], ring[i + 3]])
      if (ring[i + 1] === 30_000 && ring[i + 3] === 30_000) found.push([1, ring[i], ring[i + 2]])
    }
    return found
  })

describe("vector.vegetation-join", () => {
  it("nothing crosses the lines of the 10 km grid", () => {
    expect(cuts).toBeGreaterThan(10)
    features.ids.forEach((_, f) => {
      const [ring] = ringsOf(features, f)
      for (const [axis, line] of [
        [0, 20_000],
        [1, 30_000],
      ]) {
        const values = ring.filter((_v, i) => i % 2 === axis)
        expect(Math.min(...values) >= line || Math.max(...values) <= line).toBe(true)
      }
    })
  })

  it("parts that face each other across a line share the object and its figures; their edges there are the same, turned", () => {
    const edges = new Map<string, number>()
    features.ids.forEach((_, f) => {
      for (const [axis, from, to] of onLines(f)) edges.set(`${axis} ${from} ${to}`, f)
    })
    let facing = 0
    for (const [text, f] of edges) {
      const [axis, from, to] = text.split(" ")
      const other = edges.get(`${axis} ${to} ${from}`)
      if (other === undefined) continue
      facing++
      if (classes.values[f] !== classes.values[other] || kind.values[f] !== kind.values[other]) continue
      if (objects.values[f] !== objects.values[other]) expect(classes.values[f]).toBe(5)
      else for (const column of [height, highest, truncated]) expect(column.values[f]).toEqual(column.values[other])
    }
    expect(facing).toBeGreaterThan(20)
    // Every place of the lines that has vegetation on both sides has edges with the same ends on
    // both.
    const covered = (axis: number, forward: boolean): [number, number][] =>
      [...edges.keys()]
        .map((text) => text.split(" ").map(Number))
        .filter(([a, from, to]) => a === axis && from < to === forward)
        .map(([, from, to]): [number, number] => [Math.min(from, to), Math.max(from, to)])
    for (const axis of [0, 1]) {
      for (const [from, to] of covered(axis, true))
        for (const [start, end] of covered(axis, false))
          if (Math.max(from, start) < Math.min(to, end)) expect([start, end]).toEqual([from, to])
    }
  })

  it("some objects have parts in several regions, and one part has the object's id", () => {
    const parts = new Map<string, string[]>()
    features.ids.forEach((id, f) => {
      const object = objects.values[f] as string
      parts.set(object, [...(parts.get(object) ?? []), id])
    })
    const several = [...parts].filter(([, ids]) => ids.length > 1)
    expect(several.length).toBeGreaterThan(5)
    for (const [object, ids] of parts) expect(ids).toContain(object)
    expect(new Set(features.ids).size).toBe(features.ids.length)
  })

  it("is the same for tiles of 100 and 50 m, in any order, and tells what meets the border of the tiles", () => {
    for (const side of [100, 50])
      expect(Buffer.compare(coverLayer(tilesOf([...box], side).reverse()).bytes, bytes)).toBe(0)
    const ends = features.ids.filter((_, f) => truncated.values[f] === 1).length
    expect(ends).toBeGreaterThan(0)
    expect(ends).toBeLessThan(features.ids.length)
    // Without the tiles in the east all along x = 20000 the objects end there.
    const west = coverLayer(tilesOf([box[0], box[1], 20_000, box[3]], 100)).features
    const cut = west.ids.flatMap((_, f) => (ringsOf(west, f).some((ring) => atLine(ring)) ? [f] : []))
    expect(cut.length).toBeGreaterThan(0)
    for (const f of cut) expect(west.columns["truncated"].values[f]).toBe(1)
  })
})

/** True for a ring with an edge on x = 20000. */
const atLine = (ring: Float64Array): boolean => {
  for (let i = 0; i + 2 < ring.length; i += 2) if (ring[i] === 20_000 && ring[i + 2] === 20_000) return true
  return false
}
