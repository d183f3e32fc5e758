import { expect, test } from "vitest"
import { seededRandom } from "../../../../engine/core/random.js"
import { createLazEncoder } from "../../../../engine/formats/laz/encoder/encoder.js"
import { createLazDecoder } from "../../../../engine/formats/laz/wasm/decoder.js"
import { requestFor } from "./laz-file.js"

const wasm = await createLazDecoder()

test("work on whole columns is what is said of it, to the bit, for 0 to 67 values at any place of a column", async () => {
  const random = seededRandom(4)
  const request = requestFor(6, 0, 100)
  const records = new Uint8Array(100 * 30)
  const chunk = (await createLazEncoder()).encode(records, request)
  const bits = new BigUint64Array(67)
  for (let count = 0; count <= 67; count++) {
    const { x, gpsTime } = wasm.decode(chunk, request)
    const ints = x.subarray(count % 7, (count % 7) + count)
    const times = gpsTime!.subarray(count % 5, (count % 5) + count)
    for (let i = 0; i < count; i++) {
      ints[i] = Math.floor((random() - 0.5) * 2 ** (1 + Math.floor(random() * 32)))
      // NaN of several kinds, −0, the usual.
      bits[i] = [0x7ff8_0000_0000_0001n, 0xfff0_0000_dead_beefn, 1n << 63n, 0x41b2_7f19_e5fa_9cd4n][
        Math.floor(random() * 4)
      ]!
    }
    new BigUint64Array(times.buffer, times.byteOffset, count).set(bits.subarray(0, count))
    const sorted = ints.slice().sort()
    expect(wasm.range(ints)).toEqual([sorted[0] ?? 0, sorted.at(-1) ?? 0])
    const [scale, offset] = [Math.floor(random() * 1000), Math.floor((random() - 0.5) * 2 ** 32)]
    const placed = ints.map((value) => (Math.imul(value, scale) + offset) | 0)
    wasm.place(ints, scale, offset)
    expect(ints).toEqual(placed)
    wasm.settle(times)
    const settled = Array.from(bits.subarray(0, count), (value) => {
      if (value === 1n << 63n) return 0n
      return value === 0x41b2_7f19_e5fa_9cd4n ? value : 0x7ff8_0000_0000_0000n
    })
    expect(Array.from(new BigUint64Array(times.buffer, times.byteOffset, count))).toEqual(settled)
    // Beside them nothing was touched.
    expect(x.subarray((count % 7) + count).every((value) => value === 0)).toBe(true)
    expect(gpsTime!.subarray((count % 5) + count).every((value) => value === 0)).toBe(true)
  }
})
