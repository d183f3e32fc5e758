import { describe, expect, it } from "vitest"
import type { Mesh, MeshObjects, Solids } from "../../../engine/kernel.js"
import weld from "../../../kernels/lod/weld.js"
import { scratch, tileOf } from "../../scenes/kernel-run.js"

const tile = tileOf([100, 100, 150, 150], 0)
const origin = [100, 100, 0] as const

/**
 * Ground of the 50 m tile with a square block from (a, a) to (b, b), whose inside is a face of its
 * own.
 */
const groundAround = (a: number, b: number): Mesh => {
  const corners = [0, 0, 50_000, 0, 50_000, 50_000, 0, 50_000]
  const block = [a, a, b, a, b, b, a, b]
  const xy = [...corners, ...block]
  const positions = Int32Array.from({ length: 24 }, (_, i) =>
    i % 3 === 2 ? 1000 : (xy[2 * Math.floor(i / 3) + (i % 3)] ?? 0),
  )
  const ring = [0, 1, 2, 3].flatMap((i) => {
    const j = (i + 1) % 4
    return [i, j, 4 + j, i, 4 + j, 4 + i]
  })
  return {
    origin,
    positions,
    triangles: Uint32Array.from([...ring, 4, 5, 6, 4, 6, 7]),
    classes: new Uint8Array(8).fill(2),
    maxError: 0.1,
    owners: Uint32Array.of(...new Array<number>(8).fill(0), 1, 1),
    objects: table(["", "block"], [2, 6]),
  }
}

const table = (ids: string[], classes: number[], columns: MeshObjects["columns"] = {}): MeshObjects => ({
  ids,
  classes: Uint8Array.from(classes),
  columns,
})

/** Walls and a flat roof over the square, without a floor. */
const skinOver = (a: number, b: number, id = "block"): Mesh => {
  const plan = [a, a, b, a, b, b, a, b]
  const positions = Int32Array.from({ length: 24 }, (_, i) => {
    const v = Math.floor(i / 3)
    return i % 3 === 2 ? (v < 4 ? 1000 : 9000) : (plan[2 * (v % 4) + (i % 3)] ?? 0)
  })
  const walls = [0, 1, 2, 3].flatMap((i) => {
    const j = (i + 1) % 4
    return [i, j, 4 + j, i, 4 + j, 4 + i]
  })
  return {
    origin,
    positions,
    triangles: Uint32Array.from([...walls, 4, 5, 6, 4, 6, 7]),
    classes: new Uint8Array(8).fill(6),
    maxError: 0,
    owners: new Uint32Array(10).fill(1),
    objects: table(["", id], [2, 6], { height: { type: "number", values: Float64Array.of(Number.NaN, 8) } }),
  }
}

/** A closed tetrahedron. */
const tetrahedron: Solids = {
  origin: [100, 100, 10],
  positions: Int32Array.of(1000, 1000, 0, 2000, 1000, 0, 1000, 2000, 0, 1000, 1000, 1000),
  ringVertices: Uint32Array.of(0, 2, 1, 0, 1, 3, 1, 2, 3, 2, 0, 3),
  ringEnds: Uint32Array.of(3, 6, 9, 12),
  faceEnds: Uint32Array.of(1, 2, 3, 4),
  faceKinds: Uint8Array.of(0, 1, 1, 2),
  solidEnds: Uint32Array.of(4),
  ids: ["deck"],
  classes: Uint8Array.of(17),
  columns: { thickness: { type: "string", values: ["thin"] } },
}

const run = (ground: Mesh, more: { skin?: Mesh; "deck-body"?: Solids; crown?: Mesh; canopy?: Mesh } = {}) =>
  weld.run(
    tile,
    { skin: undefined, "deck-body": undefined, crown: undefined, canopy: undefined, ground, ...more },
    {},
    scratch,
  )
const faults = (quality: Readonly<Record<string, number>>) =>
  ["openEdges", "nonManifoldEdges", "degenerate", "duplicated"].map((name) => quality[name])

describe("mesh.weld", () => {
  it("puts a skin on the ground so that every inner edge has two faces", () => {
    const { mesh, "mesh-quality": quality } = run(groundAround(10_000, 30_000), { skin: skinOver(10_000, 30_000) })
    expect(faults(quality)).toEqual([0, 0, 0, 0])
    expect(mesh.triangles.length / 3).toBe(18)
    // 4 corners of the tile, 4 of the ring, which both share, 4 of the roof.
    expect(mesh.classes.length).toBe(12)
    expect(mesh.objects?.ids).toEqual(["", "block"])
    expect(mesh.objects?.columns["height"]?.values[1]).toBe(8)
    expect([...(mesh.owners ?? [])]).toEqual([...new Array(8).fill(0), ...new Array(10).fill(1)])
    expect(mesh.maxError).toBe(0.1)
  })

  it("names the decks of the ground", () => {
    const ground = groundAround(10_000, 30_000)
    const decks = [[Int32Array.of(0, 0, 9, 0, 0, 9)]]
    expect(run({ ...ground, decks }).mesh.decks).toEqual(decks)
    expect(run(ground).mesh).not.toHaveProperty("decks")
  })

  it("leaves a hole for a building whose skin the neighbour has, and counts any other", () => {
    const foreign = groundAround(10_000, 30_000)
    const elsewhere = skinOver(60_000, 70_000, "own")
    expect(run(foreign, { skin: elsewhere })["mesh-quality"]["openEdges"]).toBe(0)
    expect(
      run(foreign, { skin: { ...elsewhere, objects: table(["", "block"], [2, 6]) } })["mesh-quality"]["openEdges"],
    ).toBe(4)
  })

  it("counts a skin that misses the ring by a millimetre as open", () => {
    const { "mesh-quality": quality } = run(groundAround(10_000, 30_000), { skin: skinOver(10_000, 30_001) })
    expect(quality["openEdges"]).toBe(8)
  })

  it("keeps the ground under buildings where nothing stands on it", () => {
    const { mesh, "mesh-quality": quality } = run(groundAround(10_000, 30_000))
    expect(faults(quality)).toEqual([0, 0, 0, 0])
    expect(mesh.triangles.length / 3).toBe(10)
  })

  it("adds closed bodies with their own rows", () => {
    const given = { skin: skinOver(10_000, 30_000), "deck-body": tetrahedron }
    const { mesh, "mesh-quality": quality } = run(groundAround(10_000, 30_000), given)
    expect(faults(quality)).toEqual([0, 0, 0, 0])
    expect(mesh.objects?.ids).toEqual(["", "block", "deck"])
    expect([...(mesh.objects?.classes ?? [])]).toEqual([2, 6, 17])
    expect(mesh.objects?.columns).toMatchObject({
      height: { type: "number", values: Float64Array.of(Number.NaN, 8, Number.NaN) },
      thickness: { type: "string", values: ["", "", "thin"] },
    })
    expect(mesh.positions.subarray(3 * 12 + 2, 3 * 12 + 3)[0]).toBe(10_000)
  })

  it("lets a skin stand beyond the tile, and the ground end where the data end", () => {
    const ground = groundAround(10_000, 30_000)
    const bare = { ...ground, owners: new Uint32Array(10) }
    expect(run(bare, { skin: skinOver(50_000, 60_000) })["mesh-quality"]["openEdges"]).toBe(0)
    // Two feet that run from inside the tile to beyond it, with no ring cut for them.
    expect(run(bare, { skin: skinOver(48_000, 60_000) })["mesh-quality"]["openEdges"]).toBe(2)
    const holed = { ...ground, triangles: ground.triangles.slice(0, 24), owners: new Uint32Array(8) }
    expect(run(holed)["mesh-quality"]["openEdges"]).toBe(0)
  })

  it("counts the edges around a hole that is too small or narrow for a void, as validate does", () => {
    const holed = (from: number, to: number) => {
      const ground = groundAround(from, to)
      return run({ ...ground, triangles: ground.triangles.slice(0, 24), owners: new Uint32Array(8) })
    }
    expect(holed(10_000, 15_000)["mesh-quality"]["openEdges"]).toBe(4)
    expect(holed(10_000, 19_900)["mesh-quality"]["openEdges"]).toBe(4)
    expect(holed(10_000, 20_100)["mesh-quality"]["openEdges"]).toBe(0)
    // One that meets the tile's border may go on in the neighbour.
    expect(holed(0, 5000)["mesh-quality"]["openEdges"]).toBe(0)
    // The neighbour's skin closes this one.
    const foreign = groundAround(10_000, 15_000)
    expect(run(foreign, { skin: skinOver(60_000, 70_000, "own") })["mesh-quality"]["openEdges"]).toBe(0)
  })

  it("finds what is wrong: a face twice, a face without area, an edge of three faces", () => {
    const ground = groundAround(10_000, 30_000)
    const twice = { ...ground, triangles: Uint32Array.of(...ground.triangles, 4, 5, 6), owners: new Uint32Array(11) }
    const found = run({ ...twice, objects: table([""], [2]) })["mesh-quality"]
    expect(found["duplicated"]).toBe(1)
    expect(found["nonManifoldEdges"]).toBe(3)
    const flat = { ...twice, triangles: Uint32Array.of(...ground.triangles, 0, 5, 5), objects: table([""], [2]) }
    expect(run(flat)["mesh-quality"]["degenerate"]).toBe(1)
  })
})
