import { objectId } from "../engine/core/hash.js"
import type { Solids } from "../engine/core/kernel-data.js"
import { seededRandom } from "../engine/core/random.js"

const HOUSES = 2000
/** Corners of a house with a gabled roof: four of the floor, four of the eaves, two of the ridge. */
const CORNERS = 10
const FACES: readonly (readonly number[])[] = [
  [3, 2, 1, 0],
  [0, 1, 5, 4],
  [2, 3, 7, 6],
  [1, 2, 6, 9, 5],
  [3, 0, 4, 8, 7],
  [4, 5, 9, 8],
  [6, 7, 8, 9],
]
const KINDS = [0, 1, 1, 1, 1, 2, 2]

/** 2000 seeded houses over 1 km as closed solids, with a height each. */
export const houses = (): Solids => {
  const random = seededRandom(1)
  const positions = new Int32Array(3 * CORNERS * HOUSES)
  const heights = new Float64Array(HOUSES)
  const ids: string[] = []
  const rings: number[] = []
  const ends: number[] = []
  for (let h = 0; h < HOUSES; h++) {
    const [x, y] = [Math.round(random() * 980_000), Math.round(random() * 980_000)]
    const [w, d] = [6000 + Math.round(random() * 9000), 6000 + Math.round(random() * 5000)]
    const [eaves, ridge] = [3000 + Math.round(random() * 6000), 2000]
    heights[h] = (eaves + ridge) / 1000
    ids.push(objectId("building", 840_000 + x / 1000, 6_520_000 + y / 1000))
    const plan = [x, y, x + w, y, x + w, y + d, x, y + d]
    for (let v = 0; v < 8; v++)
      positions.set(
        [plan[2 * (v % 4)] as number, plan[2 * (v % 4) + 1] as number, v < 4 ? 0 : eaves],
        3 * (CORNERS * h + v),
      )
    const middle = y + Math.round(d / 2)
    positions.set([x, middle, eaves + ridge, x + w, middle, eaves + ridge], 3 * (CORNERS * h + 8))
    for (const face of FACES) {
      rings.push(...face.map((v) => CORNERS * h + v))
      ends.push(rings.length)
    }
  }
  return {
    origin: [840_000, 6_520_000, 170],
    positions,
    ringVertices: Uint32Array.from(rings),
    ringEnds: Uint32Array.from(ends),
    faceEnds: Uint32Array.from(ends, (_, face) => face + 1),
    faceKinds: Uint8Array.from(ends, (_, face) => KINDS[face % KINDS.length] as number),
    solidEnds: Uint32Array.from(ids, (_, h) => FACES.length * (h + 1)),
    ids,
    classes: new Uint8Array(HOUSES).fill(6),
    columns: { height: { type: "number", values: heights } },
  }
}
