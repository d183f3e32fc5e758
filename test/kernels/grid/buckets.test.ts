import fc from "fast-check"
import { expect, it } from "vitest"
import { sortIntoBuckets } from "../../../kernels/geometry/buckets.js"

it("gives each bucket its places in ascending order, without those of none", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -1, max: 5 }), { maxLength: 40 }), (buckets) => {
      const { starts, order } = sortIntoBuckets(Int32Array.from(buckets), 6)
      const places = buckets.map((_, i) => i)
      for (let b = 0; b < 6; b++)
        expect([...order.subarray(starts[b], starts[b + 1])]).toEqual(places.filter((i) => buckets[i] === b))
      expect(order).toHaveLength(buckets.filter((bucket) => bucket >= 0).length)
    }),
  )
})
