import { describe, expect, it } from "vitest"
import { canopyDepth, canopyGrid, latticeOfMeshes, placeCanopy } from "../../../../kernels/handover/canopy/grid.js"
import { canopyMesh } from "../../../../kernels/handover/canopy/mesh.js"
import { NO_GROUND } from "../../../../kernels/handover/canopy/nodes.js"
import { looseEdges, openOn, volumeOf, woodField, woodTile } from "../../../scenes/canopy-scene.js"

/** A field of 8 × 8 nodes at the origin with nothing on its border. */
const patch = (stands: (c: number, r: number) => boolean, height = 10_000) => {
  const grid = canopyGrid([0, 0, 17_500, 17_500], 2500)
  const inside = Array.from({ length: 64 }, (_, i) => stands(i % 8, i >> 3))
  return {
    ...grid,
    share: Int32Array.from(inside, (own) => (own ? 1000 : 0)),
    height: Int32Array.from(inside, (own) => (own ? height : 0)),
    ground: new Int32Array(64).fill(50_000),
  }
}

describe("the body of a canopy", () => {
  it("is closed and outward: its volume is that under its surface down to its floor", () => {
    // 4 × 4 nodes: 9 cells of four, 12 of two and 4 corners.
    const mesh = canopyMesh(placeCanopy(patch((c, r) => c > 1 && c < 6 && r > 1 && r < 6)), [0, 0, 0], () => undefined)
    expect(looseEdges(mesh)).toEqual({ open: [], crowded: 0 })
    const cell = 6.25
    const area = cell * (9 + 12 / 2 + 4 / 8)
    expect(mesh.objects!.ids.length).toBe(2)
    expect([...mesh.objects!.columns["canopy_area"].values]).toEqual([Number.NaN, Math.round(100 * area) / 100])
    expect([...mesh.objects!.columns["height"].values]).toEqual([Number.NaN, 10])
    const rim = cell * (12 / 2) * 8 + cell * (4 / 8) * ((10 + 2 * 6) / 3)
    expect(volumeOf(mesh)).toBeCloseTo(cell * 9 * 10 + rim + area * 0.5, 5)
    expect(mesh.positions.reduce((most, z, i) => (i % 3 === 2 ? Math.max(most, z) : most), 0)).toBe(60_000)
  })

  it("has no face in cells of a neighbour that is not there", () => {
    const tile = canopyMesh(placeCanopy(patch((c, r) => c > 1 && r > 1 && r < 6)), [0, 0, 0], () => undefined)
    const read = latticeOfMeshes([tile], canopyGrid([0, 0, 35_000, 17_500], 2500))
    const { triangles, positions } = canopyMesh(read, [0, 0, 0], () => undefined)
    expect(triangles.length).toBe(tile.triangles.length)
    expect(triangles.every((v) => v < positions.length / 3)).toBe(true)
  })

  it("keeps the two nodes of a saddle apart, and holes open", () => {
    const saddle = canopyMesh(
      placeCanopy(patch((c, r) => (c + r) % 2 === 0 && c % 7 > 0 && r % 7 > 0)),
      [0, 0, 0],
      () => undefined,
    )
    expect(looseEdges(saddle)).toEqual({ open: [], crowded: 0 })
    const ring = canopyMesh(
      placeCanopy(patch((c, r) => c > 0 && c < 6 && r > 0 && r < 6 && (c !== 3 || r !== 3))),
      [0, 0, 0],
      () => undefined,
    )
    expect(looseEdges(ring)).toEqual({ open: [], crowded: 0 })
  })

  it.each([
    ["woods", false],
    ["a canopy of which no two nodes agree", true],
  ])(
    "%s: open on the tile's border alone, where the neighbours have the same edges the other way round",
    (_, ragged) => {
      const tiles = [0, 1, 2, 3].map((i) => woodTile(7700 + 50 * (i % 2), 62_750 + 50 * (i >> 1), 50, ragged))
      for (const [i, tile] of tiles.entries()) {
        const [x, y] = [7_700_000 + 50_000 * (i % 2), 62_750_000 + 50_000 * (i >> 1)]
        const { open, crowded } = looseEdges(tile)
        expect(crowded).toBe(0)
        const isOn = (ends: readonly string[], axis: number, at: number): boolean =>
          ends.every((end) => Number(end.split(" ")[axis]) === at)
        for (const ends of open)
          expect(
            [x, x + 50_000].some((at) => isOn(ends, 0, at)) || [y, y + 50_000].some((at) => isOn(ends, 1, at)),
          ).toBe(true)
        expect(open.length).toBeGreaterThan(20)
        const { positions: p, triangles } = tile
        for (let t = 0; t < triangles.length; t += 3) {
          const [a, b, c] = [0, 1, 2].map((k) => [0, 1, 2].map((axis) => p[3 * triangles[t + k] + axis])) as [
            number[],
            number[],
            number[],
          ]
          const [u, v] = [b, c].map((end) => end.map((value, axis) => value - a[axis])) as [number[], number[]]
          const area = Math.hypot(u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]) / 2
          // Nothing thinner than a tenth of the spacing.
          expect(area).toBeGreaterThan(250 * 250 * 0.49)
        }
      }
      const [southWest, southEast, northWest] = tiles as [(typeof tiles)[0], (typeof tiles)[0], (typeof tiles)[0]]
      expect(openOn(southWest, 0, 7_750_000)).toEqual(openOn(southEast, 0, 7_750_000, true))
      expect(openOn(southWest, 1, 62_800_000)).toEqual(openOn(northWest, 1, 62_800_000, true))
      expect(openOn(southWest, 0, 7_750_000).length).toBeGreaterThan(4)
    },
  )

  it("is the same in one tile as in four: the same faces, squares and ids", () => {
    const facesOf = (mesh: ReturnType<typeof woodTile>): string[] => {
      const { positions: p, triangles, owners, objects, origin } = mesh
      return Array.from({ length: triangles.length / 3 }, (_, t) =>
        [0, 1, 2]
          .map((k) => [0, 1, 2].map((axis) => p[3 * triangles[3 * t + k] + axis] + 1000 * origin[axis]))
          .join(" "),
      ).map((face, t) => `${objects!.ids[owners![t]]} ${objects!.columns["canopy_area"].values[owners![t]]} ${face}`)
    }
    const four = [0, 1, 2, 3].flatMap((i) => facesOf(woodTile(1000 + 50 * (i % 2), 2000 + 50 * (i >> 1), 50)))
    expect(facesOf(woodTile(1000, 2000, 100)).sort()).toEqual(four.sort())
  })

  it("has a floor that follows the ground beyond its last node, known or not", () => {
    const slope = patch((c, r) => c > 1 && c < 6 && r > 1 && r < 6)
    const known = Int32Array.from({ length: 64 }, (_, i) => 50_000 + 1000 * (i % 8))
    const unknown = known.map((z, i) => (slope.share[i] > 0 ? z : NO_GROUND))
    for (const ground of [known, unknown]) {
      const { x, ground: low } = placeCanopy({ ...slope, ground })
      for (let v = 0; v < x.length; v++) expect(low[v]).toBeCloseTo(50_000 + (1000 * x[v]) / 2500, 6)
    }
  })

  it("is read back from its meshes, vertex for vertex", () => {
    const box = [0, 0, 100_000, 100_000] as const
    const whole = placeCanopy(woodField(box))
    const meshes = [0, 1, 2, 3].map((i) => woodTile(50 * (i % 2), 50 * (i >> 1), 50))
    const read = latticeOfMeshes(meshes, canopyGrid(box, 2500))
    const vertices = (lattice: typeof whole, of: "node" | "east" | "north") =>
      [...lattice[of]].map((v) =>
        v < 0 ? "" : [lattice.x[v], lattice.y[v], lattice.top[v], lattice.ground[v]].join(" "),
      )
    for (const of of ["node", "east", "north"] as const) expect(vertices(read, of)).toEqual(vertices(whole, of))
    expect(canopyDepth(2500)).toBe(500)
    expect(() => latticeOfMeshes(meshes, canopyGrid(box, 5000))).toThrow("Run again with --force")
    expect(() => latticeOfMeshes([woodTile(100, 0, 50)], canopyGrid(box, 2500))).toThrow("Run again with --force")
  })

  it("needs tiles that its nodes divide", () => {
    expect(() => canopyGrid([0, 0, 51_000, 51_000], 2500)).toThrow("--tile-size")
  })
})
