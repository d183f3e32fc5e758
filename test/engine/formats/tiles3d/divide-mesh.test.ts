import { describe, expect, test } from "vitest"
import { meshEdges } from "../../../../engine/check/mesh-edges.js"
import type { Box2 } from "../../../../engine/core/box.js"
import { decodeGlb } from "../../../../engine/formats/tiles3d/decode-glb.js"
import { divideMesh } from "../../../../engine/formats/tiles3d/divide-mesh.js"
import { encodeGlb } from "../../../../engine/formats/tiles3d/glb.js"
import { joinContents } from "../../../../engine/formats/tiles3d/join-contents.js"
import { cropTexture, pickTriangles } from "../../../../engine/formats/tiles3d/mesh-part.js"
import type { Mesh } from "../../../../engine/kernel.js"
import { frameAt, gridMesh, provenance } from "./scene.js"
import { townMesh } from "./town.js"

const BOX: Box2 = [770500, 6277500, 770600, 6277600]

/** u and v are the place in the cell, v from the north. */
const uvOf = ({ positions }: Mesh): Float32Array =>
  Float32Array.from({ length: (2 * positions.length) / 3 }, (_, i) => {
    const at = positions[3 * (i >> 1) + (i % 2)]! / 100_000
    return i % 2 === 0 ? at : 1 - at
  })
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
    const divided = divideMesh(mesh, undefined, BOX, { maxTriangles: 200 })
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
    const { parts, mesh: cut } = divideMesh(mesh, undefined, BOX, { maxTriangles: 200 })
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
    const paths = (limits: Parameters<typeof divideMesh>[3]) =>
      divideMesh(mesh, undefined, BOX, limits).parts.map(({ path }) => path)
    expect(paths({ maxTriangles: 1, mayDivide: (path) => path === "" || path === "2" })).toEqual(
      "0 1 20 21 22 23 3".split(" "),
    )
    expect(paths({ maxTriangles: 1, mayDivide: () => false })).toEqual([""])
    expect(paths({ maxTriangles: 1e6, texels: 4096, maxTexels: 1024 })).toEqual(["0", "1", "2", "3"])
    const whole = divideMesh(mesh, undefined, BOX, { maxTriangles: 2 * 37 * 37 })
    expect(whole.mesh).toBe(mesh)
    expect(whole.parts).toEqual([{ path: "", triangles: Uint32Array.from({ length: 2 * 37 * 37 }, (_, t) => t) }])
  })

  test("new vertices have their place in the image; a window shows the same texels", () => {
    const mesh = townMesh(BOX, 27)
    const divided = divideMesh(mesh, uvOf(mesh), BOX, { maxTriangles: 200 })
    const exact = uvOf(divided.mesh)
    expect(Math.max(...divided.uv!.map((value, i) => Math.abs(value - exact[i]!)))).toBeLessThan(1.1e-5)
    const [width, height] = [400, 400]
    const data = Uint8Array.from({ length: 4 * width * height }, (_, i) => {
      const [column, row] = [(i >> 2) % width, Math.floor((i >> 2) / width)]
      return [column & 255, row & 255, (column >> 8) + 16 * (row >> 8), 255][i % 4]!
    })
    for (const { triangles } of divided.parts) {
      const picked = pickTriangles(divided.mesh, triangles)
      const uv = uvOf(picked.mesh)
      const window = cropTexture({ width, height, data, uv }, uv)
      expect(window.data.length).toBe(4 * window.width * window.height)
      expect(window.width * window.height).toBeLessThan((width * height) / 4)
      for (let v = 0; v < uv.length / 2; v++) {
        const [u, w] = [window.uv[2 * v]!, window.uv[2 * v + 1]!]
        // The town is 8 mm wider than its cell.
        expect(Math.min(u, w, 1 - u, 1 - w)).toBeGreaterThan(-1e-3)
        // The same texel of the whole image, by its colour.
        const texel = (place: number, size: number): number =>
          Math.min(size - 1, Math.max(0, Math.floor(place * size - 1e-3)))
        const at = 4 * (texel(w, window.height) * window.width + texel(u, window.width))
        const [red = 0, green = 0, blue = 0] = window.data.subarray(at)
        const [column, row] = [red + 256 * (blue % 16), green + 256 * (blue >> 4)]
        expect(Math.abs(column + 0.5 - uv[2 * v]! * width)).toBeLessThan(1.01)
        expect(Math.abs(row + 0.5 - uv[2 * v + 1]! * height)).toBeLessThan(1.01)
      }
    }
  })

  test("as written: the parts of a tile decode to one closed mesh with all its objects", async () => {
    const mesh = townMesh(BOX, 27)
    const frame = frameAt(2154, BOX)
    const { parts, mesh: cut } = divideMesh(mesh, undefined, BOX, { maxTriangles: 300 })
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
    const once = divideMesh(townMesh(BOX, 27), undefined, BOX, { maxTriangles: 200 })
    expect(divideMesh(townMesh(BOX, 27), undefined, BOX, { maxTriangles: 200 })).toEqual(once)
  })
})
