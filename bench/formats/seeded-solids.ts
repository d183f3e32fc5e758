/** Makes seeded gabled houses. */
import { elementAt } from "../../engine/core/lists.js"
import { seededRandom } from "../../engine/core/random.js"
import type { Solids } from "../../engine/kernel.js"

const HOUSES = 2000
/** Faces of a gabled house: floor, walls, roofs; vertices 0–3 floor, 4–7 eaves, 8 and 9 ridge. */
const FACES: readonly (readonly [kind: number, ...ring: number[]])[] = [
  [0, 0, 3, 2, 1],
  [1, 0, 1, 5, 4],
  [1, 1, 2, 6, 9, 5],
  [1, 2, 3, 7, 6],
  [1, 3, 0, 4, 8, 7],
  [2, 4, 5, 9, 8],
  [2, 6, 7, 8, 9],
]

/** 2,000 seeded gabled houses over 1 km, all closed. */
export const gabledHouses = (): Solids => {
  const random = seededRandom(3)
  const corners = FACES.reduce((sum, face) => sum + face.length - 1, 0)
  const positions = new Int32Array(30 * HOUSES)
  const ringVertices = new Uint32Array(corners * HOUSES)
  const ringEnds = new Uint32Array(FACES.length * HOUSES)
  const heights = new Float64Array(HOUSES)
  const mm = (metres: number): number => Math.round(metres * 1000)
  let [corner, ring] = [0, 0]
  for (let house = 0; house < HOUSES; house++) {
    const [x, y, z] = [mm(random() * 1000), mm(random() * 1000), mm(random() * 20)]
    const [w, d, eaves] = [mm(6 + random() * 14), 2 * mm(4 + random() * 4), mm(3 + random() * 6)]
    const ridge = eaves + mm(1 + random() * 3)
    for (const [i, up] of [0, eaves].entries())
      positions.set([x, y, z + up, x + w, y, z + up, x + w, y + d, z + up, x, y + d, z + up], 30 * house + 12 * i)
    positions.set([x, y + d / 2, z + ridge, x + w, y + d / 2, z + ridge], 30 * house + 24)
    for (const [, ...vertices] of FACES) {
      for (const vertex of vertices) ringVertices[corner++] = 10 * house + vertex
      ringEnds[ring++] = corner
    }
    heights[house] = ridge / 1000
  }
  return {
    origin: [840_000, 6_520_000, 0],
    positions,
    ringVertices,
    ringEnds,
    faceEnds: Uint32Array.from({ length: ring }, (_, face) => face + 1),
    faceKinds: Uint8Array.from({ length: ring }, (_, face) => elementAt(FACES, face % FACES.length)[0]),
    solidEnds: Uint32Array.from({ length: HOUSES }, (_, house) => FACES.length * (house + 1)),
    ids: Array.from({ length: HOUSES }, (_, house) => String(house).padStart(16, "0")),
    classes: new Uint8Array(HOUSES).fill(6),
    columns: { height: { type: "number", values: heights } },
  }
}

/** Metadata of the CityJSON sequences. */
export const cityFacts = { epsg: 2154, verticalEpsg: 5720, provenance: { title: "benchmark" } } as const
