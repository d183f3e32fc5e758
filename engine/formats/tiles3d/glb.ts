/** Encodes a tile content: a mesh with its objects, materials and texture as binary glTF 2.0. */
import { MeshoptEncoder } from "meshoptimizer/encoder"
import { pickRows } from "../../core/feature-table.js"
import { EngineError } from "../../errors.js"
import type { Mesh, MeshObjects } from "../../kernel.js"
import { type ContentWriter, contentWriter } from "./content-writer.js"
import { writeGlb } from "./glb-container.js"
import type { Gltf, GltfPrimitive } from "./gltf-types.js"
import {
  INFRARED_ATTRIBUTE,
  INFRARED_TYPE,
  infraredMetadata,
  lookNames,
  VARIANTS,
  withInfrared,
} from "./infrared-metadata.js"
import { byteNormals, type Faces, hasColour, paintedFaces, plainFaces } from "./mesh-faces.js"
import { encodeObjectTable, METADATA } from "./object-table.js"
import { NO_CHART } from "./texture-atlas.js"
import { latticePositions, type TileFrame } from "./tile-frame.js"

/**
 * Encodes a tile content as binary glTF 2.0 with EXT_meshopt_compression. Same input, same bytes.
 *
 * Positions are exact transforms of the mesh's vertices, rounded to the frame's lattice. The
 * exponential filter stores them with one constant exponent, so viewers decode the exact lattice
 * points, y up. The tile's transform must contain the frame's centre, also in
 * `asset.extras.centre`, with `step`. `_CLASSIFICATION` is the class. Triangles with two equal
 * lattice points are dropped.
 *
 * Without a texture, vertices have normals and the colour of their class (see `shownClasses`);
 * walls of objects have another. With a texture the material is unlit. Faces without a chart form
 * more primitives: an unlit one in stated colours, and a lit one in those of classes, as without a
 * texture. An infrared image is a second texture with the same coordinates (`infraredMetadata`).
 *
 * Owners (`Mesh.owners`) become feature ids (EXT_mesh_features, `_FEATURE_ID_0`), rows of a
 * property table (EXT_structural_metadata) of the content's objects, the ground first. Vertices
 * that several objects share are repeated.
 *
 * @param lattice the mesh's `latticePositions`, if the caller has them
 * @throws EngineError E_SKIP if no triangle remains; E_INTERNAL for a vertex out of reach or
 *   another image type
 */
export const encodeGlb = (input: GlbInput, lattice = latticePositions(input.mesh, input.frame)): Uint8Array => {
  const { mesh, texture } = input
  const remaining = withoutDegenerate(mesh.triangles, lattice)
  if (remaining.length === 0)
    throw new EngineError("E_SKIP", "the mesh has no triangle larger than the lattice of the tile")
  const table = mesh.owners && mesh.objects && numberObjects(mesh.owners, mesh.objects, remaining)
  const content = contentWriter()
  const paints: Paint[] = []
  const primitives: GltfPrimitive[] = []
  const add = (faces: Faces, paint: Paint): void => {
    const material = paints.push(paint) - 1
    primitives.push({ ...buildPrimitive(content, input, lattice, faces, paint, table?.rowOf), material })
  }
  if (texture === undefined) add(plainFaces(mesh, remaining), lit)
  else {
    const { chartOf, colours, infrared } = texture
    const painted = remaining.filter((triangle) => chartOf[triangle] !== NO_CHART)
    const rest = remaining.filter((triangle) => chartOf[triangle] === NO_CHART)
    const isSecond = infrared !== undefined && rest.length > 0
    if (painted.length > 0) add(paintedFaces(mesh, painted, chartOf, isSecond), textured(texture.mimeType))
    const stated = rest.filter((triangle) => hasColour(colours, triangle))
    const classed = rest.filter((triangle) => !hasColour(colours, triangle))
    if (stated.length > 0) add(plainFaces(mesh, stated, colours, infrared?.colours), unlit)
    if (classed.length > 0) add(plainFaces(mesh, classed, colours, infrared?.colours), lit)
  }
  return writeGlb(buildDocument(input, content, primitives, paints, table?.objects), content.bytes())
}

/** Indices of the triangles whose three lattice points differ. */
const withoutDegenerate = (triangles: Uint32Array, lattice: Int32Array): Uint32Array => {
  const out = new Uint32Array(triangles.length / 3)
  const same = (a: number, b: number): boolean =>
    lattice[3 * a] === lattice[3 * b] &&
    lattice[3 * a + 1] === lattice[3 * b + 1] &&
    lattice[3 * a + 2] === lattice[3 * b + 2]
  let remaining = 0
  for (let i = 0; i < triangles.length; i += 3) {
    const a = triangles[i]!
    const b = triangles[i + 1]!
    const c = triangles[i + 2]!
    if (!same(a, b) && !same(b, c) && !same(c, a)) out[remaining++] = i / 3
  }
  return out.slice(0, remaining)
}

/** The objects of some triangles, the ground always first, and each old row's new row. */
const numberObjects = (
  owners: Uint32Array,
  objects: MeshObjects,
  remaining: Uint32Array,
): { readonly objects: MeshObjects; readonly rowOf: Uint32Array } => {
  const used = new Uint8Array(objects.ids.length)
  used[0] = 1
  for (const triangle of remaining) used[owners[triangle]!] = 1
  const rows: number[] = []
  const rowOf = new Uint32Array(used.length)
  for (let row = 0; row < used.length; row++) if (used[row] === 1) rowOf[row] = rows.push(row) - 1
  return {
    objects: {
      ids: rows.map((row) => objects.ids[row]!),
      classes: Uint8Array.from(rows, (row) => objects.classes[row]!),
      columns: pickRows(objects.columns, rows),
    },
    rowOf,
  }
}

/** Normalised unsigned bytes. */
const SHARES = { componentType: 5121, normalized: true } as const

const buildPrimitive = (
  content: ContentWriter,
  { frame, texture }: GlbInput,
  lattice: Int32Array,
  faces: Faces,
  paint: Paint,
  rowOf: Uint32Array | undefined,
): Omit<GltfPrimitive, "material"> => {
  const normals = paint.isLit ? byteNormals(lattice, faces) : undefined
  const indices = faces.triangles
  // Reorders triangles for the vertex cache and vertices for locality, which the codecs need.
  const [remap, count] = MeshoptEncoder.reorderMesh(indices, true, true)
  const order = new Uint32Array(count)
  for (let vertex = 0; vertex < remap.length; vertex++) order[remap[vertex]!] = vertex
  const words = positionWords(lattice, faces.from, order, frame.step)
  const attributes: Record<string, number> = {
    POSITION: content.attribute(
      bytesOf(words),
      12,
      { componentType: 5126, type: "VEC3", ...measureRange(words, frame.step) },
      "EXPONENTIAL",
    ),
  }
  if (normals !== undefined) {
    attributes["NORMAL"] = content.attribute(gathered(normals, order, 3), 4, {
      componentType: 5120,
      type: "VEC3",
      normalized: true,
    })
  }
  if (faces.colours !== undefined) {
    attributes["COLOR_0"] = content.attribute(gathered(faces.colours, order, 4), 4, { ...SHARES, type: "VEC4" })
  }
  if (faces.infrared !== undefined) {
    attributes[INFRARED_ATTRIBUTE] = content.attribute(gathered(faces.infrared, order, 3), 4, {
      ...SHARES,
      type: "VEC3",
    })
  }
  if (texture !== undefined && (paint.isImage || faces.infrared !== undefined)) {
    const uv = new Uint16Array(2 * count)
    for (let i = 0; paint.isImage && i < count; i++) {
      const corner = faces.corners[order[i]!]!
      uv[2 * i] = unit16(texture.uv[2 * corner]!)
      uv[2 * i + 1] = unit16(texture.uv[2 * corner + 1]!)
    }
    attributes["TEXCOORD_0"] = content.attribute(bytesOf(uv), 4, {
      componentType: 5123,
      type: "VEC2",
      normalized: true,
    })
  }
  attributes["_CLASSIFICATION"] = content.attribute(gathered(faces.classes, order, 1), 4, {
    componentType: 5121,
    type: "SCALAR",
  })
  const features = rowOf && faces.rows && featureIds(content, attributes, rowOf, faces.rows, order)
  return { attributes, indices: content.triangles(indices, count), ...features }
}

const featureIds = (
  content: ContentWriter,
  attributes: Record<string, number>,
  rowOf: Uint32Array,
  rows: Uint32Array,
  order: Uint32Array,
): Pick<GltfPrimitive, "extensions"> => {
  const ids = Uint32Array.from(order, (vertex) => rowOf[rows[vertex]!]!)
  const featureCount = new Set(ids).size
  // glTF forbids 32-bit integer attributes; floats are exact up to 2^24.
  const isShort = ids.every((id) => id <= 65535)
  const data = isShort ? gathered(Uint16Array.from(ids), ids.keys(), 1) : bytesOf(Float32Array.from(ids))
  attributes["_FEATURE_ID_0"] = content.attribute(data, 4, { componentType: isShort ? 5123 : 5126, type: "SCALAR" })
  return { extensions: { [MESH_FEATURES]: { featureIds: [{ featureCount, attribute: 0, propertyTable: 0 }] } } }
}

const bytesOf = (data: Int32Array | Uint16Array | Float32Array): Uint8Array =>
  new Uint8Array(data.buffer, data.byteOffset, data.byteLength)

const unit16 = (value: number): number => Math.round(Math.min(1, Math.max(0, value)) * 65535)

/** Values of `width` components in a new order, each padded to 4 bytes. */
const gathered = (source: Int8Array | Uint8Array | Uint16Array, order: Iterable<number>, width: number): Uint8Array => {
  const { BYTES_PER_ELEMENT: size } = source
  const list = Uint32Array.from(order)
  const out = new Uint8Array(4 * list.length)
  const raw = new Uint8Array(source.buffer, source.byteOffset, source.byteLength)
  const bytes = size * width
  for (let i = 0; i < list.length; i++) {
    const from = bytes * list[i]!
    for (let k = 0; k < bytes; k++) out[4 * i + k] = raw[from + k]!
  }
  return out
}

const positionWords = (lattice: Int32Array, from: Uint32Array, order: Uint32Array, step: number): Int32Array => {
  const words = new Int32Array(3 * order.length)
  const exponent = Math.log2(step) << 24
  for (let i = 0; i < order.length; i++) {
    const at = 3 * from[order[i]!]!
    // glTF is y up: (X, Z, −Y).
    words[3 * i] = exponent | (lattice[at]! & 0xffffff)
    words[3 * i + 1] = exponent | (lattice[at + 2]! & 0xffffff)
    words[3 * i + 2] = exponent | (-lattice[at + 1]! & 0xffffff)
  }
  return words
}

const measureRange = (words: Int32Array, step: number): { min: number[]; max: number[] } => {
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

/** The extension that maps faces to rows of the object table. */
export const MESH_FEATURES = "EXT_mesh_features"

/** A material, and the vertex attributes it requires. */
export interface Paint {
  readonly isLit: boolean
  readonly isImage: boolean
  readonly extensions: readonly string[]
  readonly material: Readonly<Record<string, unknown>>
}

const matt = { metallicFactor: 0, roughnessFactor: 1 }
const UNLIT = "KHR_materials_unlit"

/** Vertex colours that the viewer lights. */
export const lit: Paint = {
  isLit: true,
  isImage: false,
  extensions: [],
  material: { pbrMetallicRoughness: matt },
}
/** Vertex colours without lighting. */
export const unlit: Paint = {
  isLit: false,
  isImage: false,
  extensions: [UNLIT],
  material: { pbrMetallicRoughness: matt, extensions: { [UNLIT]: {} } },
}
/** Image types outside plain glTF, with the extensions that allow them. */
const IMAGE_EXTENSIONS: Readonly<Record<string, string>> = {
  "image/webp": "EXT_texture_webp",
  "image/ktx2": "KHR_texture_basisu",
}
const extensionOf = (mimeType: string): readonly string[] => {
  const name = IMAGE_EXTENSIONS[mimeType]
  return name === undefined ? [] : [name]
}

/** An unlit image of the document: the first, or the infrared one. */
export const textured = (mimeType: string, texture = 0): Paint => ({
  isLit: false,
  isImage: true,
  extensions: [UNLIT, ...extensionOf(mimeType)],
  material: {
    pbrMetallicRoughness: { baseColorTexture: { index: texture }, ...matt },
    extensions: { [UNLIT]: {} },
  },
})

/** Extensions that a viewer may ignore. */
const OPTIONAL: readonly string[] = [UNLIT, MESH_FEATURES, METADATA, VARIANTS]

/**
 * Builds the document of a content whose primitives are written: one mesh, a material a primitive,
 * the images and the object table.
 */
export const buildDocument = (
  input: GlbInput,
  content: ContentWriter,
  primitives: readonly GltfPrimitive[],
  paints: readonly Paint[],
  objects: MeshObjects | undefined,
): Gltf => {
  const { texture } = input
  const hasImage = paints.some(({ isImage }) => isImage)
  const image = hasImage && texture ? describeImage(texture, content) : {}
  const table = objects && encodeObjectTable(objects, (bytes) => content.plain(bytes))
  const second =
    texture?.infrared && infraredMetadata(1, { image: hasImage, plain: paints.some((one) => !one.isImage) })
  const isVaried = second !== undefined && hasImage
  const metadata = joinedMetadata(table, second)
  const used = [
    "EXT_meshopt_compression",
    ...(paints.some(({ isLit }) => isLit) ? ["KHR_mesh_quantization"] : []),
    ...new Set(paints.flatMap(({ extensions }) => extensions)),
    ...(table === undefined ? [] : [MESH_FEATURES]),
    ...(metadata === undefined ? [] : [METADATA]),
    ...(isVaried ? [VARIANTS] : []),
  ]
  const shown = second
    ? primitives.map((one) => withInfrared(one, paints[one.material]?.isImage === true, paints.length))
    : [...primitives]
  const all = isVaried ? [...paints, textured(INFRARED_TYPE, 1)] : paints
  const extensions = { ...(metadata && { [METADATA]: metadata }), ...(isVaried ? { [VARIANTS]: lookNames } : {}) }
  return {
    asset: {
      version: "2.0",
      generator: input.generator,
      copyright: input.copyright,
      extras: { ...input.extras, centre: input.frame.centre, step: input.frame.step },
    },
    extensionsUsed: used,
    extensionsRequired: used.filter((name) => !OPTIONAL.includes(name)),
    scene: 0,
    scenes: [{ nodes: [0] }],
    nodes: [{ mesh: 0 }],
    meshes: [{ primitives: shown }],
    materials: all.map(({ material }) => material),
    ...image,
    ...(Object.keys(extensions).length === 0 ? {} : { extensions }),
    accessors: [...content.accessors],
    bufferViews: [...content.bufferViews],
    buffers: content.buffers(),
  }
}

/**
 * Joins the object table and the infrared metadata under one schema; undefined if both are absent.
 */
const joinedMetadata = (
  table: ReturnType<typeof encodeObjectTable> | undefined,
  second: ReturnType<typeof infraredMetadata> | undefined,
): Readonly<Record<string, unknown>> | undefined => {
  if (second === undefined) return table && { ...table }
  const { classes, ...properties } = second
  const schema = { id: table?.schema.id ?? "maille", classes: { ...table?.schema.classes, ...classes } }
  return { ...table, ...properties, schema }
}

/** Clamped: a repeating sampler would bleed the opposite edge into the border. */
const describeImage = (
  { image, mimeType, infrared }: NonNullable<GlbInput["texture"]>,
  content: ContentWriter,
): Readonly<Record<string, unknown>> => {
  const [extension] = extensionOf(mimeType)
  if (extension === undefined && mimeType !== "image/jpeg" && mimeType !== "image/png") {
    const known = ["image/jpeg", "image/png", ...Object.keys(IMAGE_EXTENSIONS)].join(", ")
    throw new EngineError("E_INTERNAL", `texture of type ${mimeType}: expected one of ${known}`)
  }
  const second = infrared === undefined ? [] : [{ bytes: infrared.image, mimeType: INFRARED_TYPE }]
  const images = [{ bytes: image, mimeType }, ...second]
  const textureAt = (source: number): Readonly<Record<string, unknown>> =>
    source === 0 && extension ? { extensions: { [extension]: { source } } } : { source }
  return {
    textures: images.map((_, source) => ({ sampler: 0, ...textureAt(source) })),
    samplers: [{ magFilter: 9729, minFilter: 9987, wrapS: 33071, wrapT: 33071 }],
    images: images.map((one) => ({ bufferView: content.plain(one.bytes), mimeType: one.mimeType })),
  }
}

/** An encoded image, and the triangles of a mesh that it paints. */
export interface GlbTexture {
  /** JPEG, PNG, WebP or KTX2. */
  readonly image: Uint8Array
  readonly mimeType: string
  /** (u, v) of the three corners of each triangle, v = 0 at the top. */
  readonly uv: Float32Array
  /**
   * Chart index of each triangle; `NO_CHART` if it has a plain colour. Corners with the same vertex
   * and chart have the same (u, v).
   */
  readonly chartOf: Uint32Array
  /** Plain colours of the triangles, as in `Texture`. Absent: colours of their classes. */
  readonly colours?: Uint32Array
  /**
   * Near infrared, red and green: a JPEG of the same size, and the triangles' colours, 0xNNRRGG.
   */
  readonly infrared?: { readonly image: Uint8Array; readonly colours: Uint32Array }
}

/** The input of a tile content. */
export interface GlbInput {
  readonly mesh: Mesh
  readonly texture?: GlbTexture | undefined
  readonly frame: TileFrame
  /** Attribution line of the sources. */
  readonly copyright: string
  readonly generator: string
  /** Provenance: source, acquisition date, kernel versions, options hash. */
  readonly extras: Readonly<Record<string, unknown>>
}
