/** Checks the glTF document of a content before its views are decoded. */
import { MAX_MESHOPT_GROWTH } from "../../core/bounds.js"
import { areNumbers, isCount, isObject, type JsonObject } from "../../core/json/json-shape.js"
import { EngineError } from "../../errors.js"
import type { Gltf } from "./gltf-types.js"

/** The error for a content that maille did not write. */
export const contentError = (file: string, found: string, cause?: unknown): EngineError => {
  const text = `${file}: damaged, or not written by maille: ${found}. Write the tile again with --force.`
  return new EngineError("E_FORMAT", text, { file }, cause)
}

/**
 * Checks a content's document: the types that {@link Gltf} states, views within the binary chunk,
 * and accessors with existing views. Accessor values are checked where they are read.
 *
 * @throws EngineError E_FORMAT
 */
export const checkDocument = (document: unknown, binaryBytes: number, file: string): Gltf => {
  const fail = (found: string): EngineError => contentError(file, found)
  if (!isObject(document)) throw fail("its document is not an object")
  const listOf = (from: JsonObject, name: string): readonly JsonObject[] => {
    const list = from[name] ?? []
    if (!Array.isArray(list) || !list.every(isObject)) throw fail(`its ${name} are not a list of objects`)
    return list
  }
  const { asset, extensions = {} } = document
  if (!isObject(asset) || !isObject(asset["extras"] ?? {})) throw fail("it has no asset")
  if (typeof (asset["copyright"] ?? "") !== "string" || !isObject(extensions)) throw fail("its asset is broken")
  for (const name of ["extensionsUsed", "extensionsRequired"]) {
    const names = document[name] ?? []
    if (!Array.isArray(names) || !names.every((one) => typeof one === "string")) throw fail(`its ${name} are not names`)
  }
  const views = listOf(document, "bufferViews")
  checkViews(views, binaryBytes, fail)
  const isView = (index: unknown): boolean => isCount(index) && index < views.length
  for (const [i, accessor] of listOf(document, "accessors").entries()) {
    const { bufferView, componentType, count, type, normalized = false, byteOffset = 0 } = accessor
    const isKnown = typeof type === "string" && ["SCALAR", "VEC2", "VEC3", "VEC4"].includes(type)
    const isPlain = isCount(componentType) && typeof normalized === "boolean" && byteOffset === 0
    if (!isView(bufferView) || !isCount(count) || !isKnown || !isPlain) throw fail(`its accessor ${i} is broken`)
  }
  for (const mesh of listOf(document, "meshes"))
    for (const { attributes, indices, material = 0 } of listOf(mesh, "primitives"))
      if (!isObject(attributes) || !Object.values(attributes).every(isCount) || !isCount(indices) || !isCount(material))
        throw fail("a primitive is broken")
  for (const { bufferView, mimeType } of listOf(document, "images"))
    if (!isView(bufferView) || typeof mimeType !== "string") throw fail("an image is broken")
  for (const { matrix } of listOf(document, "nodes"))
    if (matrix !== undefined && !areNumbers(matrix, 16)) throw fail("the matrix of a node is broken")
  listOf(document, "materials")
  return document as unknown as Gltf
}

const MODES: readonly unknown[] = ["ATTRIBUTES", "TRIANGLES", "INDICES"]
const FILTERS: readonly unknown[] = [undefined, "NONE", "OCTAHEDRAL", "QUATERNION", "EXPONENTIAL"]

const checkViews = (views: readonly JsonObject[], binaryBytes: number, fail: (found: string) => EngineError): void => {
  let decoded = 0
  for (const [i, { byteOffset, byteLength, byteStride = 4, extensions = {} }] of views.entries()) {
    const isWhole = isCount(byteOffset) && isCount(byteLength) && isCount(byteStride) && isObject(extensions)
    if (!isWhole || byteStride === 0) throw fail(`its view ${i} is broken`)
    const packed = extensions["EXT_meshopt_compression"]
    const [at, size] = isObject(packed) ? [packed["byteOffset"], packed["byteLength"]] : [byteOffset, byteLength]
    if (!isCount(at) || !isCount(size) || at + size > binaryBytes) throw fail(`its view ${i} extends past its bytes`)
    if (packed === undefined) continue
    const { count, byteStride: stride, mode, filter } = packed as JsonObject
    const isSound = isCount(count) && isCount(stride) && MODES.includes(mode) && FILTERS.includes(filter)
    if (!isSound || stride > 256 || count * stride !== byteLength) throw fail(`its compressed view ${i} is broken`)
    const isStride = mode === "ATTRIBUTES" ? stride % 4 === 0 && stride > 0 : stride === 2 || stride === 4
    if (!isStride || (mode === "TRIANGLES" && count % 3 !== 0)) throw fail(`its compressed view ${i} is broken`)
    if ((filter === "OCTAHEDRAL" && stride > 8) || (filter === "QUATERNION" && stride !== 8))
      throw fail(`its compressed view ${i} has a filter of other strides`)
    decoded += count * stride
    if (decoded > MAX_MESHOPT_GROWTH * binaryBytes) throw fail(`its views would grow to ${decoded} bytes and more`)
  }
}
