/** Decodes tile contents for checks, export and preview, and rewrites them as plain glTF. */
import { MeshoptDecoder } from "meshoptimizer/decoder"
import { areNumbers } from "../../core/json/json-shape.js"
import { concatenate } from "../../core/lists.js"
import type { MeshObjects } from "../../kernel.js"
import { contentError } from "./check-document.js"
import { bufferParts, readGlb, writeGlb } from "./glb-container.js"
import type { Gltf, GltfAccessor, GltfPrimitive, GltfView } from "./gltf-types.js"
import { INFRARED_ATTRIBUTE } from "./infrared-metadata.js"
import { decodeObjectTable } from "./object-table.js"

/** A tile content as a viewer sees it. */
export interface DecodedGlb {
  /** Absolute geocentric metres (z north), 3 · n. */
  readonly positions: Float64Array
  readonly triangles: Uint32Array
  /** LiDAR class of each vertex. */
  readonly classes: Uint8Array
  readonly centre: readonly [X: number, Y: number, Z: number]
  readonly step: number
  /** Row of `objects` for each triangle, as `Mesh.owners`; present with `objects`. */
  readonly owners?: Uint32Array
  readonly objects?: MeshObjects
  /**
   * Texture, if any: (u, v) of each vertex, the encoded image, and how many of the first triangles
   * it paints.
   */
  readonly texture?: {
    readonly uv: Float32Array
    readonly image: Uint8Array
    readonly mimeType: string
    readonly triangles: number
    /** The second image, JPEG, in near infrared, red and green. */
    readonly infrared?: Uint8Array
  }
  /**
   * Near infrared, red and green of each vertex that no image paints, else 0. Absent if no vertex
   * has them.
   */
  readonly infrared?: Uint8Array
  /** Linear RGBA of each vertex; 0 without a colour. */
  readonly colours: Uint8Array
  /** `asset.extras`: the provenance. */
  readonly extras: Readonly<Record<string, unknown>>
  readonly copyright: string
}

const COMPONENTS = { SCALAR: 1, VEC2: 2, VEC3: 3, VEC4: 4 } as const
const ARRAYS = new Map<number, TypedArrayType>([
  [5120, Int8Array],
  [5121, Uint8Array],
  [5123, Uint16Array],
  [5125, Uint32Array],
  [5126, Float32Array],
])

interface TypedArrayType {
  readonly BYTES_PER_ELEMENT: number
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): ArrayLike<number>
}

/**
 * Decodes a content that {@link encodeGlb} or {@link plainGlb} wrote.
 *
 * @throws EngineError E_FORMAT if the bytes are no such file
 */
export const decodeGlb = async (bytes: Uint8Array, file = "glb"): Promise<DecodedGlb> => {
  const { document, binary } = readGlb(bytes, file)
  const views = await decodeViews(document, binary, file)
  const primitives = (document.meshes?.[0]?.primitives ?? []).map((one) => decodePrimitive(document, views, one, file))
  const extras = document.asset.extras ?? {}
  const { centre, step } = extras
  if (primitives.length === 0) throw contentError(file, "it has no mesh")
  if (!areNumbers(centre, 3) || !areNumbers([step], 1)) throw contentError(file, "it has no centre or step")
  const local = joined(Float64Array, primitives, ({ local }) => local)
  const positions = new Float64Array(local.length)
  for (let i = 0; i < local.length; i += 3) {
    positions[i] = centre[0]! + local[i]!
    positions[i + 1] = centre[1]! - local[i + 2]!
    positions[i + 2] = centre[2]! + local[i + 1]!
  }
  let before = 0
  const triangles = joined(Uint32Array, primitives, (one) => {
    const start = before
    before += one.classes.length
    return start === 0 ? one.triangles : one.triangles.map((vertex) => start + vertex)
  })
  const objects = decodeObjectTable(document, views, file)
  const last = objects?.ids.length ?? Number.POSITIVE_INFINITY
  if (primitives.some(({ owners }) => owners.some((row) => row >= last)))
    throw contentError(file, "a triangle belongs to an object outside its table")
  const images = (document["images"] as { bufferView: number; mimeType: string }[] | undefined) ?? []
  const [image, second] = images.map((one) => ({ ...one, bytes: views[one.bufferView] ?? new Uint8Array() }))
  const hasInfrared = primitives.some(({ infrared }) => infrared !== undefined)
  return {
    positions,
    triangles,
    classes: joined(Uint8Array, primitives, ({ classes }) => classes),
    colours: joined(Uint8Array, primitives, ({ colours }) => colours),
    ...(objects === undefined ? {} : { objects, owners: joined(Uint32Array, primitives, ({ owners }) => owners) }),
    centre: [centre[0]!, centre[1]!, centre[2]!],
    step: Number(step),
    ...(image === undefined ? {} : { texture: readTexture(primitives, image, second?.bytes) }),
    ...(hasInfrared
      ? { infrared: joined(Uint8Array, primitives, (one) => one.infrared ?? new Uint8Array(3 * one.classes.length)) }
      : {}),
    extras,
    copyright: document.asset.copyright ?? "",
  }
}

interface DecodedPrimitive {
  readonly local: Float64Array
  readonly triangles: Uint32Array
  readonly classes: Uint8Array
  readonly colours: Uint8Array
  readonly owners: Uint32Array
  readonly uv: Float32Array
  readonly isTextured: boolean
  readonly infrared?: Uint8Array
}

const decodePrimitive = (
  document: Gltf,
  views: readonly Uint8Array[],
  { attributes, indices, material }: GltfPrimitive,
  file: string,
): DecodedPrimitive => {
  const values = (index: number | undefined, width: number, count?: number): Float64Array => {
    const accessor = index === undefined ? undefined : document.accessors?.[index]
    const isOther =
      accessor !== undefined && (COMPONENTS[accessor.type] !== width || accessor.count !== (count ?? accessor.count))
    if (isOther) throw contentError(file, `accessor ${index} has ${accessor.count} ${accessor.type}`)
    return readAccessor(document, views, index, file)
  }
  const local = values(attributes["POSITION"], 3)
  const count = local.length / 3
  const read = (name: string, width: number): Float64Array => values(attributes[name], width, count)
  const has = (name: string): boolean => attributes[name] !== undefined
  const triangles = new Uint32Array(values(indices, 1))
  if (triangles.length % 3 !== 0 || triangles.some((vertex) => vertex >= count))
    throw contentError(file, "a triangle has a vertex outside its list")
  const ids = has("_FEATURE_ID_0") ? read("_FEATURE_ID_0", 1) : new Float64Array(count)
  const owners = new Uint32Array(triangles.length / 3)
  for (let t = 0; t < owners.length; t++) owners[t] = ids[triangles[3 * t]!]!
  return {
    local,
    triangles,
    classes: new Uint8Array(read("_CLASSIFICATION", 1)),
    colours: has("COLOR_0") ? eightBits(read("COLOR_0", 4)) : new Uint8Array(4 * count),
    owners,
    uv: has("TEXCOORD_0") ? new Float32Array(read("TEXCOORD_0", 2)) : new Float32Array(2 * count),
    isTextured: isImage(document, material),
    ...(has(INFRARED_ATTRIBUTE) ? { infrared: eightBits(read(INFRARED_ATTRIBUTE, 3)) } : {}),
  }
}

const eightBits = (shares: Float64Array): Uint8Array => {
  const bytes = new Uint8Array(shares.length)
  for (let i = 0; i < bytes.length; i++) bytes[i] = Math.round(255 * shares[i]!)
  return bytes
}

const isImage = (document: Gltf, material: number): boolean => {
  type Material = { readonly pbrMetallicRoughness?: { readonly baseColorTexture?: unknown } }
  const found = (document["materials"] as readonly Material[] | undefined)?.[material]
  return found?.pbrMetallicRoughness?.baseColorTexture !== undefined
}

const readTexture = (
  primitives: readonly DecodedPrimitive[],
  { bytes, mimeType }: { readonly bytes: Uint8Array; readonly mimeType: string },
  infrared: Uint8Array | undefined,
): NonNullable<DecodedGlb["texture"]> => ({
  uv: joined(Float32Array, primitives, ({ uv }) => uv),
  image: bytes,
  ...(infrared === undefined ? {} : { infrared }),
  mimeType,
  triangles: primitives.reduce((sum, one) => sum + (one.isTextured ? one.owners.length : 0), 0),
})

/** Concatenates a part of all primitives. */
const joined = <T extends { set(from: ArrayLike<number>, at: number): void }>(
  type: new (length: number) => T,
  primitives: readonly DecodedPrimitive[],
  partOf: (primitive: DecodedPrimitive) => ArrayLike<number>,
): T => concatenate(type, primitives.map(partOf))

/**
 * Rewrites a content without meshopt compression or quantisation, with the same values. Normals and
 * texture coordinates become floats, the only type that QGIS reads.
 */
export const plainGlb = async (bytes: Uint8Array, file = "glb"): Promise<Uint8Array> => {
  const { document, binary } = readGlb(bytes, file)
  const views = await decodeViews(document, binary, file)
  const accessors = document.accessors ?? []
  const floated = new Map<number, { readonly bytes: Uint8Array; readonly byteStride: number }>()
  const plainAccessors = accessors.map((accessor, index): GltfAccessor => {
    const isNormal = accessor.componentType === 5120
    if (!isNormal && !(accessor.normalized && accessor.type === "VEC2")) return accessor
    const values = new Float32Array(readAccessor(document, views, index, file))
    for (let i = 0; isNormal && i < values.length; i += 3) {
      const length = Math.hypot(values[i]!, values[i + 1]!, values[i + 2]!)
      for (let k = i; k < i + 3; k++) values[k] = values[k]! / length
    }
    floated.set(accessor.bufferView, {
      bytes: new Uint8Array(values.buffer),
      byteStride: 4 * COMPONENTS[accessor.type],
    })
    const { normalized: _, ...rest } = accessor
    return { ...rest, componentType: 5126 }
  })
  const parts = bufferParts()
  const bufferViews = (document.bufferViews ?? []).map((view, index): GltfView => {
    const { bytes: data, ...stride } = floated.get(index) ?? { bytes: views[index] ?? new Uint8Array() }
    const { extensions: _, ...rest } = view
    return { ...rest, ...stride, buffer: 0, byteOffset: parts.add(data), byteLength: data.length }
  })
  const dropped = ["EXT_meshopt_compression", "KHR_mesh_quantization"]
  const { extensionsUsed, extensionsRequired, ...rest } = document
  const used = (extensionsUsed ?? []).filter((name) => !dropped.includes(name))
  const required = (extensionsRequired ?? []).filter((name) => !dropped.includes(name))
  const plain: Gltf = {
    ...rest,
    ...(used.length > 0 ? { extensionsUsed: used } : {}),
    ...(required.length > 0 ? { extensionsRequired: required } : {}),
    accessors: plainAccessors,
    bufferViews,
    buffers: [{ byteLength: parts.length() }],
  }
  return writeGlb(plain, parts.bytes())
}

/** Decompresses the bytes of every view. */
const decodeViews = async (document: Gltf, binary: Uint8Array, file: string): Promise<Uint8Array[]> => {
  await MeshoptDecoder.ready
  return (document.bufferViews ?? []).map((view) => {
    const packed = view.extensions?.EXT_meshopt_compression
    if (packed === undefined) return binary.subarray(view.byteOffset, view.byteOffset + view.byteLength)
    const target = new Uint8Array(packed.count * packed.byteStride)
    const source = binary.subarray(packed.byteOffset, packed.byteOffset + packed.byteLength)
    try {
      MeshoptDecoder.decodeGltfBuffer(target, packed.count, packed.byteStride, source, packed.mode, packed.filter)
    } catch (cause) {
      throw contentError(file, "a compressed view cannot be decoded", cause)
    }
    return target
  })
}

/** Reads the values of an accessor, tightly packed; normalised integers become fractions. */
const readAccessor = (
  document: Gltf,
  views: readonly Uint8Array[],
  index: number | undefined,
  file: string,
): Float64Array => {
  const accessor = index === undefined ? undefined : document.accessors?.[index]
  const data = accessor === undefined ? undefined : views[accessor.bufferView]
  const type = accessor === undefined ? undefined : ARRAYS.get(accessor.componentType)
  if (accessor === undefined || data === undefined || type === undefined) {
    throw contentError(file, "an accessor is missing or of another type")
  }
  const size = type.BYTES_PER_ELEMENT
  const width = COMPONENTS[accessor.type]
  const stride = document.bufferViews?.[accessor.bufferView]?.byteStride ?? width * size
  const needed = accessor.count === 0 ? 0 : (accessor.count - 1) * stride + width * size
  if (stride % size !== 0 || stride < width * size || needed > data.length) {
    throw contentError(file, `accessor ${index} needs ${needed} bytes, and its view has ${data.length}`)
  }
  const aligned = data.byteOffset % size === 0 ? data : data.slice()
  // Converts all values to doubles, padding included: one loop then serves every type.
  const all = new Float64Array(new type(aligned.buffer, aligned.byteOffset, needed / size))
  if (stride === width * size && accessor.normalized !== true) return all
  const step = stride / size
  const out = new Float64Array(accessor.count * width)
  const scale = accessor.normalized === true ? 1 / (2 ** (8 * size - (accessor.componentType === 5120 ? 1 : 0)) - 1) : 1
  for (let i = 0; i < accessor.count; i++)
    for (let k = 0; k < width; k++) out[i * width + k] = all[i * step + k]! * scale
  return out
}
