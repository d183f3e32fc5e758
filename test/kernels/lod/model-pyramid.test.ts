import { describe, expect, it } from "vitest"
import { seededRandom } from "../../../engine/core/random.js"
import type { Mesh, Solids } from "../../../engine/kernel.js"
import { HeightLookup } from "../../../kernels/geometry/height-lookup.js"
import { sideBySide } from "../../../kernels/geometry/join-meshes.js"
import kernel from "../../../kernels/lod/model-pyramid.js"
import { meshOfSolids } from "../../../kernels/lod/solid/faces.js"
import { woodTile } from "../../scenes/canopy-scene.js"
import { scratch, tileOf } from "../../scenes/kernel-run.js"
import { distanceTo, insideMesh, sampleMesh } from "../../scenes/mesh-distance.js"
import { factsOf, openOn } from "../../scenes/mesh-scene.js"
import { modelTile, prism, SIDE, solidsOf } from "../../scenes/pyramid-scene.js"
import { levelGap } from "./level-gap.js"

interface Node {
  readonly mesh: Mesh
  readonly ground: Mesh
  readonly solid: Solids
  readonly "deck-body": Solids
  readonly crown: Mesh
  readonly canopy: Mesh
}

const options = { maxError: 0.15, factor: 2, maxTriangles: 200_000 }
const memory = new Map<string, Node>()

const noCanopy = (origin: Mesh["origin"]): Mesh => ({
  origin,
  positions: new Int32Array(0),
  triangles: new Uint32Array(0),
  classes: new Uint8Array(0),
  maxError: 0,
  owners: new Uint32Array(0),
  objects: { ids: [""], classes: Uint8Array.of(2), columns: {} },
})

const finest = (column: number, row: number): Node => {
  const { ground, solid, deck, crown } = modelTile(column, row)
  const mesh = sideBySide([ground, meshOfSolids(solid), meshOfSolids(deck), crown])
  return { mesh, ground, solid, "deck-body": deck, crown, canopy: noCanopy(ground.origin) }
}

const childrenOf = (level: number, column: number, row: number): Node[] =>
  [0, 1, 2, 3].map((i) => nodeAt(level - 1, 2 * column + (i % 2), 2 * row + (i >> 1)))

const runOn = (
  level: number,
  column: number,
  row: number,
  children: readonly Node[],
  given = options,
): ReturnType<typeof kernel.run> => {
  const side = SIDE * 2 ** level
  const tile = tileOf([column * side, row * side, (column + 1) * side, (row + 1) * side], 0, 2 ** level)
  const input = {
    ground: children.map((child) => child.ground),
    solid: children.map((child) => child.solid),
    "deck-body": children.map((child) => child["deck-body"]),
    crown: children.map((child) => child.crown),
    canopy: children.map((child) => child.canopy),
  }
  return kernel.run(tile, input, given, scratch)
}

/** A tile of the pyramid over the scene, level 0 the finest. */
const nodeAt = (level: number, column: number, row: number): Node => {
  const key = `${level} ${column} ${row}`
  let node = memory.get(key)
  if (node === undefined) {
    node = level === 0 ? finest(column, row) : runOn(level, column, row, childrenOf(level, column, row))
    memory.set(key, node)
  }
  return node
}

/**
 * Edges, by vertex numbers, that do not have two faces in opposite directions, on the tile's border
 * or elsewhere.
 */
const looseEdges = ({ positions, triangles }: Mesh, side: number): { border: number; inside: number } => {
  const count = new Map<string, number>()
  for (let e = 0; e < triangles.length; e++) {
    const [a, b] = [triangles[e], triangles[e % 3 === 2 ? e - 2 : e + 1]]
    const key = a < b ? `${a} ${b}` : `${b} ${a}`
    count.set(key, (count.get(key) ?? 0) + (a < b ? 1 : 1000))
  }
  let [border, inside] = [0, 0]
  for (const [key, uses] of count) {
    if (uses === 1001) continue
    const [a, b] = key.split(" ").map(Number) as [number, number]
    const onBorder = [0, 1].some((axis) =>
      [0, side].some((at) => positions[3 * a + axis] === at && positions[3 * b + axis] === at),
    )
    if (onBorder && (uses === 1 || uses === 1000)) border++
    else inside++
  }
  return { border, inside }
}

const finestUnder = (level: number, column: number, row: number): Node[] => {
  if (level === 0) return [nodeAt(0, column, row)]
  return [0, 1, 2, 3].flatMap((i) => finestUnder(level - 1, 2 * column + (i % 2), 2 * row + (i >> 1)))
}

const lookupOf = (mesh: Mesh): HeightLookup => {
  const axis = (k: number): Int32Array => Int32Array.from(mesh.classes, (_, v) => mesh.positions[3 * v + k])
  return new HeightLookup({ x: axis(0), y: axis(1), z: axis(2), triangles: mesh.triangles })
}

describe("mesh.model-pyramid", () => {
  it.each([1, 2, 3])("is closed but for the tile's border, without degenerate faces, at level %i", (level) => {
    const node = nodeAt(level, 0, 0)
    const side = 1000 * SIDE * 2 ** level
    expect(looseEdges(node.mesh, side).inside).toBe(0)
    const ground = factsOf(node.ground)
    expect(ground.areaM2).toBe((SIDE * 2 ** level) ** 2)
    expect([ground.degenerate, ground.nonManifold, ground.unused]).toEqual([0, 0, 0])
    expect(looseEdges(node.ground, side)).toEqual({ border: ground.open.size, inside: 0 })
    for (const mesh of [meshOfSolids(node.solid), meshOfSolids(node["deck-body"]), node.crown])
      expect(looseEdges(mesh, -1)).toEqual({ border: 0, inside: 0 })
  })

  it.each([
    [1, 0, 0],
    [1, 1, 0],
    [2, 0, 0],
  ])("has the border of its neighbours to the millimetre: level %i, tile %i/%i", (level, column, row) => {
    const side = SIDE * 2 ** level
    const own = factsOf(nodeAt(level, column, row).ground)
    const east = openOn(own, { x: (column + 1) * side })
    const north = openOn(own, { y: (row + 1) * side })
    expect(east).toEqual(openOn(factsOf(nodeAt(level, column + 1, row).ground), { x: (column + 1) * side }))
    expect(north).toEqual(openOn(factsOf(nodeAt(level, column, row + 1).ground), { y: (row + 1) * side }))
    expect(east.length).toBeGreaterThan(2)
  })

  it("keeps its border and its neighbours' gap where its triangles are limited", () => {
    const tight = runOn(2, 0, 0, childrenOf(2, 0, 0), { ...options, maxTriangles: 4000 })
    expect(tight.mesh.triangles.length / 3).toBeLessThanOrEqual(4002)
    expect([...factsOf(tight.ground).open].sort()).toEqual([...factsOf(nodeAt(2, 0, 0).ground).open].sort())
    expect(tight.mesh.maxError).toBeGreaterThan(nodeAt(2, 0, 0).mesh.maxError)
    expect(looseEdges(tight.mesh, 1000 * SIDE * 4).inside).toBe(0)
  })

  it.each([1, 2])("has a gap to a neighbour of the next finer level below its error: level %i", (level) => {
    const coarse = nodeAt(level, 0, 0)
    for (const row of [0, 1]) {
      const fine = nodeAt(level - 1, 2, row)
      const { gapM, commonM } = levelGap(fine.ground, coarse.ground, { axis: 0, at: SIDE * 2 ** level })
      expect(commonM).toBe(SIDE * 2 ** (level - 1))
      expect(gapM).toBeGreaterThan(0)
      expect(gapM).toBeLessThanOrEqual(coarse.ground.maxError - fine.ground.maxError + 1e-9)
    }
    expect(levelGap(coarse.ground, nodeAt(level, 1, 0).ground, { axis: 0, at: SIDE * 2 ** level }).gapM).toBe(0)
  })

  it.each([1, 2, 3])("measures the ground's error: sampled against the finest, level %i", (level) => {
    const node = nodeAt(level, 0, 0)
    const coarse = lookupOf(node.ground)
    const random = seededRandom(level)
    let largest = 0
    for (const { ground } of finestUnder(level, 0, 0)) {
      const fine = lookupOf(ground)
      const [dx, dy] = [1000 * ground.origin[0], 1000 * ground.origin[1]]
      for (let k = 0; k < 4000; k++) {
        const [x, y] = [random() * SIDE * 1000, random() * SIDE * 1000]
        largest = Math.max(largest, Math.abs(fine.heightAt(x, y)! - coarse.heightAt(x + dx, y + dy)!))
      }
    }
    const own = nodeAt(0, 0, 0).ground.maxError
    expect(largest / 1000).toBeLessThanOrEqual(node.ground.maxError - own)
    // Not only a bound: what is written is near what is there.
    expect(node.ground.maxError - own).toBeLessThanOrEqual((4 * largest) / 1000)
  })

  it.each([1, 2, 3])("measures the error of buildings: sampled both ways against the finest, level %i", (level) => {
    const node = nodeAt(level, 0, 0)
    const coarse = meshOfSolids(node.solid)
    const fine = sideBySide(finestUnder(level, 0, 0).map(({ solid }) => meshOfSolids(solid)))
    const column = node.solid.columns["errorM"]
    const stated = column?.type === "number" ? Math.max(...column.values) : Number.NaN
    const [toFine, toCoarse] = [distanceTo(fine), distanceTo(coarse)]
    const bound = 500 * options.maxError * 2 ** level
    let largest = 0
    for (const place of sampleMesh(coarse, 300, level)) largest = Math.max(largest, toFine(place))
    for (const place of sampleMesh(fine, 300, level + 9)) {
      // Of a building that is gone, which is told apart, or hidden in what took its place.
      if (place.height <= bound || insideMesh(coarse, place)) continue
      largest = Math.max(largest, toCoarse(place))
    }
    expect(largest / 1000).toBeLessThanOrEqual(stated + 0.002)
  })

  it("never has a smaller error than its children, and about doubles it", () => {
    for (const level of [1, 2, 3]) {
      const error = nodeAt(level, 0, 0).mesh.maxError
      for (const child of childrenOf(level, 0, 0)) expect(error).toBeGreaterThanOrEqual(child.mesh.maxError)
    }
    expect(nodeAt(3, 0, 0).mesh.maxError).toBeLessThan(0.15 * 8 * 3)
  })

  it("turns buildings into blocks, merges and leaves them out, each solid standing for its members", () => {
    const count = (level: number): number => nodeAt(level, 0, 0).solid.ids.length
    const members = (level: number): number => {
      const column = nodeAt(level, 0, 0).solid.columns["members"]!
      return column.type === "string" ? 0 : [...column.values].reduce((sum, value) => sum + value, 0)
    }
    const all = finestUnder(3, 0, 0).reduce((sum, { solid }) => sum + solid.ids.length, 0)
    expect(members(3)).toBe(all)
    expect(count(3)).toBeLessThanOrEqual(all)
    // A larger bound: fewer, flat and merged; a very large one: nothing.
    const few = runOn(3, 0, 0, childrenOf(3, 0, 0), { ...options, maxError: 1 })
    expect(few.solid.ids.length).toBeLessThan(0.7 * all)
    expect(few["mesh-quality"]["buildingsKept"]).toBe(0)
    expect(looseEdges(meshOfSolids(few.solid), -1)).toEqual({ border: 0, inside: 0 })
    const none = runOn(3, 0, 0, childrenOf(3, 0, 0), { ...options, maxError: 20 })
    expect(none.solid.ids).toEqual([])
    expect(none["mesh-quality"]["goneErrorM"]).toBeGreaterThan(5)
    expect(none.mesh.maxError).toBeGreaterThanOrEqual(none["mesh-quality"]["goneErrorM"]! + none.ground.maxError)
  })

  it("remembers on the levels above what is gone", () => {
    const first = runOn(1, 0, 0, childrenOf(1, 0, 0), { ...options, maxError: 20 })
    const again = runOn(2, 0, 0, [first], options)
    expect(again["mesh-quality"]["goneErrorM"]).toBeGreaterThanOrEqual(first["mesh-quality"]["goneErrorM"]!)
    expect(again.mesh.maxError).toBeGreaterThanOrEqual(first.mesh.maxError)
  })

  it("keeps the lake as an object, and works without buildings, decks and trees", () => {
    expect(nodeAt(2, 0, 0).mesh.objects?.ids).toContain("lake")
    const children = childrenOf(1, 0, 0).map(({ ground }) => ground)
    const tile = tileOf([0, 0, 2 * SIDE, 2 * SIDE], 0, 2)
    const bare = kernel.run(
      tile,
      { ground: children, solid: undefined, "deck-body": undefined, crown: undefined, canopy: undefined },
      options,
      scratch,
    )
    expect(bare.mesh.triangles.length).toBe(bare.ground.triangles.length)
    expect(bare.ground.positions).toEqual(nodeAt(1, 0, 0).ground.positions)
  })

  it("leaves the squares of missing children open", () => {
    const children = childrenOf(1, 0, 0)
    const three = runOn(1, 0, 0, children.slice(1))
    expect(factsOf(three.ground).areaM2).toBe(3 * SIDE ** 2)
    expect(openOn(factsOf(three.ground), { x: 2 * SIDE })).toEqual(
      openOn(factsOf(nodeAt(1, 0, 0).ground), { x: 2 * SIDE }),
    )
  })

  it("has a canopy beside the rest: on its neighbours' border, within its triangles, its error among the others", () => {
    const withCanopy = (column: number, row: number): Node => {
      const node = nodeAt(0, column, row)
      return { ...node, crown: noCanopy(node.ground.origin), canopy: woodTile(column * SIDE, row * SIDE, SIDE) }
    }
    const parentOf = (column: number, given = options): ReturnType<typeof runOn> =>
      runOn(
        1,
        column,
        0,
        [0, 1, 2, 3].map((i) => withCanopy(2 * column + (i % 2), i >> 1)),
        given,
      )
    const [west, east] = [parentOf(0), parentOf(1)]
    const [own, other] = [west, east].map(({ canopy }) => factsOf(canopy))
    expect(openOn(own, { x: 2 * SIDE })).toEqual(openOn(other, { x: 2 * SIDE }))
    expect(openOn(own, { x: 2 * SIDE }).length).toBeGreaterThan(2)
    expect(looseEdges(west.mesh, 1000 * SIDE * 2).inside).toBe(0)
    expect([west["mesh-quality"]["canopySpacingM"], west["mesh-quality"]["canopyErrorM"]]).toEqual([2.5, 0])
    const tight = parentOf(0, { ...options, maxTriangles: 20_000 })
    expect(tight["mesh-quality"]["canopySpacingM"]).toBe(10)
    expect(tight.canopy.triangles.length / 3).toBeLessThanOrEqual(8000)
    expect(tight.mesh.triangles.length / 3).toBeLessThanOrEqual(20_000)
    expect(looseEdges(tight.mesh, 1000 * SIDE * 2).inside).toBe(0)
    const error = tight["mesh-quality"]["canopyErrorM"]!
    expect(error).toBeGreaterThan(1)
    expect(tight.mesh.maxError).toBeGreaterThanOrEqual(error + tight.ground.maxError)
  })

  it("gives the same bytes twice", () => {
    expect(runOn(2, 0, 0, childrenOf(2, 0, 0))).toEqual(nodeAt(2, 0, 0))
  })
})

describe("mesh.model-pyramid on flat ground", () => {
  it("has no edge of a floor that is one of the ground too, where flat ground ends at a building", () => {
    const origin = [0, 0, 0] as const
    const corners = [0, 0, 0, 60_000, 0, 0, 60_000, 100_000, 0, 0, 100_000, 0]
    const ground: Mesh = {
      ...{ ...noCanopy(origin), positions: Int32Array.from(corners), triangles: Uint32Array.of(0, 1, 2, 0, 2, 3) },
      ...{ classes: new Uint8Array(4).fill(2), owners: new Uint32Array(2) },
    }
    const plan = [60, 80, 80, 60].map((x, i) => [1000 * x, i < 2 ? 0 : 100_000] as const)
    const solid = solidsOf([prism("house", [plan], 0, 6000)], origin)
    const nothing = solidsOf([], origin)
    const crown = noCanopy(origin)
    const { mesh } = runOn(1, 0, 0, [
      { ...{ mesh: ground, ground, solid }, "deck-body": nothing, crown, canopy: crown },
    ])
    const place = (v: number): string => mesh.positions.subarray(3 * v, 3 * v + 3).join(" ")
    const uses = new Map<string, number>()
    for (let e = 0; e < mesh.triangles.length; e++) {
      const ends = [mesh.triangles[e], mesh.triangles[e % 3 === 2 ? e - 2 : e + 1]].map(place)
      const edge = ends.sort().join(",")
      uses.set(edge, (uses.get(edge) ?? 0) + 1)
    }
    expect(uses.get("60000 0 0,60000 100000 0")).toBe(1)
    expect(Math.max(...uses.values())).toBe(2)
  })
})
