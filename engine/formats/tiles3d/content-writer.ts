/** Collects the buffers, views and accessors of a content, compressed by meshopt. */
import { MeshoptEncoder } from "meshoptimizer/encoder"
import { bufferParts } from "./glb-container.js"
import type { GltfAccessor, GltfView } from "./gltf-types.js"

await MeshoptEncoder.ready

/** The writer that {@link contentWriter} returns. */
export type ContentWriter = ReturnType<typeof contentWriter>

/**
 * Collects a content's views in two buffers. Buffer 0 has the compressed views. Buffer 1 is the
 * fallback without data that EXT_meshopt_compression requires.
 */
export const contentWriter = () => {
  const binary = bufferParts()
  const fallback = bufferParts()
  const bufferViews: GltfView[] = []
  const accessors: GltfAccessor[] = []
  const addView = (
    data: Uint8Array,
    stride: number,
    mode: "ATTRIBUTES" | "TRIANGLES",
    filter?: "EXPONENTIAL",
  ): number => {
    const items = data.length / stride
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
    /** Adds a compressed attribute of `data.length / stride` vertices. Returns its accessor. */
    attribute: (
      data: Uint8Array,
      stride: number,
      accessor: Omit<GltfAccessor, "bufferView" | "count">,
      filter?: "EXPONENTIAL",
    ): number =>
      accessors.push({
        bufferView: addView(data, stride, "ATTRIBUTES", filter),
        count: data.length / stride,
        ...accessor,
      }) - 1,
    /** Adds compressed triangles over `count` vertices. Returns their accessor. */
    triangles: (indices: Uint32Array, count: number): number => {
      const short = count <= 65535
      const data = short ? new Uint8Array(Uint16Array.from(indices).buffer) : new Uint8Array(indices.slice().buffer)
      const bufferView = addView(data, short ? 2 : 4, "TRIANGLES")
      return (
        accessors.push({ bufferView, count: indices.length, componentType: short ? 5123 : 5125, type: "SCALAR" }) - 1
      )
    },
    /** Adds bytes uncompressed, aligned to 8. Returns their view. */
    plain: (data: Uint8Array): number =>
      bufferViews.push({ buffer: 0, byteOffset: binary.add(data), byteLength: data.length }) - 1,
    accessors: accessors as readonly GltfAccessor[],
    bufferViews: bufferViews as readonly GltfView[],
    buffers: (): { byteLength: number; extensions?: Record<string, unknown> }[] => [
      { byteLength: binary.length() },
      { byteLength: fallback.length(), extensions: { EXT_meshopt_compression: { fallback: true } } },
    ],
    bytes: (): Uint8Array => binary.bytes(),
  }
}
