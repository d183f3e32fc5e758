/** Declares the parts of glTF 2.0 that maille reads and writes. */

/** A glTF 2.0 document. */
export interface Gltf {
  asset: { version: string; generator?: string; copyright?: string; extras?: Record<string, unknown> }
  extensionsUsed?: string[]
  extensionsRequired?: string[]
  scene?: number
  scenes?: { nodes: number[] }[]
  nodes?: { mesh: number; matrix?: number[] }[]
  meshes?: { primitives: GltfPrimitive[] }[]
  accessors?: GltfAccessor[]
  bufferViews?: GltfView[]
  buffers?: { byteLength: number; extensions?: Record<string, unknown> }[]
  [key: string]: unknown
}

/** A primitive: attribute name to accessor. */
export interface GltfPrimitive {
  attributes: Record<string, number>
  indices: number
  material: number
  extensions?: Record<string, unknown>
}

/** An accessor; componentType 5120 i8, 5121 u8, 5123 u16, 5125 u32, 5126 f32. */
export interface GltfAccessor {
  bufferView: number
  componentType: number
  count: number
  type: "SCALAR" | "VEC2" | "VEC3" | "VEC4"
  normalized?: boolean
  min?: number[]
  max?: number[]
}

/** A view, plain or compressed by EXT_meshopt_compression. */
export interface GltfView {
  buffer: number
  byteOffset: number
  byteLength: number
  byteStride?: number
  target?: number
  extensions?: { EXT_meshopt_compression: MeshoptView }
}

export interface MeshoptView {
  buffer: number
  byteOffset: number
  byteLength: number
  byteStride: number
  count: number
  mode: "ATTRIBUTES" | "TRIANGLES" | "INDICES"
  filter?: "NONE" | "OCTAHEDRAL" | "QUATERNION" | "EXPONENTIAL"
}
