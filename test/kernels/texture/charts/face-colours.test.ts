import { describe, expect, it } from "vitest"
import { seededRandom } from "../../../../engine/core/random.js"
import type { Mesh } from "../../../../engine/kernel.js"
import { shownColours } from "../../../../kernels/texture/charts/plain-colours.js"

describe("shownColours", () => {
  it.each([1, 2, 3])("sums the texels of each face, and of the ground in each cell (%i)", (seed) => {
    const random = seededRandom(seed)
    const [width, height, faces] = [61, 21, 9]
    const owners = Uint32Array.from({ length: faces }, (_, t) => t % 3)
    const data = new Uint8Array(4 * width * height).map(() => Math.floor(256 * random()))
    const uppermost = new Uint32Array(width * height)
    for (let i = 0; i < uppermost.length; i++) {
      uppermost[i] = random() < 0.8 && i > 0 ? uppermost[i - 1]! : Math.floor((faces + 1) * random())
      data[4 * i + 3] = random() < 0.2 ? 0 : 255
    }
    const mesh = { owners } as unknown as Mesh
    const seen = { uppermost, covered: new Uint32Array(faces), hidden: new Uint32Array(faces) }
    const shown = shownColours(data, { width, height }, mesh, seen)
    const [sums, empty, ground] = [new Float64Array(4 * faces), new Uint32Array(faces), new Float64Array(4 * 8 * 3)]
    for (let i = 0; i < uppermost.length; i++) {
      const t = uppermost[i]! - 1
      if (t < 0) continue
      if (data[4 * i + 3] === 0) {
        empty[t]!++
        continue
      }
      const cell = 8 * Math.floor(i / width / 8) + Math.floor((i % width) / 8)
      for (let k = 0; k < 4; k++) {
        const value = k < 3 ? data[4 * i + k]! : 1
        sums[4 * t + k]! += value
        if (owners[t] === 0) ground[4 * cell + k]! += value
      }
    }
    expect(shown).toEqual({ sums, empty, ground })
  })
})
