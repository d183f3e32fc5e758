/** Numbers in [0, 1). */
export type Random = () => number

/** Changes a file; undefined where it has nothing of the kind. */
export type Mutation = (bytes: Uint8Array, random: Random) => Uint8Array | undefined

/** A whole number below `count`. */
export const below = (random: Random, count: number): number => Math.floor(random() * count)

/** One of a list. */
export const pick = <T>(random: Random, from: readonly T[]): T => from[below(random, from.length)]!

/** Lengths, counts and offsets that readers must not believe. */
export const EXTREMES = [0n, 1n, 2n, 255n, 65535n, 0x7fffffffn, 0x80000000n, 0xfffffff0n, 0xffffffffn]
const WIDE = [...EXTREMES, 1n << 32n, 1n << 40n, 1n << 53n, (1n << 63n) - 1n, (1n << 64n) - 1n]

/**
 * A copy with `size` bytes of a whole number at `at`, little-endian (`big`: big-endian), as far as
 * the file goes.
 */
export const withNumber = (
  bytes: Uint8Array,
  at: number,
  size: 1 | 2 | 4 | 8,
  value: bigint,
  big = false,
): Uint8Array => {
  const copy = bytes.slice()
  for (let i = 0; i < size; i++) {
    const shift = BigInt(8 * (big ? size - 1 - i : i))
    if (at + i < copy.length) copy[at + i] = Number((BigInt.asUintN(64, value) >> shift) & 255n)
  }
  return copy
}

/** A copy with an extreme, or a number near the one that is there, at `at`. */
export const withExtreme = (bytes: Uint8Array, at: number, size: 2 | 4 | 8, random: Random): Uint8Array => {
  if (random() < 0.6) return withNumber(bytes, at, size, pick(random, size === 8 ? WIDE : EXTREMES))
  let value = 0n
  for (let i = 0; i < size; i++) value |= BigInt(bytes[at + i] ?? 0) << BigInt(8 * i)
  return withNumber(bytes, at, size, value + BigInt(pick(random, [-40, -8, -4, -1, 1, 4, 8, 40])))
}

/** Half of the places in the first part of the file, where headers are, or in the last one. */
const anywhere = (bytes: Uint8Array, random: Random): number => {
  const length = Math.max(1, bytes.length)
  const near = Math.min(length, 512)
  const choice = random()
  return choice < 0.3 ? below(random, near) : choice < 0.45 ? length - 1 - below(random, near) : below(random, length)
}

const flip: Mutation = (bytes, random) => {
  const copy = bytes.slice()
  for (let n = 1 + below(random, 4); n > 0; n--) {
    const at = anywhere(bytes, random)
    copy[at] = random() < 0.5 ? copy[at]! ^ (1 << below(random, 8)) : below(random, 256)
  }
  return copy
}

const cut: Mutation = (bytes, random) => bytes.slice(0, anywhere(bytes, random))

const joined = (...parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts))

/** A run of bytes removed, doubled, filled, or put elsewhere. */
const block: Mutation = (bytes, random) => {
  const from = anywhere(bytes, random)
  const run = bytes.slice(from, from + 1 + below(random, random() < 0.7 ? 64 : 4096))
  const choice = below(random, 4)
  if (choice === 0) return joined(bytes.subarray(0, from), bytes.subarray(from + run.length))
  if (choice === 1) return joined(bytes.subarray(0, from), run, bytes.subarray(from))
  const copy = bytes.slice()
  if (choice === 2) copy.fill(pick(random, [0, 255]), from, from + run.length)
  else {
    const at = anywhere(bytes, random)
    copy.set(run.subarray(0, bytes.length - at), at)
  }
  return copy
}

const length: Mutation = (bytes, random) => {
  const size = pick(random, [2, 4, 8] as const)
  return withExtreme(bytes, anywhere(bytes, random) & ~(pick(random, [1, size]) - 1), size, random)
}

const insert: Mutation = (bytes, random) => {
  const at = anywhere(bytes, random)
  const added = new Uint8Array(1 + below(random, 40)).map(() => below(random, 256))
  return joined(bytes.subarray(0, at), added, bytes.subarray(at))
}

/** Mutations of files of any format. */
export const byteMutations: readonly Mutation[] = [flip, flip, cut, block, block, length, length, insert]
