import { describe, expect, test } from "vitest"
import type { Box2 } from "../../../../engine/core/geometry/box.js"
import { meshEdges } from "../../../../engine/core/geometry/mesh-edges.js"
import { decodeGlb } from "../../../../engine/formats/tiles3d/decode-glb.js"
import { divideMesh, pickTriangles } from "../../../../engine/formats/tiles3d/divide-mesh.js"
import { encodeGlb } from "../../../../engine/formats/tiles3d/glb.js"
import { joinContents } from "../../../../engine/formats/tiles3d/join-contents.js"
import type { Mesh } from "../../../../engine/kernel.js"
import { frameAt, gridMesh, provenance } from "../../../scenes/content-scene.js"
import { townMesh } from "../../../scenes/content-town.js"

const BOX: Box2 = [770500, 6277500, 770600, 6277600]

const floats = ({ positions }: Mesh): Float64Array => Float64Array.from(positions)
/** Places of the ends of open edges, and their number. */
const border = (mesh: Mesh): { places: string[]; edges: number; nonManifold: number } => {
  const { open, nonManifold } = meshEdges(floats(mesh), mesh.triangles)
  const places = new Set([...open].map((v) => mesh.positions.slice(3 * v, 3 * v + 3).join(" ")))
  return { places: [...places].sort(), edges: open.length / 2, nonManifold }
}
/** Twice the area of all triangles in plan, by class of the owner, square millimetres. */
const areas = ({ positions: p, triangles, owners, objects }: Mesh): Map<number, number> => {
  const sums = new Map<number, number>()
  for (let t = 0; t < triangles.length / 3; t++) {
    const [a, b, c] = [0, 1, 2].map((k) => 3 * triangles[3 * t + k]!) as [number, number, number]
    const area = (p[b]! - p[a]!) * (p[c + 1]! - p[a + 1]!) - (p[b + 1]! - p[a + 1]!) * (p[c]! - p[a]!)
    const code = objects?.classes[owners?.[t] ?? 0] ?? 2
    sums.set(code, (sums.get(code) ?? 0) + area)
  }
  return sums
}

describe("divideMesh", () => {
  const meshes: [string, Mesh][] = [
    ["a town", townMesh(BOX, 27)],
    ["uneven ground", gridMesh(BOX, 37)],
    ["ground with an origin elsewhere", gridMesh(BOX, 37, [770543.217, 6277611.009, -3.5])],
  ]

  test.each(meshes)("%s: nothing opens, nothing moves, the border stays as it was", (_, mesh) => {
    const divided = divideMesh(mesh, BOX, { maxTriangles: 200 })
    expect(divided.parts.length).toBeGreaterThan(8)
    expect(border(divided.mesh)).toEqual(border(mesh))
    expect(divided.mesh.positions.subarray(0, mesh.positions.length)).toEqual(mesh.positions)
    const [before, after] = [areas(mesh), areas(divided.mesh)]
    // Places of cuts are rounded to the millimetre; what one side loses the other wins.
    for (const [code, area] of before) expect(after.get(code)).toBe(area)
    const all = divided.parts.flatMap(({ triangles }) => [...triangles])
    expect(new Set(all).size).toBe(divided.mesh.triangles.length / 3)
    expect(all.length).toBe(divided.mesh.triangles.length / 3)
  })

  test("parts keep the limit and lie in their cells; objects are whole", () => {
    const mesh = townMesh(BOX, 27)
    const { parts, mesh: cut } = divideMesh(mesh, BOX, { maxTriangles: 200 })
    const homes = new Map<number, string>()
    for (const { path, triangles } of parts) {
      expect(triangles.length).toBeLessThanOrEqual(200)
      let [minX, minY, side] = [0, 0, 100_000]
      for (const digit of path) {
        side /= 2
        minX += Number(digit) % 2 === 0 ? 0 : side
        minY += Number(digit) < 2 ? 0 : side
      }
      for (const t of triangles) {
        const row = cut.owners![t]!
        const isWhole = ![2, 9].includes(cut.objects!.classes[row]!)
        if (isWhole) expect(homes.get(row) ?? path).toBe(path)
        if (isWhole) homes.set(row, path)
        for (let k = 0; k < 3 && !isWhole; k++) {
          const [x, y] = cut.positions.subarray(3 * cut.triangles[3 * t + k]!)
          // Border triangles are cut inside only: they reach over the line by a square of the town.
          const isBorder = [0, 1, 2].some((j) => {
            const [u, v] = cut.positions.subarray(3 * cut.triangles[3 * t + j]!)
            return u === 0 || v === 0 || u! >= 99_981 || v! >= 99_981
          })
          const room = isBorder ? 3704 : 1
          expect(x! >= minX - room && x! <= minX + side + room && y! >= minY - room && y! <= minY + side + room).toBe(
            true,
          )
        }
      }
    }
    expect(homes.size).toBe(mesh.objects!.ids.length - 2)
  })

  test("a parent is divided no further than it may; texels count too; a small mesh is left as it is", () => {
    const mesh = gridMesh(BOX, 37)
    const paths = (limits: Parameters<typeof divideMesh>[2]) =>
      divideMesh(mesh, BOX, limits).parts.map(({ path }) => path)
    expect(paths({ maxTriangles: 1, mayDivide: (path) => path === "" || path === "2" })).toEqual(
      "0 1 20 21 22 23 3".split(" "),
    )
    expect(paths({ maxTriangles: 1, mayDivide: () => false })).toEqual([""])
    expect(paths({ maxTriangles: 1e6, texels: 4096, maxTexels: 1024 })).toEqual(["0", "1", "2", "3"])
    const whole = divideMesh(mesh, BOX, { maxTriangles: 2 * 37 * 37 })
    expect(whole.mesh).toBe(mesh)
    expect(whole.parts).toEqual([{ path: "", triangles: Uint32Array.from({ length: 2 * 37 * 37 }, (_, t) => t) }])
  })

  test("each triangle tells of which it is a piece", () => {
    const mesh = townMesh(BOX, 27)
    const { mesh: cut, sources } = divideMesh(mesh, BOX, { maxTriangles: 200 })
    expect(sources.length).toBe(cut.triangles.length / 3)
    const areaOf = ({ positions: p, triangles }: Mesh, t: number): number => {
      const [a, b, c] = [0, 1, 2].map((k) => 3 * triangles[3 * t + k]!) as [number, number, number]
      return (p[b]! - p[a]!) * (p[c + 1]! - p[a + 1]!) - (p[b + 1]! - p[a + 1]!) * (p[c]! - p[a]!)
    }
    const sums = new Float64Array(mesh.triangles.length / 3)
    for (const [t, source] of sources.entries()) {
      sums[source]! += areaOf(cut, t)
      expect(cut.owners![t]).toBe(mesh.owners![source])
    }
    // Places of cuts are rounded to the millimetre.
    for (const [t, sum] of sums.entries()) expect(Math.abs(sum - areaOf(mesh, t))).toBeLessThan(30_000)
  })

  test("as written: the parts of a tile decode to one closed mesh with all its objects", async () => {
    const mesh = townMesh(BOX, 27)
    const frame = frameAt(2154, BOX)
    const { parts, mesh: cut } = divideMesh(mesh, BOX, { maxTriangles: 300 })
    const contents = await Promise.all(
      parts.map(({ triangles }) =>
        decodeGlb(encodeGlb({ mesh: pickTriangles(cut, triangles).mesh, frame, ...provenance })),
      ),
    )
    const joined = joinContents(contents)
    const edges = meshEdges(joined.positions, joined.triangles)
    expect([edges.nonManifold, edges.open.length / 2]).toEqual([0, 4 * 27])
    const sorted = (ids: readonly string[]): string[] => [...ids].sort()
    expect(sorted(joined.objects!.ids)).toEqual(sorted(mesh.objects!.ids))
    expect(joined.objects!.ids[0]).toBe("")
    const row = joined.objects!.ids.indexOf("house-3-5")
    expect(joined.objects!.columns["height"]!.values[row]).toBe(mesh.objects!.ids.indexOf("house-3-5") / 3)
    expect([...joined.owners!].filter((owner) => owner === row)).toHaveLength(10)
  })

  test("same input, same parts", () => {
    const once = divideMesh(townMesh(BOX, 27), BOX, { maxTriangles: 200 })
    expect(divideMesh(townMesh(BOX, 27), BOX, { maxTriangles: 200 })).toEqual(once)
  })
})
