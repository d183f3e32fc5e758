/** What one task hands to the next, as bytes: plain data with typed arrays anywhere in it. */
import { EngineError } from "../errors.js"

/** Arrays that may be handed on; a kind is named by its place here. */
const KINDS = [Uint8Array, Int32Array, Uint32Array, Float32Array, Float64Array] as const
type Section = InstanceType<(typeof KINDS)[number]>

const HEADER = 16

/**
 * Bytes of a value: its text as JSON, then its typed arrays in the order of the text. Objects with an array under an
 * empty name are not allowed: in the text `{"": [kind, length]}` stands for a typed array. Numbers that are not finite
 * are kept as `{"": [name]}`; `undefined` is left out, as in JSON. O(bytes).
 *
 * Little-endian: 4 ASCII characters, u32 size of all, u32 size of the text, u32 check sum of the text; the text, padded
 * with blanks, then the arrays, each padded with zeros. Text and arrays begin at multiples of 8.
 *
 * @param mark 4 ASCII characters that no other form has; the last one is the version of the form
 * @throws EngineError E_INTERNAL for a typed array of another kind
 */
export const encodeBlob = (mark: string, value: unknown): Uint8Array<ArrayBuffer> => {
  const sections: Section[] = []
  const json = JSON.stringify(value, function (this: Record<string, unknown>, name, made: unknown) {
    // A Buffer is bytes, whatever its `toJSON` made of it.
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

/** True for bytes that {@link encodeBlob} made with the mark. */
export const isBlob = (mark: string, bytes: Uint8Array): boolean =>
  bytes.length >= HEADER && wordsOf(bytes)[0] === markOf(mark)

/**
 * The value again. Its arrays are views of the bytes where these begin at a multiple of 8, else of a copy: give a copy
 * to write into them.
 *
 * @param what the start of the message: what the bytes should be, or their file
 * @throws EngineError E_FORMAT for bytes of another mark, cut short, or with a damaged text
 */
export const decodeBlob = <T>(mark: string, bytes: Uint8Array, what: string): T => {
  if (!isBlob(mark, bytes)) throw damaged(mark, bytes, what)
  const [, size, textBytes, sum] = wordsOf(bytes)
  const text = bytes.subarray(HEADER, HEADER + textBytes)
  if (size !== bytes.length || text.length !== textBytes || checkSum(text) !== sum) throw damaged(mark, bytes, what)
  const { buffer, byteOffset } = bytes.byteOffset % 8 === 0 ? bytes : new Uint8Array(bytes)
  let at = HEADER + textBytes
  const value: unknown = JSON.parse(new TextDecoder().decode(text), (_, part: unknown) => {
    const held = part !== null && typeof part === "object" && "" in part ? part[""] : undefined
    if (!Array.isArray(held)) return part
    const [kind, length] = held as [string] | [number, number]
    if (length === undefined) return Number(kind)
    const Kind = KINDS[kind as number]!
    if (at + length * Kind.BYTES_PER_ELEMENT > size) throw damaged(mark, bytes, what)
    const section = new Kind(buffer as ArrayBuffer, byteOffset + at, length)
    at += padded(section.byteLength)
    return section
  })
  if (at !== size) throw damaged(mark, bytes, what)
  return value as T
}

/** The blobs that stand one after the other; none in no bytes. Throws as {@link decodeBlob}. */
export const splitBlobs = (mark: string, bytes: Uint8Array, what: string): Uint8Array[] => {
  const blobs: Uint8Array[] = []
  for (let at = 0; at < bytes.length; at += blobs.at(-1)!.length) {
    const rest = bytes.subarray(at)
    const size = isBlob(mark, rest) ? wordsOf(rest)[1] : 0
    if (size < HEADER || size > rest.length) throw damaged(mark, rest, what)
    blobs.push(rest.subarray(0, size))
  }
  return blobs
}

const damaged = (mark: string, { length }: Uint8Array, what: string): EngineError =>
  new EngineError("E_FORMAT", `${what}: ${length} bytes are no whole "${mark}"; run again with --force`)

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
