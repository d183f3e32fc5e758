/**
 * Writes the glTF document of a content: materials, images, extensions and the table of objects.
 */
import { EngineError } from "../../errors.js"
import type { Mesh, MeshObjects } from "../../kernel.js"
import type { ContentWriter } from "./content-writer.js"
import type { Gltf, GltfPrimitive } from "./gltf-types.js"
import { INFRARED_TYPE, infraredMetadata, lookNames, VARIANTS, withInfrared } from "./infrared-metadata.js"
import { encodeObjectTable, METADATA } from "./object-table.js"
import type { TileFrame } from "./tile-frame.js"

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
