import { describe, expect, it } from "vitest"
import type { Mesh } from "../../../../engine/kernel.js"
import {
  type CanopyLevel,
  type CanopyLimits,
  canopySpacing,
  coarserCanopy,
} from "../../../../kernels/lod/levels/canopy.js"
import { looseEdges, openOn, woodGround, woodTile } from "../../../scenes/canopy-scene.js"
import { distanceTo, insideMesh, sampleMesh } from "../../../scenes/mesh-distance.js"

const SIDE = 50

/**
 * Limits of a level over tiles of 50 m: at 40 nodes a side the canopy is dense enough for the
 * triangles given.
 */
const limitsOf = (step: number, maxTriangles = 8 * 40 ** 2): CanopyLimits => ({
  side: SIDE * 1000 * step,
  step,
  bound: 75 * step,
  factor: 2,
  maxTriangles,
})

const memory = new Map<string, CanopyLevel>()

/** A tile of the pyramid over the scene; level 0 the finest. */
const levelAt = (level: number, column: number, row: number, ragged = false): CanopyLevel => {
  const key = `${level} ${column} ${row} ${ragged}`
  const side = SIDE * 2 ** level
  let made = memory.get(key)
  if (made === undefined) {
    if (level === 0) {
      const mesh = woodTile(column * SIDE, row * SIDE, SIDE, ragged)
      made = { mesh, error: 0, goneHeight: 0, spacing: 2500 }
    } else {
      const children = [0, 1, 2, 3].map(
        (i) => levelAt(level - 1, 2 * column + (i % 2), 2 * row + (i >> 1), ragged).mesh,
      )
      const box = [column, row, column + 1, row + 1].map((value) => 1000 * side * value) as [
        number,
        number,
        number,
        number,
      ]
      made = coarserCanopy(children, [column * side, row * side, 0], box, limitsOf(2 ** level))
    }
    memory.set(key, made)
  }
  return made
}

const finestUnder = (level: number, column: number, row: number): Mesh[] => {
  if (level === 0) return [levelAt(0, column, row).mesh]
  return [0, 1, 2, 3].flatMap((i) => finestUnder(level - 1, 2 * column + (i % 2), 2 * row + (i >> 1)))
}

/** Several meshes as one that distances can be taken from. */
const together = (meshes: readonly Mesh[]): Mesh => {
  const [positions, triangles]: number[][] = [[], []]
  for (const { positions: p, triangles: own, origin } of meshes) {
    const first = positions.length / 3
    for (let i = 0; i < p.length; i++) positions.push(p[i] + 1000 * origin[i % 3])
    for (const v of own) triangles.push(first + v)
  }
  return {
    ...meshes[0],
    origin: [0, 0, 0],
    positions: Int32Array.from(positions),
    triangles: Uint32Array.from(triangles),
    owners: new Uint32Array(triangles.length / 3),
  }
}

/** Volume between surface and floor, m³: walls have no area in plan. */
const heldBy = ({ positions: p, triangles }: Mesh): number => {
  let volume = 0
  for (let t = 0; t < triangles.length; t += 3) {
    const [a, b, c] = [0, 1, 2].map((k) => 3 * triangles[t + k]) as [number, number, number]
    const turn = (p[b] - p[a]) * (p[c + 1] - p[a + 1]) - (p[b + 1] - p[a + 1]) * (p[c] - p[a])
    volume += (turn * (p[a + 2] + p[b + 2] + p[c + 2])) / 6e9
  }
  return volume
}

describe("a canopy in levels", () => {
  it("has the distance between nodes that the level's triangles allow, the same for all its tiles, doubled once at least where that is too many", () => {
    const spacings = [1, 2, 4, 8, 16].map((step) => canopySpacing(limitsOf(step)))
    expect(spacings).toEqual([2500, 2500, 5000, 10_000, 20_000])
    // Tiles of 1 km at the default of 200,000 triangles, 0.4 of them: 100 nodes a side.
    expect(canopySpacing({ side: 2e6, step: 2, bound: 150, factor: 2, maxTriangles: 80_000 })).toBe(20_000)
    // Many triangles: the error tells.
    expect(canopySpacing({ side: 16e6, step: 16, bound: 9600, factor: 2, maxTriangles: 1e9 })).toBe(10_000)
    // 5 · 2500 · 2ⁿ: a fifth of the tile is the widest.
    expect(canopySpacing({ side: 100_000, step: 2, bound: 150, factor: 2, maxTriangles: 100 })).toBeUndefined()
    expect(canopySpacing({ side: 100_000, step: 2, bound: 150, factor: 2, maxTriangles: 200 })).toBe(20_000)
  })

  it("is the children's own where the nodes are: every face, square and value", () => {
    const { mesh, error, goneHeight, spacing } = levelAt(1, 0, 0)
    const children = finestUnder(1, 0, 0)
    expect([error, goneHeight, spacing]).toEqual([0, 0, 2500])
    expect(mesh.triangles.length).toBe(children.reduce((sum, child) => sum + child.triangles.length, 0))
    expect([...mesh.objects!.ids].sort()).toEqual(
      ["", ...children.flatMap(({ objects }) => objects!.ids.slice(1))].sort(),
    )
    const areas = ({ objects }: Mesh): number[] => [...objects!.columns["canopy_area"].values.slice(1)].map(Number)
    expect(areas(mesh).sort()).toEqual(children.flatMap(areas).sort())
    expect(looseEdges(mesh).open.length).toBeLessThan(
      children.reduce((sum, child) => sum + looseEdges(child).open.length, 0),
    )
  })

  it.each([
    [1, false],
    [3, false],
    [2, true],
  ])("level %i (ragged: %s): closed but for the tile's border, which the neighbours share", (level, ragged) => {
    const side = 1000 * SIDE * 2 ** level
    const [own, east, north] = [
      [0, 0],
      [1, 0],
      [0, 1],
    ].map(([c, r]) => levelAt(level, c, r, ragged).mesh) as [Mesh, Mesh, Mesh]
    expect(looseEdges(own).crowded).toBe(0)
    const lines = ([0, 1] as const).flatMap((axis) => [0, side].map((at) => openOn(own, axis, at)))
    expect(lines.reduce((sum, { length }) => sum + length, 0)).toBe(looseEdges(own).open.length)
    expect(openOn(own, 0, side)).toEqual(openOn(east, 0, side, true))
    expect(openOn(own, 1, side)).toEqual(openOn(north, 1, side, true))
    expect(openOn(own, 0, side).length + openOn(own, 1, side).length).toBeGreaterThan(4)
  })

  it("keeps to the triangles that it may have, however ragged", () => {
    for (const made of [levelAt(2, 0, 0, true), levelAt(3, 0, 0)])
      expect(made.mesh.triangles.length / 3).toBeLessThanOrEqual(8 * 40 ** 2)
    expect(levelAt(3, 0, 0).mesh.triangles.length / 3).toBeGreaterThan(1000)
  })

  it("holds about the same volume on every level", () => {
    const volumes = [1, 2, 3].map((level) => {
      const meshes = level === 3 ? [levelAt(3, 0, 0).mesh] : finestAt(level, 3)
      return meshes.reduce((sum, mesh) => sum + heldBy(mesh), 0)
    })
    for (const volume of volumes) expect(volume / volumes[0]!).toBeGreaterThan(0.8)
    for (const volume of volumes) expect(volume / volumes[0]!).toBeLessThan(1.25)
  })

  it.each([
    [2, 200],
    [3, 40],
  ])("states its error: sampled both ways against the finest, level %i", (level, count) => {
    const { mesh, error, goneHeight } = levelAt(level, 0, 0)
    const [fine, coarse] = [together(finestUnder(level, 0, 0)), together([mesh])]
    const [toFine, toCoarse] = [distanceTo(fine), distanceTo(coarse)]
    let largest = 0
    for (const place of sampleMesh(coarse, count, level)) {
      // On the ground, or below it: nobody sees it.
      const height = place.z - woodGround(place.x, place.y)
      if (height > 0 && !insideMesh(fine, place)) largest = Math.max(largest, Math.min(height, toFine(place)))
    }
    let gone = 0
    for (const place of sampleMesh(fine, count, level + 9)) {
      const height = place.z - woodGround(place.x, place.y)
      if (height <= 0 || insideMesh(coarse, place)) continue
      const apart = toCoarse(place)
      if (apart < height) largest = Math.max(largest, apart)
      else gone = Math.max(gone, height)
    }
    expect(largest).toBeGreaterThan(0)
    expect(largest).toBeLessThanOrEqual(error + 2)
    expect(gone).toBeLessThanOrEqual(Math.max(error, goneHeight) + 2)
    // Not only a bound: what is written is near what is there, and below two spacings. Of level 3
    // there are too few samples to tell.
    if (level === 2) expect(error).toBeLessThan(4 * largest)
    expect(error).toBeLessThan(2 * 2500 * 2 ** (level - 1))
  })

  it("sums what its squares stand for, and never states less than the level below", () => {
    const sum = (meshes: readonly Mesh[], column: string): number =>
      meshes.reduce(
        (all, { objects }) =>
          all +
          [...objects!.columns[column].values]
            .slice(1)
            .map(Number)
            .reduce((a, b) => a + b, 0),
        0,
      )
    const finest = finestUnder(3, 0, 0)
    const top = levelAt(3, 0, 0)
    const shown = sum([top.mesh], "members") / sum(finest, "members")
    expect(shown).toBeGreaterThan(0.9)
    expect(shown).toBeLessThanOrEqual(1)
    const highest = (meshes: readonly Mesh[]): number =>
      Math.max(...meshes.flatMap(({ objects }) => [...objects!.columns["height"].values].slice(1).map(Number)))
    expect(highest([top.mesh])).toBe(highest(finest))
    for (let i = 0; i < 4; i++) expect(top.error).toBeGreaterThan(levelAt(2, i % 2, i >> 1).error)
    expect(new Set([...top.mesh.objects!.columns["errorM"].values].slice(1))).toEqual(new Set([top.error / 1000]))
  })

  it("is gone where the bound is higher than it, and where its nodes would be too far apart, with its height as error", () => {
    const box = [0, 0, 200_000, 200_000] as const
    const before = levelAt(1, 0, 0).mesh
    const highest = Math.max(...[...before.objects!.columns["height"].values].slice(1).map(Number))
    const low = coarserCanopy([before], [0, 0, 0], box, { ...limitsOf(4), bound: 40_000, factor: 1e6 })
    expect([low.mesh.triangles.length, low.error]).toEqual([0, 0])
    expect(low.goneHeight).toBeGreaterThan(4000)
    expect(low.goneHeight).toBeLessThanOrEqual(1000 * highest)
    const none = coarserCanopy([levelAt(0, 0, 0).mesh], [0, 0, 0], [0, 0, 100_000, 100_000], {
      ...limitsOf(2, 8 * 4 ** 2),
    })
    expect([none.spacing, none.mesh.triangles.length]).toEqual([undefined, 0])
    expect(none.goneHeight).toBeGreaterThan(4000)
    const empty = coarserCanopy([], [0, 0, 0], box, limitsOf(4))
    expect([empty.mesh.triangles.length, empty.error, empty.goneHeight]).toEqual([0, 0, 0])
  })

  it("is the same without regard to the order of its children, and where one is missing all others have their borders", () => {
    const children = [0, 1, 2, 3].map((i) => levelAt(1, i % 2, i >> 1).mesh)
    const made = (given: readonly Mesh[]): Mesh =>
      coarserCanopy(given, [0, 0, 0], [0, 0, 200_000, 200_000], limitsOf(4)).mesh
    const faces = (mesh: Mesh): string[] =>
      Array.from({ length: mesh.triangles.length / 3 }, (_, t) =>
        [0, 1, 2]
          .map((k) =>
            mesh.positions.subarray(3 * mesh.triangles[3 * t + k], 3 * mesh.triangles[3 * t + k] + 3).join(" "),
          )
          .join(),
      ).sort()
    expect(faces(made([...children].reverse()))).toEqual(faces(made(children)))
    const three = made(children.slice(1))
    // The north of the western line is as before.
    const northern = (mesh: Mesh): string[] =>
      openOn(mesh, 0, 0).filter((edge) => edge.split(" > ").every((end) => Number(end.split(" ")[1]) >= 100_000))
    expect(northern(three)).toEqual(northern(made(children)))
    expect(northern(three).length).toBeGreaterThan(0)
  })
})

/** The tiles of a level under the first of a higher one. */
const finestAt = (level: number, of: number): Mesh[] => {
  const count = 2 ** (of - level)
  return Array.from({ length: count * count }, (_, i) => levelAt(level, i % count, Math.floor(i / count)).mesh)
}
