import proj4 from "proj4"
import { describe, expect, test } from "vitest"
import { checkGltf } from "../../../../engine/check/check-tile.js"
import type { Box2 } from "../../../../engine/core/geometry/box.js"
import { decodeGlb, plainGlb } from "../../../../engine/formats/tiles3d/decode-glb.js"
import { encodeGlb } from "../../../../engine/formats/tiles3d/glb.js"
import { readGlb, writeGlb } from "../../../../engine/formats/tiles3d/glb-container.js"
import { chooseFrame, latticePositions } from "../../../../engine/formats/tiles3d/tile-frame.js"
import { crsByEpsg } from "../../../../engine/grid/crs.js"
import { frameAt, gridMesh, provenance, tiltedGeoid } from "../../../scenes/content-scene.js"

const PLACES: [string, number, Box2][] = [
  ["Montpellier", 2154, [770500, 6277500, 770550, 6277550]],
  ["Corsica, x above 1,200,000", 2154, [1216450, 6051700, 1216500, 6051750]],
  ["Réunion", 2975, [377000, 7655950, 377050, 7656000]],
  ["a parent of 8 km", 2154, [768000, 6272000, 776000, 6280000]],
  ["a parent of 1024 km", 2154, [0, 6144000, 1024000, 7168000]],
]
// 1 × 1 white PNG.
const PNG = Uint8Array.from(
  Buffer.from(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8/5+hHgAHggJ/PchI7wAAAABJRU5ErkJggg==",
    "base64",
  ),
)

const uvOf = (count: number): Float32Array =>
  Float32Array.from({ length: 2 * count }, (_, i) => ((i * 31) % 1000) / 999)

const atCorners = (uv: Float32Array, triangles: Uint32Array): Float32Array =>
  Float32Array.from({ length: 2 * triangles.length }, (_, i) => uv[2 * triangles[i >> 1] + (i % 2)])

/** Rows of decoded positions, as text for set comparisons. */
const rows = (positions: Float64Array): string[] =>
  Array.from({ length: positions.length / 3 }, (_, i) => positions.slice(3 * i, 3 * i + 3).join(" "))

const dataset = (box: Box2, epsg: number, textured: boolean) => {
  const mesh = gridMesh(box, 12)
  const texture = textured
    ? {
        image: PNG,
        mimeType: "image/png",
        uv: atCorners(uvOf(mesh.classes.length), mesh.triangles),
        chartOf: new Uint32Array(mesh.triangles.length / 3),
      }
    : undefined
  return { mesh, glb: encodeGlb({ mesh, texture, frame: frameAt(epsg, box), ...provenance }) }
}

describe("encodeGlb", () => {
  test.each(PLACES)("%s: decoded positions are the lattice points of the exact transform", async (_, epsg, box) => {
    const frame = frameAt(epsg, box)
    const { mesh, glb } = dataset(box, epsg, false)
    const decoded = await decodeGlb(glb)
    const toWgs = proj4(crsByEpsgProj(epsg), "+proj=geocent +ellps=GRS80 +units=m +no_defs")
    for (let i = 0; i < mesh.positions.length; i += 3) {
      const [x, y, z] = [0, 1, 2].map((k) => mesh.origin[k] + mesh.positions[i + k] / 1000)
      const h = z + tiltedGeoid.undulation(...crsByEpsg(epsg).toGeographic(x, y))
      const exact = toWgs.forward([x, y, h])
      let nearest = Infinity
      for (let j = 0; j < decoded.positions.length; j += 3) {
        nearest = Math.min(nearest, Math.hypot(...exact.map((value, k) => decoded.positions[j + k] - value)))
      }
      // Half the diagonal of a lattice cell, and a tenth of a millimetre for the other pipeline.
      expect(nearest).toBeLessThan(0.8661 * frame.step + 1e-4)
    }
    for (const value of decoded.positions) expect(Number.isInteger(value / frame.step)).toBe(true)
    expect(frame.step).toBeLessThanOrEqual(box[2] - box[0] <= 16384 ? 1 / 256 : 1)
  })

  test("neighbours with a shared border decode to the same border, whatever the meshes' origins", async () => {
    for (const [epsg, west] of [
      [2154, [770500, 6277500, 770550, 6277550]],
      [2975, [377000, 7655950, 377050, 7656000]],
    ] as [number, Box2][]) {
      const east: Box2 = [west[2], west[1], west[2] + 50, west[3]]
      const n = 16
      const a = gridMesh(west, n, [west[0] - 123.457, west[1] + 77.003, 12.5])
      const b = gridMesh(east, n, [0, 0, 0].map((_, k) => [1e5, 6e6, -40][k] + 0.333) as [number, number, number])
      const sets = await Promise.all(
        [
          [a, west, n],
          [b, east, 0],
        ].map(async ([mesh, box, column]) => {
          const frame = frameAt(epsg, box as Box2)
          const m = mesh as typeof a
          const lattice = latticePositions(m, frame)
          const decoded = new Set(rows((await decodeGlb(encodeGlb({ mesh: m, frame, ...provenance }))).positions))
          const border = Array.from({ length: n + 1 }, (_, j) => 3 * (j * (n + 1) + (column as number))).map((at) =>
            [0, 1, 2].map((k) => frame.centre[k] + lattice[at + k] * frame.step).join(" "),
          )
          for (const row of border) expect(decoded.has(row)).toBe(true)
          return border
        }),
      )
      expect(sets[0]).toEqual(sets[1])
    }
  })

  test("triangles, classes, texture coordinates and provenance come back", async () => {
    const [, epsg, box] = PLACES[0]
    const { mesh, glb } = dataset(box, epsg, true)
    const decoded = await decodeGlb(glb)
    const frame = frameAt(epsg, box)
    const lattice = latticePositions(mesh, frame)
    const uv = uvOf(mesh.classes.length)
    const place = (positions: ArrayLike<number>, i: number) => [0, 1, 2].map((k) => positions[3 * i + k]).join(" ")
    const known = new Map(
      Array.from(mesh.classes, (code, i) => [
        [0, 1, 2].map((k) => frame.centre[k] + lattice[3 * i + k] * frame.step).join(" "),
        { code, u: uv[2 * i], v: uv[2 * i + 1] },
      ]),
    )
    expect(decoded.classes.length).toBe(mesh.classes.length)
    decoded.classes.forEach((code, i) => {
      const vertex = known.get(place(decoded.positions, i))!
      expect(vertex.code).toBe(code)
      expect(Math.abs(decoded.texture!.uv[2 * i] - vertex.u)).toBeLessThan(1e-5)
      expect(Math.abs(decoded.texture!.uv[2 * i + 1] - vertex.v)).toBeLessThan(1e-5)
    })
    const cycles = (triangles: Uint32Array, name: (i: number) => string) =>
      Array.from({ length: triangles.length / 3 }, (_, t) => {
        const corners = [0, 1, 2].map((k) => name(triangles[3 * t + k]))
        const first = corners.indexOf([...corners].sort()[0])
        return [0, 1, 2].map((k) => corners[(first + k) % 3]).join(" | ")
      }).sort()
    const ours = cycles(mesh.triangles, (i) => [...known.keys()][i])
    expect(cycles(decoded.triangles, (i) => place(decoded.positions, i))).toEqual(ours)
    expect(decoded).toMatchObject({ copyright: provenance.copyright, extras: { source: "formula", step: 1 / 256 } })
    expect(decoded.texture!.image).toEqual(PNG)
  })

  test("same input, same bytes; the plain twin holds the same values", async () => {
    const [, epsg, box] = PLACES[0]
    const first = dataset(box, epsg, false).glb
    dataset(box, 2154, true)
    expect(dataset(box, epsg, false).glb).toEqual(first)
    const [a, b] = [await decodeGlb(first), await decodeGlb(await plainGlb(first))]
    expect(b.positions).toEqual(a.positions)
    expect(b.triangles).toEqual(a.triangles)
    expect(b.classes).toEqual(a.classes)
  })

  test.each([
    ["coloured", false],
    ["textured", true],
  ])("the public validator finds nothing in the %s content and its plain twin", async (_, textured) => {
    const [, epsg, box] = PLACES[0]
    const { glb } = dataset(box, epsg, textured)
    expect(await checkGltf(glb, "test")).toEqual({ errors: 0, warnings: 0, messages: [] })
    const broken = Buffer.from(glb)
    broken.write('"VEC2"', broken.indexOf('"VEC3"'))
    expect((await checkGltf(broken, "test")).errors).toBeGreaterThan(0)
  })

  test("triangles that vanish on the lattice are dropped; a mesh of nothing else is skipped", async () => {
    const [, epsg, box] = PLACES[0]
    const mesh = {
      ...gridMesh(box, 1),
      positions: Int32Array.from([0, 0, 0, 50000, 0, 0, 50000, 1, 0, 0, 50000, 0]),
      triangles: Uint32Array.from([0, 1, 2, 0, 2, 3]),
    }
    const frame = frameAt(epsg, box)
    expect((await decodeGlb(encodeGlb({ mesh, frame, ...provenance }))).triangles.length).toBe(3)
    const sliver = { ...mesh, triangles: Uint32Array.from([0, 1, 2]) }
    expect(() => encodeGlb({ mesh: sliver, frame, ...provenance })).toThrowError(
      expect.objectContaining({ code: "E_SKIP" }),
    )
  })

  test("broken bytes and a vertex beyond reach are refused", async () => {
    const [, epsg, box] = PLACES[0]
    const { glb, mesh } = dataset(box, epsg, false)
    await expect(decodeGlb(glb.subarray(0, glb.length - 5))).rejects.toMatchObject({ code: "E_FORMAT" })
    await expect(decodeGlb(new Uint8Array(7))).rejects.toMatchObject({ code: "E_FORMAT" })
    const { document, binary } = readGlb(glb)
    const accessors = (document.accessors ?? []).map((one) => ({ ...one, count: one.count + 1 }))
    await expect(decodeGlb(writeGlb({ ...document, accessors }, binary))).rejects.toMatchObject({ code: "E_FORMAT" })
    const far = { ...mesh, origin: [box[0] + 60000, box[1], 0] as const }
    expect(() => encodeGlb({ mesh: far, frame: frameAt(epsg, box), ...provenance })).toThrowError(/from the centre/)
  })

  test("the step follows the side of the tile, never its content", () => {
    const crs = crsByEpsg(2154)
    const of = (side: number, zRange: [number, number]) =>
      chooseFrame(crs, tiltedGeoid, [700000, 6600000, 700000 + side, 6600000 + side], zRange).step
    expect([50, 1000, 16000, 32000, 64000, 1024000].map((side) => of(side, [0, 100]) * 256)).toEqual([
      1, 1, 1, 2, 4, 64,
    ])
    expect(of(1000, [-10, 4810])).toBe(of(1000, [0, 1]))
    for (const value of chooseFrame(crs, tiltedGeoid, [770500, 6277500, 770550, 6277550], [20, 40]).centre)
      expect(Number.isInteger(value * 256)).toBe(true)
  })

  test("a parent of half a country has a frame where the grid of the geoid ends before its middle", () => {
    const mainland = {
      ...tiltedGeoid,
      undulation: (lon: number, lat: number) => {
        if (lon > 10) throw new Error("beyond the grid")
        return tiltedGeoid.undulation(lon, lat)
      },
    }
    const frame = chooseFrame(crsByEpsg(2154), mainland, [1024000, 6144000, 2048000, 7168000], [0, 100])
    for (const value of frame.centre) expect(Number.isInteger(value / frame.step)).toBe(true)
    expect(frame.toGeocentric(1050000, 6300000, 10)).toHaveLength(3)
  })
})

const crsByEpsgProj = (epsg: number): string =>
  epsg === 2154
    ? "+proj=lcc +lat_0=46.5 +lon_0=3 +lat_1=49 +lat_2=44 +x_0=700000 +y_0=6600000 +ellps=GRS80 +units=m +no_defs"
    : "+proj=utm +zone=40 +south +ellps=GRS80 +units=m +no_defs"
