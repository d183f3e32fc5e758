import { describe, expect, it } from "vitest"
import { Heap } from "../../../engine/core/heap.js"
import { seededRandom } from "../../../engine/core/random.js"

describe("Heap", () => {
  it("gives its values in their order, however they were pushed and taken", () => {
    const random = seededRandom(7)
    const heap = new Heap<number>((a, b) => a < b)
    const held: number[] = []
    for (let step = 0; step < 5000; step++) {
      if (random() < 0.6) {
        const value = Math.floor(random() * 500)
        heap.push(value)
        held.push(value)
      } else {
        const least = held.length === 0 ? undefined : Math.min(...held)
        expect(heap.values[0]).toBe(least)
        expect(heap.pop()).toBe(least)
        if (least !== undefined) held.splice(held.indexOf(least), 1)
      }
    }
    expect([...heap.values].sort((a, b) => a - b)).toEqual(held.sort((a, b) => a - b))
  })

  it("is empty at first and at last", () => {
    const heap = new Heap<string>((a, b) => a < b)
    expect(heap.pop()).toBeUndefined()
    heap.push("a")
    expect([heap.pop(), heap.pop()]).toEqual(["a", undefined])
  })
})
