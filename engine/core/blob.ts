/** Encodes what one task hands to the next: plain data with typed arrays anywhere in it. */
import { EngineError } from "../errors.js"

/** Array types that a blob may contain. The blob stores the index in this list. */
const KINDS = [Uint8Array, Int32Array, Uint32Array, Float32Array, Float64Array] as const
type Section = InstanceType<(typeof KINDS)[number]>

const HEADER = 16

/**
 * Encodes a value: its JSON text, then its typed arrays in the order of the text. O(bytes).
 *
 * In the text `{"": [kind, length]}` replaces a typed array and `{"": [name]}` a number that is not
 * finite. Objects with an array under an empty name are therefore not allowed. `undefined` is left
 * out, as in JSON.
 *
 * Layout, little-endian: 4 ASCII characters, u32 total size, u32 text size, u32 checksum of the
 * text. The text follows, padded with blanks, then the arrays, each padded with zeros. Text and
 * arrays start at multiples of 8.
 *
 * @param mark 4 ASCII characters, unique to the format; the last one is its version
 * @throws EngineError E_INTERNAL for an unsupported type of array
 */
export const encodeBlob = (mark: string, value: unknown): Uint8Array<ArrayBuffer> => {
  const sections: Section[] = []
  const json = JSON.stringify(value, function (this: Record<string, unknown>, name, made: unknown) {
    // A Buffer is stored as bytes, not as what its `toJSON` returns.
    const part = ArrayBuffer.isView(this[name]) ? this[name] : made
    if (typeof part === "number" && !Number.isFinite(part)) return { "": [String(part)] }
    if (!ArrayBuffer.isView(part)) return part
    const kind = KINDS.findIndex((Kind) => part instanceof Kind)
    if (kind < 0) throw new EngineError("E_INTERNAL", `blob ${mark}: no room for a ${part.constructor.name}`)
    sections.push(part as Section)
    return { "": [kind, (part as Section).length] }
  })
  const text = new TextEncoder().encode(json)
  const start = HEADER + padded(text.length)
  const bytes = new Uint8Array(sections.reduce((sum, { byteLength }) => sum + padded(byteLength), start))
  bytes.fill(0x20, HEADER, start)
  bytes.set(text, HEADER)
  const head = [markOf(mark), bytes.length, start - HEADER, checkSum(bytes.subarray(HEADER, start))]
  for (const [i, word] of head.entries()) new DataView(bytes.buffer).setUint32(4 * i, word, true)
  let at = start
  for (const { buffer, byteOffset, byteLength } of sections) {
    bytes.set(new Uint8Array(buffer, byteOffset, byteLength), at)
    at += padded(byteLength)
  }
  return bytes
}

/** True for bytes that {@link encodeBlob} made with this mark. */
export const isBlob = (mark: string, bytes: Uint8Array): boolean =>
  bytes.length >= HEADER && wordsOf(bytes)[0] === markOf(mark)

/**
 * Decodes a blob. Arrays are views of `bytes` where these start at a multiple of 8, else of a copy.
 * Do not write to the arrays, as `bytes` may be a kernel's input: copy these or those first.
 *
 * @param what start of the error message: the content or its file
 * @throws EngineError E_FORMAT for another mark, missing bytes or a damaged text
 */
export const decodeBlob = <T>(mark: string, bytes: Uint8Array, what: string): T => {
  if (!isBlob(mark, bytes)) throw damaged(mark, bytes, what)
  const [, size, textBytes, sum] = wordsOf(bytes)
  const text = bytes.subarray(HEADER, HEADER + textBytes)
  if (size !== bytes.length || text.length !== textBytes || checkSum(text) !== sum) throw damaged(mark, bytes, what)
  const { buffer, byteOffset } = bytes.byteOffset % 8 === 0 ? bytes : new Uint8Array(bytes)
  let at = HEADER + textBytes
  const section = (kind: number, length: number): Section => {
    const Kind = KINDS[kind]!
    if (at + length * Kind.BYTES_PER_ELEMENT > size) throw damaged(mark, bytes, what)
    const found = new Kind(buffer as ArrayBuffer, byteOffset + at, length)
    at += padded(found.byteLength)
    return found
  }
  const value = restored(JSON.parse(new TextDecoder().decode(text)), section)
  if (at !== size) throw damaged(mark, bytes, what)
  return value as T
}

type Json = Readonly<Record<string, unknown>>

/** The value of a JSON text, in place, with the arrays that `section` gives in their order. */
const restored = (value: unknown, section: (kind: number, length: number) => Section): unknown => {
  if (typeof value !== "object" || value === null) return value
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) if (typeof value[i] === "object") value[i] = restored(value[i], section)
    return value
  }
  const sectionPlace = (value as Json)[""]
  if (Array.isArray(sectionPlace)) {
    const [kind, length] = sectionPlace as [string] | [number, number]
    return length === undefined ? Number(kind) : section(kind as number, length)
  }
  const parts = value as Record<string, unknown>
  for (const name of Object.keys(parts))
    if (typeof parts[name] === "object") parts[name] = restored(parts[name], section)
  return value
}

/** Splits a sequence of blobs. Throws as {@link decodeBlob}. */
export const splitBlobs = (mark: string, bytes: Uint8Array, what: string): Uint8Array[] => {
  const blobs: Uint8Array[] = []
  for (let rest = bytes; rest.length > 0; ) {
    const size = isBlob(mark, rest) ? wordsOf(rest)[1] : 0
    if (size < HEADER || size > rest.length) throw damaged(mark, rest, what)
    blobs.push(rest.subarray(0, size))
    rest = rest.subarray(size)
  }
  return blobs
}

const damaged = (mark: string, { length }: Uint8Array, what: string): EngineError =>
  new EngineError("E_FORMAT", `${what}: damaged: ${length} bytes are not a complete "${mark}". Run again with --force.`)

const padded = (size: number): number => Math.ceil(size / 8) * 8

const wordsOf = ({ buffer, byteOffset }: Uint8Array): [mark: number, size: number, text: number, sum: number] => {
  const view = new DataView(buffer, byteOffset, HEADER)
  return [0, 4, 8, 12].map((at) => view.getUint32(at, true)) as [number, number, number, number]
}

const markOf = (mark: string): number => new DataView(new TextEncoder().encode(mark).buffer).getUint32(0, true)

/** FNV-1a, 32 bits. */
const checkSum = (bytes: Uint8Array): number => {
  let sum = 0x811c9dc5
  for (let i = 0; i < bytes.length; i++) sum = Math.imul(sum ^ bytes[i]!, 0x01000193)
  return sum >>> 0
}
