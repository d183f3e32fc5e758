import { MeshoptEncoder } from "meshoptimizer/encoder"
import { shownClasses } from "../../core/shown-classes.js"
import { EngineError } from "../../errors.js"
import type { Mesh } from "../../kernel.js"
import { classColours } from "./class-colours.js"
import { bufferParts, type Gltf, type GltfAccessor, type GltfView, writeGlb } from "./glb-container.js"
import { latticePositions, type TileFrame } from "./tile-frame.js"

await MeshoptEncoder.ready

/** What a tile content is made of. */
export interface GlbInput {
  readonly mesh: Mesh
  /** An encoded image (JPEG, PNG or WebP) and one (u, v) a vertex, v = 0 at the top. */
  readonly texture?: { readonly image: Uint8Array; readonly mimeType: string; readonly uv: Float32Array } | undefined
  readonly frame: TileFrame
  /** Attribution line of the sources. */
  readonly copyright: string
  readonly generator: string
  /** Provenance: source, acquisition date, kernel versions, options hash. */
  readonly extras: Readonly<Record<string, unknown>>
}

/**
 * A tile content as binary glTF 2.0 with EXT_meshopt_compression.
 *
 * Positions are exact transforms of the mesh's vertices, rounded to the frame's lattice and stored with the exponential
 * filter and one constant exponent: what a viewer decodes is the lattice point itself, bit for bit, y up. The frame's
 * centre belongs into the tile's transform; it is also in `asset.extras.centre`, with `step`. With a texture the material
 * is unlit; without, vertices have normals and the colour of their class (see shownClasses). `_CLASSIFICATION` keeps the class. Triangles
 * with two equal lattice points are dropped. Same input, same bytes.
 *
 * @param lattice the mesh's `latticePositions`, where the caller has them
 * @throws EngineError E_SKIP where no triangle remains; E_INTERNAL for a vertex out of reach or an image of another type
 */
export const encodeGlb = (input: GlbInput, lattice = latticePositions(input.mesh, input.frame)): Uint8Array => {
  const { mesh, texture, frame } = input
  const indices = withoutDegenerate(mesh.triangles, lattice)
  if (indices.length === 0)
    throw new EngineError("E_SKIP", "the mesh has no triangle larger than the lattice of the tile")
  const normals = texture === undefined ? byteNormals(lattice, indices) : undefined
  // Reorders the triangles for the vertex cache and the vertices for locality: the codecs need both.
  const [remap, count] = MeshoptEncoder.reorderMesh(indices, true, true)
  const content = contentWriter(count)
  const words = new Int32Array(3 * count)
  const exponent = Math.log2(frame.step) << 24
  forEachVertex(remap, (from, to) => {
    // glTF is y up: (X, Z, −Y).
    words[3 * to] = exponent | (lattice[3 * from]! & 0xffffff)
    words[3 * to + 1] = exponent | (lattice[3 * from + 2]! & 0xffffff)
    words[3 * to + 2] = exponent | (-lattice[3 * from + 1]! & 0xffffff)
  })
  const attributes: Record<string, number> = {
    POSITION: content.attribute(
      bytesOf(words),
      12,
      { componentType: 5126, type: "VEC3", ...rangeOf(words, frame.step) },
      "EXPONENTIAL",
    ),
  }
  if (normals !== undefined) {
    attributes["NORMAL"] = content.attribute(picked(normals, remap, count), 4, {
      componentType: 5120,
      type: "VEC3",
      normalized: true,
    })
    const colours = new Uint8Array(4 * count)
    const shown = shownClasses(mesh)
    forEachVertex(remap, (from, to) => {
      for (let i = 0; i < 4; i++) colours[4 * to + i] = classColours[4 * shown[from]! + i]!
    })
    attributes["COLOR_0"] = content.attribute(colours, 4, { componentType: 5121, type: "VEC4", normalized: true })
  }
  if (texture !== undefined) {
    const uv = new Uint16Array(2 * count)
    forEachVertex(remap, (from, to) => {
      uv[2 * to] = unit16(texture.uv[2 * from]!)
      uv[2 * to + 1] = unit16(texture.uv[2 * from + 1]!)
    })
    attributes["TEXCOORD_0"] = content.attribute(bytesOf(uv), 4, {
      componentType: 5123,
      type: "VEC2",
      normalized: true,
    })
  }
  const classes = new Uint8Array(4 * count)
  forEachVertex(remap, (from, to) => {
    classes[4 * to] = mesh.classes[from]!
  })
  attributes["_CLASSIFICATION"] = content.attribute(classes, 4, { componentType: 5121, type: "SCALAR" })
  return content.finish(input, attributes, content.triangles(indices))
}

const bytesOf = (data: Int32Array | Uint32Array | Uint16Array): Uint8Array =>
  new Uint8Array(data.buffer, data.byteOffset, data.byteLength)

const unit16 = (value: number): number => Math.round(Math.min(1, Math.max(0, value)) * 65535)

const forEachVertex = (remap: Uint32Array, visit: (from: number, to: number) => void): void => {
  for (let from = 0; from < remap.length; from++) if (remap[from] !== 0xffffffff) visit(from, remap[from]!)
}

const picked = (source: Int8Array, remap: Uint32Array, count: number): Uint8Array => {
  const out = new Int8Array(4 * count)
  forEachVertex(remap, (from, to) => {
    for (let i = 0; i < 3; i++) out[4 * to + i] = source[3 * from + i]!
  })
  return new Uint8Array(out.buffer)
}

/** The triangles whose three lattice points differ. */
const withoutDegenerate = (triangles: Uint32Array, lattice: Int32Array): Uint32Array => {
  const out = new Uint32Array(triangles.length)
  const same = (a: number, b: number): boolean =>
    lattice[3 * a] === lattice[3 * b] &&
    lattice[3 * a + 1] === lattice[3 * b + 1] &&
    lattice[3 * a + 2] === lattice[3 * b + 2]
  let kept = 0
  for (let i = 0; i < triangles.length; i += 3) {
    const a = triangles[i]!
    const b = triangles[i + 1]!
    const c = triangles[i + 2]!
    if (same(a, b) || same(b, c) || same(c, a)) continue
    out[kept++] = a
    out[kept++] = b
    out[kept++] = c
  }
  return out.slice(0, kept)
}

/** Area-weighted vertex normals, y up, as signed bytes, 3 a vertex. */
const byteNormals = (lattice: Int32Array, triangles: Uint32Array): Int8Array => {
  const sums = new Float64Array(lattice.length)
  for (let i = 0; i < triangles.length; i += 3) {
    const a = 3 * triangles[i]!
    const b = 3 * triangles[i + 1]!
    const c = 3 * triangles[i + 2]!
    const ux = lattice[b]! - lattice[a]!
    const uy = lattice[b + 1]! - lattice[a + 1]!
    const uz = lattice[b + 2]! - lattice[a + 2]!
    const vx = lattice[c]! - lattice[a]!
    const vy = lattice[c + 1]! - lattice[a + 1]!
    const vz = lattice[c + 2]! - lattice[a + 2]!
    for (const corner of [a, b, c]) {
      sums[corner]! += uy * vz - uz * vy
      sums[corner + 1]! += uz * vx - ux * vz
      sums[corner + 2]! += ux * vy - uy * vx
    }
  }
  const out = new Int8Array(lattice.length)
  for (let i = 0; i < sums.length; i += 3) {
    const length = Math.hypot(sums[i]!, sums[i + 1]!, sums[i + 2]!)
    // A vertex whose triangles cancel out still needs a unit vector.
    const scale = length === 0 ? 0 : 127 / length
    out[i] = Math.round(sums[i]! * scale)
    out[i + 1] = length === 0 ? 127 : Math.round(sums[i + 2]! * scale)
    out[i + 2] = Math.round(-sums[i + 1]! * scale)
  }
  return out
}

const rangeOf = (words: Int32Array, step: number): { min: number[]; max: number[] } => {
  const min = [Infinity, Infinity, Infinity]
  const max = [-Infinity, -Infinity, -Infinity]
  for (let i = 0; i < words.length; i++) {
    const value = ((words[i]! << 8) >> 8) * step
    const axis = i % 3
    if (value < min[axis]!) min[axis] = value
    if (value > max[axis]!) max[axis] = value
  }
  return { min, max }
}

interface ContentWriter {
  attribute(
    data: Uint8Array,
    stride: number,
    accessor: Omit<GltfAccessor, "bufferView" | "count">,
    filter?: "EXPONENTIAL",
  ): number
  triangles(indices: Uint32Array): number
  finish(input: GlbInput, attributes: Record<string, number>, indices: number): Uint8Array
}

/** Compressed views in buffer 0; buffer 1 is the fallback without bytes that the extension asks for. */
const contentWriter = (count: number): ContentWriter => {
  const binary = bufferParts()
  const fallback = bufferParts()
  const bufferViews: GltfView[] = []
  const accessors: GltfAccessor[] = []
  const addView = (
    data: Uint8Array,
    items: number,
    stride: number,
    mode: "ATTRIBUTES" | "TRIANGLES",
    filter?: "EXPONENTIAL",
  ): number => {
    // Version 0 is the codec of EXT_meshopt_compression.
    const packed = MeshoptEncoder.encodeGltfBuffer(data, items, stride, mode, 0)
    const vertex = mode === "ATTRIBUTES"
    bufferViews.push({
      buffer: 1,
      byteOffset: fallback.reserve(data.length),
      byteLength: data.length,
      ...(vertex ? { byteStride: stride } : {}),
      target: vertex ? 34962 : 34963,
      extensions: {
        EXT_meshopt_compression: {
          buffer: 0,
          byteOffset: binary.add(packed),
          byteLength: packed.length,
          byteStride: stride,
          count: items,
          mode,
          ...(filter === undefined ? {} : { filter }),
        },
      },
    })
    return bufferViews.length - 1
  }
  return {
    attribute: (data, stride, accessor, filter) =>
      accessors.push({ bufferView: addView(data, count, stride, "ATTRIBUTES", filter), count, ...accessor }) - 1,
    triangles: (indices) => {
      const short = count <= 65535
      const data = short ? bytesOf(Uint16Array.from(indices)) : bytesOf(indices)
      const bufferView = addView(data, indices.length, short ? 2 : 4, "TRIANGLES")
      return (
        accessors.push({ bufferView, count: indices.length, componentType: short ? 5123 : 5125, type: "SCALAR" }) - 1
      )
    },
    finish: (input, attributes, indices) => {
      const paint =
        input.texture === undefined ? lit() : textured(input.texture, binary.add(input.texture.image), bufferViews)
      const used = [
        "EXT_meshopt_compression",
        ...(input.texture === undefined ? ["KHR_mesh_quantization"] : []),
        ...paint.extensionsUsed,
      ]
      const document: Gltf = {
        asset: {
          version: "2.0",
          generator: input.generator,
          copyright: input.copyright,
          extras: { ...input.extras, centre: input.frame.centre, step: input.frame.step },
        },
        extensionsUsed: used,
        extensionsRequired: used.filter((name) => name !== "KHR_materials_unlit"),
        scene: 0,
        scenes: [{ nodes: [0] }],
        nodes: [{ mesh: 0 }],
        meshes: [{ primitives: [{ attributes, indices, material: 0 }] }],
        accessors,
        bufferViews,
        buffers: [
          { byteLength: binary.length() },
          { byteLength: fallback.length(), extensions: { EXT_meshopt_compression: { fallback: true } } },
        ],
        ...paint.document,
      }
      return writeGlb(document, binary.bytes())
    },
  }
}

interface Paint {
  readonly extensionsUsed: readonly string[]
  readonly document: Readonly<Record<string, unknown>>
}

const lit = (): Paint => ({
  extensionsUsed: [],
  document: { materials: [{ pbrMetallicRoughness: { metallicFactor: 0, roughnessFactor: 1 } }] },
})

/** Clamped: a repeating sampler would bleed the opposite edge into the border. */
const textured = (texture: NonNullable<GlbInput["texture"]>, at: number, bufferViews: GltfView[]): Paint => {
  const webp = texture.mimeType === "image/webp"
  if (!webp && texture.mimeType !== "image/jpeg" && texture.mimeType !== "image/png") {
    throw new EngineError(
      "E_INTERNAL",
      `texture of type ${texture.mimeType}: expected image/jpeg, image/png or image/webp`,
    )
  }
  bufferViews.push({ buffer: 0, byteOffset: at, byteLength: texture.image.length })
  return {
    extensionsUsed: ["KHR_materials_unlit", ...(webp ? ["EXT_texture_webp"] : [])],
    document: {
      materials: [
        {
          pbrMetallicRoughness: { baseColorTexture: { index: 0 }, metallicFactor: 0, roughnessFactor: 1 },
          extensions: { KHR_materials_unlit: {} },
        },
      ],
      textures: [{ sampler: 0, ...(webp ? { extensions: { EXT_texture_webp: { source: 0 } } } : { source: 0 }) }],
      samplers: [{ magFilter: 9729, minFilter: 9987, wrapS: 33071, wrapT: 33071 }],
      images: [{ bufferView: bufferViews.length - 1, mimeType: texture.mimeType }],
    },
  }
}
