import { rtreeLevels, rtreeNodeBytes, rtreeSize } from "../../engine/formats/vector/flatgeobuf/packed-rtree.js"
import { below, EXTREMES, type Mutation, pick, withExtreme, withNumber } from "./mutate-bytes.js"
import { changeJson } from "./mutate-text.js"

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)

/** The document of a GLB file changed, its lengths right. */
export const glbMutation: Mutation = (bytes, random) => {
  const length = viewOf(bytes).getUint32(12, true)
  const document = new TextDecoder().decode(bytes.subarray(20, 20 + length))
  const json = Buffer.from(changeJson(document, random).trimEnd())
  const padded = Buffer.concat([json, Buffer.alloc((4 - (json.length % 4)) % 4, 32)])
  const glb = new Uint8Array(Buffer.concat([bytes.subarray(0, 20), padded, bytes.subarray(20 + length)]))
  return withNumber(withNumber(glb, 12, 4, BigInt(padded.length)), 8, 4, BigInt(glb.length))
}

/**
 * Parts of a FlatGeobuf file: its nodes with their boxes and offsets, its header, and the sizes
 * and tables of features.
 */
export const flatGeobufMutation =
  (count: number): Mutation =>
  (bytes, random) => {
    const view = viewOf(bytes)
    const header = 12 + view.getUint32(8, true)
    const levels = rtreeLevels(count, 16)
    const features = header + rtreeSize(count, 16)
    const choice = random()
    if (choice < 0.2) return withExtreme(bytes, (8 + below(random, header - 8)) & ~3, 4, random)
    if (choice < 0.3) {
      const leaf = levels[0]!.start + below(random, count)
      const feature = features + Number(view.getBigUint64(header + rtreeNodeBytes * leaf + 32, true))
      return withExtreme(bytes, feature + 4 * below(random, 16), 4, random)
    }
    const level = pick(random, [levels[0]!, levels[0]!, ...levels])
    const node = header + rtreeNodeBytes * (level.start + below(random, level.end - level.start))
    if (choice < 0.6) {
      const other = header + rtreeNodeBytes * (level.start + below(random, level.end - level.start))
      if (random() < 0.5) return withNumber(bytes, node + 32, 8, view.getBigUint64(other + 32, true))
      return withExtreme(bytes, node + 32, 8, random)
    }
    const copy = bytes.slice()
    const at = node + 8 * below(random, 4)
    const value = viewOf(copy).getFloat64(at, true)
    const values = [Number.NaN, Infinity, -Infinity, 0, value + 100, value - 100, value + 1e-3, -value, 1e300]
    viewOf(copy).setFloat64(at, pick(random, values), true)
    return copy
  }

/**
 * Fields of the local and central headers of a ZIP, of its end, and of the index of a 3D Tiles
 * archive.
 */
export const zipMutation: Mutation = (bytes, random) => {
  const buffer = Buffer.from(bytes)
  const found: { at: number; fields: readonly (readonly [number, 2 | 4])[] }[] = []
  const kinds = [
    [
      "PK\x03\x04",
      [
        [0, 4],
        [8, 2],
        [18, 4],
        [22, 4],
        [26, 2],
        [28, 2],
      ],
    ],
    [
      "PK\x01\x02",
      [
        [0, 4],
        [10, 2],
        [20, 4],
        [24, 4],
        [28, 2],
        [30, 2],
        [32, 2],
        [42, 4],
      ],
    ],
    [
      "PK\x05\x06",
      [
        [8, 2],
        [10, 2],
        [12, 4],
        [16, 4],
        [20, 2],
      ],
    ],
    [
      "PK\x06\x06",
      [
        [24, 4],
        [32, 4],
        [40, 4],
        [48, 4],
      ],
    ],
    [
      "PK\x06\x07",
      [
        [8, 4],
        [12, 4],
      ],
    ],
  ] as const
  for (const [sign, fields] of kinds)
    for (let at = buffer.indexOf(sign, 0, "latin1"); at >= 0; at = buffer.indexOf(sign, at + 4, "latin1"))
      found.push({ at, fields })
  const { at, fields } = pick(random, found)
  const [offset, size] = pick(random, fields)
  if (random() < 0.3) return withNumber(bytes, at + offset, size, BigInt(pick(random, found).at))
  return withExtreme(bytes, at + offset, size, random)
}

/** Entries of the first directory of a TIFF, and where it leads on to. */
export const tiffMutation: Mutation = (bytes, random) => {
  const view = viewOf(bytes)
  const big = view.getUint16(0) === 0x4d4d
  const first = view.getUint32(4, !big)
  if (first + 2 > bytes.length) return undefined
  const entries = view.getUint16(first, !big)
  const end = first + 2 + 12 * entries
  if (random() < 0.1) return withNumber(bytes, end, 4, BigInt(pick(random, [first, 8, 4, end, 0x7fffffff])), big)
  const entry = first + 2 + 12 * below(random, entries)
  const [offset, size] = pick(random, [
    [0, 2],
    [2, 2],
    [4, 4],
    [8, 4],
    [8, 4],
    [8, 2],
  ] as const)
  if (random() < 0.3) {
    const tag = pick(
      random,
      [256, 257, 258, 259, 262, 273, 277, 278, 279, 284, 322, 323, 324, 325, 339, 347, 33550, 34735],
    )
    return withNumber(bytes, entry, 2, BigInt(tag), big)
  }
  const value = pick(random, [
    ...EXTREMES,
    3n,
    4n,
    5n,
    7n,
    8n,
    12n,
    13n,
    16n,
    32n,
    64n,
    BigInt(first),
    BigInt(bytes.length),
  ])
  return withNumber(bytes, entry + offset, size, value, big)
}
