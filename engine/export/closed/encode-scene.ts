/** Encodes a closed scene as plain glTF: a mesh with one primitive per class, y up. */
import { classColour } from "../../core/colours.js"
import { bufferParts, writeGlb } from "../../formats/tiles3d/glb-container.js"
import type { PlacedMesh } from "../placed-mesh.js"

const [FLOAT, UNSIGNED_INT, ARRAY_BUFFER, ELEMENT_BUFFER] = [5126, 5125, 34962, 34963]

/**
 * Encodes a placed mesh as GLB without extensions: x east, y up, z south, metres less the offset.
 * The offset, EPSG code and comments are in `asset.extras`. All primitives share one vertex list.
 */
export const encodeScene = (mesh: PlacedMesh, epsg: number, comments: readonly string[]): Uint8Array => {
  const { positions, triangles, faceClasses, offset } = mesh
  const places = new Float32Array(positions.length)
  for (let i = 0; i < positions.length; i += 3) places.set([positions[i]!, positions[i + 2]!, -positions[i + 1]!], i)
  const [min, max] = [Math.min, Math.max].map((choose) =>
    [0, 1, 2].map((axis) => {
      let best = places[axis]!
      for (let i = axis; i < places.length; i += 3) best = choose(best, places[i]!)
      return best
    }),
  ) as [number[], number[]]
  const codes = [...new Set(faceClasses)].sort((a, b) => a - b)
  const parts = bufferParts()
  const viewOf = (data: Float32Array | Uint32Array, target: number) => {
    const bytes = new Uint8Array(data.buffer)
    return { buffer: 0, byteOffset: parts.add(bytes), byteLength: bytes.length, target }
  }
  const bufferViews = [viewOf(places, ARRAY_BUFFER)]
  const indices = codes.map((code) => {
    const own = triangles.filter((_, i) => faceClasses[Math.floor(i / 3)] === code)
    bufferViews.push(viewOf(own, ELEMENT_BUFFER))
    return own.length
  })
  return writeGlb(
    {
      asset: { version: "2.0", extras: { offset, epsg, comments } },
      scene: 0,
      scenes: [{ nodes: [0] }],
      nodes: [{ mesh: 0 }],
      meshes: [{ primitives: codes.map((_, k) => ({ attributes: { POSITION: 0 }, indices: k + 1, material: k })) }],
      materials: codes.map((code) => ({
        name: `class ${code}`,
        pbrMetallicRoughness: {
          baseColorFactor: [...classColour(code).map((value) => (value / 255) ** 2.2), 1],
          metallicFactor: 0,
        },
      })),
      accessors: [
        { bufferView: 0, componentType: FLOAT, count: places.length / 3, type: "VEC3", min, max },
        ...indices.map((count, k) => ({
          bufferView: k + 1,
          componentType: UNSIGNED_INT,
          count,
          type: "SCALAR" as const,
        })),
      ],
      bufferViews,
      buffers: [{ byteLength: parts.length() }],
    },
    parts.bytes(),
  )
}
