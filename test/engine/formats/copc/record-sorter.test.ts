import { existsSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import { seededRandom } from "../../../../engine/core/random.js"
import { type Cube, fitCube } from "../../../../engine/formats/copc/keys.js"
import { recordSorters } from "../../../../engine/formats/copc/record-sorter.js"
import { inFolder } from "./copc-file.js"

/** More than are sorted in memory at a time. */
const COUNT = 1_100_000
const LENGTH = 30
const { sorterOf } = await recordSorters()

/** Morton key of a record, in plain numbers: from the cells of 20 levels. */
const keyOf = (place: readonly number[], { corner, steps }: Cube): bigint => {
  const cells = place.map((value, axis) =>
    Math.max(0, Math.min(2 ** 20 - 1, Math.floor(((value - corner[axis]!) * 2 ** 20) / steps[axis]!))),
  )
  let key = 0n
  for (let bit = 19; bit >= 0; bit--) {
    for (const axis of [2, 1, 0]) key = (key << 1n) | BigInt((cells[axis]! >> bit) & 1)
  }
  return key
}

/**
 * Sorts records of x, y, z and a last byte; returns their words, checked to be in the order of
 * keys.
 */
const sorted = (places: Int32Array, expected: number): Promise<number> =>
  inFolder(async (folder) => {
    const count = places.length / 3
    const cube = fitCube({ count: 1, min: [0, 0, 0], max: [1e6, 1e6, 1e5] }, [1, 1, 1], [0, 0, 0])
    const bytes = new Uint8Array(count * LENGTH)
    const view = new DataView(bytes.buffer)
    for (let i = 0; i < count; i++) {
      for (const axis of [0, 1, 2]) view.setInt32(i * LENGTH + 4 * axis, places[3 * i + axis]!, true)
      bytes[i * LENGTH + 12] = 7
    }
    const sorter = sorterOf({ cube, recordLength: LENGTH, path: join(folder, "records"), expected })
    sorter.add(bytes, count)
    let found = 0
    let sum = 0
    let [beforeHigh, beforeLow] = [0, 0]
    for (const { words, high, low, count: n } of sorter.sorted()) {
      for (let i = 0; i < n; i++) {
        const isLater = high[i]! > beforeHigh || (high[i] === beforeHigh && low[i]! >= beforeLow)
        if (!isLater || words[8 * i + 3] !== 7) expect.fail(`record ${found + i}`)
        beforeHigh = high[i]!
        beforeLow = low[i]!
        sum += words[8 * i]! + 2 * words[8 * i + 1]! + 3 * words[8 * i + 2]!
      }
      // A few keys, by their definition.
      const key = keyOf([words[0]!, words[1]!, words[2]!], cube)
      expect((BigInt(high[0]!) << 30n) | BigInt(low[0]!)).toBe(key)
      found += n
    }
    sorter.close()
    let wanted = 0
    for (let i = 0; i < places.length; i++) wanted += places[i]! * (1 + (i % 3))
    expect(sum).toBe(wanted)
    expect(existsSync(join(folder, "records-0"))).toBe(false)
    return found
  })

test.each([
  ["a cell of all records, which is divided again", 1],
  ["cells of three levels", 50_000_000],
])("sorts records outside memory: %s", async (_, expected) => {
  const random = seededRandom(3)
  // A fifth of them are beyond the cube, hence on its faces.
  const places = Int32Array.from({ length: 3 * COUNT }, (_, i) =>
    Math.floor((random() * 1.1 - 0.05) * (i % 3 === 2 ? 1e5 : 1e6)),
  )
  expect(await sorted(places, expected)).toBe(COUNT)
})

test("records of one place need no order, however many", async () => {
  expect(await sorted(new Int32Array(3 * COUNT).fill(777), 1)).toBe(COUNT)
})
