import { expect, test } from "vitest"
import { seededRandom } from "../../../../engine/core/random.js"
import type { LasHeader } from "../../../../engine/formats/las/header.js"
import { createLazEncoder } from "../../../../engine/formats/laz/encoder/encoder.js"
import { createLazDecoder } from "../../../../engine/formats/laz/wasm/decoder.js"
import { twinColumns } from "../../../reference/laz/columns.js"
import { requestAll } from "./laz-file.js"

const wasm = await createLazDecoder()

test("work on whole columns equals the twin's to the bit, for 0 to 67 values at any place of a column", () => {
  const random = seededRandom(4)
  const request = requestAll({ header: { pointFormat: 6, recordLength: 30 } as LasHeader }, 100)
  const records = new Uint8Array(100 * 30)
  const chunk = createLazEncoder().encode(records, request)
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
    const [plainInts, plainTimes] = [ints.slice(), times.slice()]
    expect(wasm.range(ints)).toEqual(twinColumns.range(plainInts))
    const [scale, offset] = [Math.floor(random() * 1000), Math.floor((random() - 0.5) * 2 ** 32)]
    wasm.place(ints, scale, offset)
    twinColumns.place(plainInts, scale, offset)
    expect(ints).toEqual(plainInts)
    wasm.settle(times)
    twinColumns.settle(plainTimes)
    const bytesOf = (column: Float64Array): Uint8Array =>
      new Uint8Array(column.buffer, column.byteOffset, column.byteLength)
    expect(bytesOf(times)).toEqual(bytesOf(plainTimes))
    // Beside them nothing was touched.
    expect(x.subarray((count % 7) + count).every((value) => value === 0)).toBe(true)
    expect(gpsTime!.subarray((count % 5) + count).every((value) => value === 0)).toBe(true)
  }
})
