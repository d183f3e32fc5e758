import { describe, expect, test } from "vitest"
import { checkGltf } from "../../../../engine/check/check-tile.js"
import type { Box2 } from "../../../../engine/core/geometry/box.js"
import { meshEdges } from "../../../../engine/core/geometry/mesh-edges.js"
import { type DecodedGlb, decodeGlb, plainGlb } from "../../../../engine/formats/tiles3d/decode-glb.js"
import { encodeGlb } from "../../../../engine/formats/tiles3d/glb.js"
import { readGlb } from "../../../../engine/formats/tiles3d/glb-container.js"
import type { GltfPrimitive } from "../../../../engine/formats/tiles3d/gltf-types.js"
import { NO_CHART } from "../../../../engine/formats/tiles3d/texture-atlas.js"
import { latticePositions } from "../../../../engine/formats/tiles3d/tile-frame.js"
import { jobFields } from "../../../../engine/job/fields.js"
import type { Mesh } from "../../../../engine/kernel.js"
import { frameAt, provenance } from "../../../scenes/content-scene.js"
import { townMesh } from "../../../scenes/content-town.js"

const BOX: Box2 = [770500, 6277500, 770600, 6277600]
const frame = frameAt(2154, BOX)
const PNG = Uint8Array.from(
  Buffer.from(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8/5+hHgAHggJ/PchI7wAAAABJRU5ErkJggg==",
    "base64",
  ),
)
/**
 * Chart 0 from above; no chart for walls and undersides, whose colours are that of the object's
 * row.
 */
const textureOf = (mesh: Mesh) => {
  const { positions: p, triangles, owners } = mesh
  const looksUp = (t: number): boolean => {
    const [a, b, c] = [0, 1, 2].map((k) => 3 * triangles[3 * t + k]!) as [number, number, number]
    return (p[b]! - p[a]!) * (p[c + 1]! - p[a + 1]!) > (p[b + 1]! - p[a + 1]!) * (p[c]! - p[a]!)
  }
  return {
    image: PNG,
    mimeType: "image/png",
    uv: Float32Array.from({ length: 2 * triangles.length }, (_, i) => {
      const at = p[3 * triangles[i >> 1]! + (i % 2)]! / 100_000
      return i % 2 === 0 ? at : 1 - at
    }),
    chartOf: Uint32Array.from({ length: triangles.length / 3 }, (_, t) => (looksUp(t) ? 0 : NO_CHART)),
    colours: Uint32Array.from({ length: triangles.length / 3 }, (_, t) =>
      owners![t]! % 2 === 0 ? 0x808000 : 0xffffffff,
    ),
  }
}
const encode = (mesh: Mesh, isTextured = false): Uint8Array =>
  encodeGlb({ mesh, frame, texture: isTextured ? textureOf(mesh) : undefined, ...provenance })

/** Corners in canonical turn and the id of the owner, a line a triangle, sorted. */
const faces = (place: (vertex: number) => string, triangles: Uint32Array, owner: (triangle: number) => string) =>
  Array.from({ length: triangles.length / 3 }, (_, t) => {
    const corners = [0, 1, 2].map((k) => place(triangles[3 * t + k]!))
    const first = corners.indexOf([...corners].sort()[0]!)
    return [owner(t), ...[0, 1, 2].map((k) => corners[(first + k) % 3])].join(" | ")
  }).sort()
const written = (mesh: Mesh): string[] => {
  const lattice = latticePositions(mesh, frame)
  const place = (v: number) => [0, 1, 2].map((k) => frame.centre[k]! + lattice[3 * v + k]! * frame.step).join(" ")
  return faces(place, mesh.triangles, (t) => mesh.objects!.ids[mesh.owners![t]!]!)
}
const read = ({ positions, triangles, owners, objects }: DecodedGlb): string[] =>
  faces(
    (v) => [0, 1, 2].map((k) => positions[3 * v + k]).join(" "),
    triangles,
    (t) => objects!.ids[owners![t]!]!,
  )
const colourOf = ({ triangles, colours, owners }: DecodedGlb, row: number): Set<string> =>
  new Set(
    [...triangles].flatMap((v, i) =>
      owners![Math.floor(i / 3)] === row ? [colours.subarray(4 * v, 4 * v + 3).join(" ")] : [],
    ),
  )

describe("objects of a mesh in a content", () => {
  test.each([
    ["coloured", false],
    ["textured", true],
  ])("%s: triangles, their objects and all columns come back", async (_, isTextured) => {
    const mesh = townMesh(BOX, 9)
    const decoded = await decodeGlb(encode(mesh, isTextured))
    expect(read(decoded)).toEqual(written(mesh))
    expect(decoded.objects).toEqual(mesh.objects)
    const edges = meshEdges(decoded.positions, decoded.triangles)
    expect(edges).toMatchObject({ nonManifold: 0, degenerate: 0 })
    // The border of the ground alone.
    expect(edges.open.length / 2).toBe(4 * 9)
  })

  test("the public validator finds nothing, in the content and in its plain twin, with ground alone too", async () => {
    const mesh = townMesh(BOX, 9)
    const none = { errors: 0, warnings: 0, messages: [] }
    for (const isTextured of [false, true]) {
      expect(await checkGltf(encode(mesh, isTextured), "test")).toEqual(none)
      const ground = { ...mesh, triangles: mesh.triangles.slice(6, 12), owners: mesh.owners!.slice(2, 4) }
      expect(await checkGltf(encode(ground, isTextured), "test")).toEqual(none)
      expect((await decodeGlb(encode(ground, isTextured))).objects?.ids).toEqual([""])
    }
    const twin = await decodeGlb(await plainGlb(encode(mesh, true)))
    expect([read(twin), twin.objects]).toEqual([written(mesh), mesh.objects])
  })

  test("the table follows the extension: one class, views at multiples of 8, property names without blanks", () => {
    const { document } = readGlb(encode(townMesh(BOX, 9)))
    const { EXT_structural_metadata: metadata } = document["extensions"] as {
      EXT_structural_metadata: {
        schema: { classes: object }
        propertyTables: [{ properties: Record<string, { values: number; stringOffsets?: number }> }]
      }
    }
    expect(Object.keys(metadata.schema.classes)).toEqual(["object"])
    expect(metadata.propertyTables).toHaveLength(1)
    for (const [id, property] of Object.entries(metadata.propertyTables[0].properties)) {
      expect(id).toMatch(/^[a-zA-Z_][a-zA-Z0-9_]*$/)
      for (const view of [property.values, property.stringOffsets ?? property.values])
        expect(document.bufferViews![view]!.byteOffset! % 8).toBe(0)
    }
    const [{ extensions, attributes }] = document.meshes![0]!.primitives as [GltfPrimitive]
    expect(extensions).toEqual({
      EXT_mesh_features: { featureIds: [{ featureCount: 20, attribute: 0, propertyTable: 0 }] },
    })
    expect(document.accessors![attributes["_FEATURE_ID_0"]!]).toMatchObject({ type: "SCALAR", componentType: 5123 })
    expect(document.extensionsUsed).toEqual(expect.arrayContaining(["EXT_mesh_features", "EXT_structural_metadata"]))
    expect(document.extensionsRequired).not.toContain("EXT_structural_metadata")
  })

  test("only the objects that a content has are in its table, the ground first", async () => {
    const mesh = townMesh(BOX, 9)
    const last = mesh.objects!.ids.length - 1
    const only = mesh.owners!.map((row) => (row === last ? 1 : 0))
    const kept = [...only.keys()].filter((t) => only[t] === 1)
    const part = {
      ...mesh,
      triangles: Uint32Array.from(kept.flatMap((t) => [...mesh.triangles.subarray(3 * t, 3 * t + 3)])),
      owners: Uint32Array.from(kept, () => last),
    }
    const { objects } = await decodeGlb(encode(part))
    expect(objects?.ids).toEqual(["", mesh.objects!.ids[last]])
    expect(objects?.columns["height"]).toEqual({ type: "number", values: Float64Array.of(Number.NaN, last / 3) })
  })

  test("vertices are repeated only where objects, or flat faces of one, meet", async () => {
    const bare = townMesh(BOX, 9, false)
    const ground = { ...bare, triangles: bare.triangles.slice(6, 6 * 81), owners: bare.owners!.slice(2, 2 * 81) }
    expect((await decodeGlb(encode(ground))).classes.length).toBe(99)
    const mesh = townMesh(BOX, 9)
    const decoded = await decodeGlb(encode(mesh))
    const house = new Set(
      [...decoded.triangles].filter(
        (_, i) => decoded.objects!.ids[decoded.owners![Math.floor(i / 3)]!] === "house-1-1",
      ),
    )
    // Four walls and a flat roof, four corners each.
    expect(house.size).toBe(20)
  })

  test("walls, roofs, decks, crowns, water and ground have colours of their own, and classes", async () => {
    const mesh = townMesh(BOX, 9)
    const decoded = await decodeGlb(encode(mesh))
    const colours = [0, 1, 2, 3, 4].map((row) => colourOf(decoded, row))
    expect(colours.map(({ size }) => size)).toEqual([1, 1, 2, 1, 2])
    expect(new Set(colours.flatMap((set) => [...set])).size).toBe(7)
    for (const [i, v] of decoded.triangles.entries())
      expect(decoded.classes[v]).toBe(decoded.objects!.classes[decoded.owners![Math.floor(i / 3)]!])
  })

  test("with an image: walls and undersides are apart, without a place in it, in plain colours", async () => {
    const mesh = townMesh(BOX, 9)
    const decoded = await decodeGlb(encode(mesh, true))
    const { texture, triangles, owners, colours, objects } = decoded
    const houses = objects!.ids.filter((id) => id.startsWith("house")).length
    // Painted: the squares, and the tops of deck and crown.
    expect(texture!.triangles).toBe(2 * 81 + 4)
    expect(triangles.length / 3 - texture!.triangles).toBe(8 * houses + 2 * 10)
    for (let t = 0; t < triangles.length / 3; t++) {
      const v = triangles[3 * t]!
      const isPlain = t >= texture!.triangles
      expect(colours[4 * v + 3]).toBe(isPlain ? 255 : 0)
      if (isPlain) expect(objects!.classes[owners![t]!]).toBeGreaterThanOrEqual(5)
    }
    const { document } = readGlb(encode(mesh, true))
    expect(document.meshes![0]!.primitives.map(({ attributes }) => Object.keys(attributes).sort())).toEqual([
      ["POSITION", "TEXCOORD_0", "_CLASSIFICATION", "_FEATURE_ID_0"],
      ["COLOR_0", "POSITION", "_CLASSIFICATION", "_FEATURE_ID_0"],
      ["COLOR_0", "NORMAL", "POSITION", "_CLASSIFICATION", "_FEATURE_ID_0"],
    ])
  })

  test("with an image: faces in the colour of their class look as in a content without one", async () => {
    const mesh = townMesh(BOX, 9)
    const texture = { ...textureOf(mesh), chartOf: new Uint32Array(mesh.triangles.length / 3).fill(NO_CHART) }
    const { colours: _, ...unstated } = texture
    const bare = readGlb(encode(mesh)).document
    const beyond = readGlb(encodeGlb({ mesh, frame, texture: unstated, ...provenance })).document
    expect(beyond["materials"]).toEqual(bare["materials"])
    expect(beyond.meshes).toEqual(bare.meshes)
  })

  test("plain faces have the colour that is given, else that of their class; charts do not share vertices", async () => {
    const mesh = townMesh(BOX, 9)
    const texture = textureOf(mesh)
    const decoded = await decodeGlb(encodeGlb({ mesh, frame, texture, ...provenance }))
    expect(read(decoded)).toEqual(written(mesh))
    const { triangles, owners, colours, objects } = decoded
    let given = 0
    for (let t = decoded.texture!.triangles; t < triangles.length / 3; t++) {
      const v = triangles[3 * t]!
      const row = mesh.objects!.ids.indexOf(objects!.ids[owners![t]!]!)
      // 128 is 55 of 255 in linear light.
      const isExternal = [...colours.subarray(4 * v, 4 * v + 4)].join(" ") === "55 55 0 255"
      expect(isExternal).toBe(row % 2 === 0)
      if (isExternal) given++
    }
    expect(given).toBeGreaterThan(20)
    // Two charts over the ground, side by side, each with its own place for the same vertex.
    const chartOf = texture.chartOf.map((chart, t) => (chart === 0 ? t % 2 : chart))
    const uv = texture.uv.map((value, i) => (chartOf[Math.floor(i / 6)] === 1 ? value / 2 : value))
    const two = await decodeGlb(encodeGlb({ mesh, frame, texture: { ...texture, chartOf, uv }, ...provenance }))
    expect(read(two)).toEqual(written(mesh))
    expect(two.classes.length).toBeGreaterThan(decoded.classes.length)
  })

  test("same input, same bytes", () => {
    for (const isTextured of [false, true])
      expect(encode(townMesh(BOX, 9), isTextured)).toEqual(encode(townMesh(BOX, 9), isTextured))
  })

  test("a town of as many triangles as a content may have by default takes less than 1 MB", () => {
    const mesh = townMesh([770000, 6277000, 771000, 6278000], 111)
    expect(mesh.triangles.length / 3).toBeGreaterThan(0.97 * jobFields.maxTriangles.default)
    const uneven = mesh.positions.map((z, i) => (i % 3 === 2 && z === 0 ? Math.round(2000 * Math.sin(i * 1.7)) : z))
    const bytes = encodeGlb({ mesh: { ...mesh, positions: uneven }, frame, ...provenance })
    expect(bytes.length).toBeGreaterThan(500_000)
    expect(bytes.length).toBeLessThan(1_000_000)
  })

  test("more objects than 16 bits number", async () => {
    const mesh = townMesh(BOX, 3)
    const rows = 70_000
    const ids = Array.from({ length: rows }, (_, row) => (row === 0 ? "" : `o${row}`))
    const objects = { ids, classes: new Uint8Array(rows).fill(6), columns: {} }
    const count = rows - 1
    const many: Mesh = {
      ...mesh,
      objects,
      positions: Int32Array.from({ length: 9 * count }, (_, i) => ((i * 7919) % 99_991) + (i % 9)),
      classes: new Uint8Array(3 * count).fill(6),
      triangles: Uint32Array.from({ length: 3 * count }, (_, i) => i),
      owners: Uint32Array.from({ length: count }, (_, i) => i + 1),
    }
    const decoded = await decodeGlb(encode(many))
    expect(decoded.objects!.ids).toEqual(ids)
    expect(new Set(decoded.owners).size).toBe(count)
  })
})
