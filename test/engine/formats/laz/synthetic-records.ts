/** How {@link syntheticRecords} makes points. */
export interface RecordFacts {
  readonly pointFormat: 6 | 7 | 8
  readonly extraBytes: number
  readonly count: number
  /** 1: one channel; up to 4: switches now and then. */
  readonly channels?: number
  /** Any bits in any field, instead of what a scanner makes. */
  readonly wild?: boolean
}

const BASE = { 6: 30, 7: 36, 8: 38 }

/** Bytes of a record of {@link syntheticRecords}. */
export const recordLengthOf = ({ pointFormat, extraBytes }: RecordFacts): number => BASE[pointFormat] + extraBytes

/**
 * Raw records of a scanner's flight: pulses of several returns, several channels, GPS times with
 * steps, gaps and jumps between strips and back; colours that are grey at times; extra bytes of
 * which the first never changes. Wild: every bit random, coordinates at their ends.
 */
export const syntheticRecords = (random: () => number, facts: RecordFacts): Uint8Array => {
  const { pointFormat, extraBytes, count, channels = 1, wild = false } = facts
  const length = recordLengthOf(facts)
  const bytes = new Uint8Array(count * length)
  const view = new DataView(bytes.buffer)
  const below = (n: number): number => Math.floor(random() * n)
  const strips = [300000000, 300000040.25, 299999000, 300100000, -5, 0, 1e-300, 12345.678]
  let [channel, x, y, z, number, returns, strip, step] = [0, 77000000, 627700000, 12000, 1, 1, 0, 1 / 65536]
  for (let i = 0, at = 0; i < count; i++, at += length) {
    if (wild) {
      for (let k = 0; k < length; k++) bytes[at + k] = below(256)
      for (let axis = 0; axis < 3; axis++) {
        const ends = [-2147483648, 2147483647, 0, -1, 1, below(1 << 30), -below(1 << 30)]
        view.setInt32(at + 4 * axis, ends[below(ends.length)], true)
      }
      // The bits of a time are no NaN: laz-perf, in JavaScript, may change them.
      bytes[at + 29] = random() < 0.5 ? 65 : 193
      if (channels === 1) bytes[at + 15] &= 0xcf
      continue
    }
    if (number < returns) number++
    else {
      returns = 1 + (random() < 0.3 ? below(15) : 0)
      number = 1
      x += below(80) - 38
      y += below(40) - 20
      if (random() < 0.05) channel = below(channels)
      if (random() < 0.01) strip = below(strips.length)
      if (random() < 0.02) step = [1 / 65536, 3 / 65536, 1 / 131072, 700 / 65536, -1 / 65536][below(5)]
      strips[strip] += step * (random() < 0.9 ? 1 : below(1200) - 20)
    }
    z = random() < 0.6 ? 12000 + below(30) : 12000 + below(3000)
    view.setInt32(at, x, true)
    view.setInt32(at + 4, y, true)
    view.setInt32(at + 8, z, true)
    view.setUint16(at + 12, below(3) * 400 + below(60), true)
    bytes[at + 14] = number | (returns << 4)
    bytes[at + 15] = (random() < 0.1 ? below(16) : 0) | (channel << 4) | (below(50) === 0 ? 64 : 0)
    bytes[at + 16] = [1, 2, 2, 2, 3, 4, 5, 6, 9, 17, 64, 200][below(12)]
    bytes[at + 17] = random() < 0.01 ? below(256) : 0
    view.setInt16(at + 18, Math.round(2000 * Math.sin(i / 500)), true)
    view.setUint16(at + 20, 60000 + strip * 1000, true)
    view.setFloat64(at + 22, strips[strip], true)
    const grey = random() < 0.2
    const red = below(200) * 257
    for (let band = 0; band * 2 + 30 < BASE[pointFormat]; band++) {
      view.setUint16(at + 30 + 2 * band, grey ? red : (red + below(5000)) & 0xffff, true)
    }
    for (let k = 0; k < extraBytes; k++) bytes[at + BASE[pointFormat] + k] = k === 0 ? 7 : k === 1 ? i >> 8 : below(4)
  }
  return bytes
}
