import { describe, expect, it } from "vitest"
import { seededRandom } from "../../../../engine/core/random.js"
import { chainEdges, type PlanEdge } from "../../../../kernels/building/roof/breaks.js"

describe("chainEdges", () => {
  it("paths end where not two edges meet, rings close", () => {
    // A T of three arms at vertex 2, and a triangle apart.
    const x = [0, 1, 2, 3, 2, 10, 11, 10]
    const y = [0, 0, 0, 0, 1, 10, 10, 11]
    const edges: PlanEdge[] = [
      [1, 0],
      [1, 2],
      [2, 3],
      [4, 2],
      [5, 6],
      [6, 7],
      [7, 5],
    ]
    expect(chainEdges(edges, { x, y })).toEqual([
      [0, 1, 2],
      [2, 3],
      [2, 4],
      [5, 6, 7, 5],
    ])
  })

  it("gives the same whatever the order and direction of the edges; each edge once", () => {
    for (let seed = 1; seed <= 30; seed++) {
      const random = seededRandom(seed)
      const [x, y] = [0, 1].map(() => Array.from({ length: 12 }, () => Math.floor(random() * 1000))) as [
        number[],
        number[],
      ]
      const edges: PlanEdge[] = []
      for (let a = 0; a < 12; a++) for (let b = a + 1; b < 12; b++) if (random() < 0.2) edges.push([a, b])
      const shuffled = edges
        .map(([a, b]): [PlanEdge, number] => [random() < 0.5 ? [a, b] : [b, a], random()])
        .sort((p, q) => p[1] - q[1])
        .map(([edge]) => edge)
      const chains = chainEdges(edges, { x, y })
      expect(chainEdges(shuffled, { x, y }), `seed ${seed}`).toEqual(chains)
      const passed = chains.flatMap((path) => path.slice(1).map((v, i) => [path[i], v].sort().join(" ")))
      expect(passed.sort()).toEqual(edges.map((edge) => [...edge].sort().join(" ")).sort())
    }
  })
})
