import { describe, expect, it } from "vitest"
import { seededRandom } from "../../../engine/core/random.js"
import { type LabelCosts, labelEnergy, labelFaces, minimumCut } from "../../../kernels/geometry/label-faces.js"

const randomEdges = (random: () => number, nodes: number, count: number) => {
  const pick = (): number => Math.floor(random() * nodes)
  const pairs = Array.from({ length: count }, () => [pick(), pick()] as const).filter(([p, q]) => p !== q)
  return { a: pairs.map(([p]) => p), b: pairs.map(([, q]) => q) }
}

describe("minimumCut", () => {
  it("is the least of all cuts of 300 small graphs, and the smallest such set", () => {
    for (let seed = 1; seed <= 300; seed++) {
      const random = seededRandom(seed)
      const nodes = 2 + Math.floor(random() * 7)
      const whole = (): number => Math.floor(random() * 10)
      const [source, sink] = [Array.from({ length: nodes }, whole), Array.from({ length: nodes }, whole)]
      const { a, b } = randomEdges(random, nodes, 12)
      const [forth, back] = [a.map(whole), a.map(whole)]
      const cost = (side: (v: number) => boolean): number => {
        let sum = 0
        for (let v = 0; v < nodes; v++) sum += (side(v) ? sink[v] : source[v]) as number
        a.forEach((p, e) => {
          const q = b[e] as number
          if (side(p) && !side(q)) sum += forth[e] as number
          if (side(q) && !side(p)) sum += back[e] as number
        })
        return sum
      }
      const cut = minimumCut(source, sink, { a, b, forth, back })
      let [least, smallest] = [Number.POSITIVE_INFINITY, 0]
      for (let mask = 0; mask < 1 << nodes; mask++) {
        const sum = cost((v) => ((mask >> v) & 1) === 1)
        const size = mask.toString(2).replaceAll("0", "").length
        if (sum < least || (sum === least && size < smallest)) [least, smallest] = [sum, size]
      }
      expect(cost((v) => cut[v] === 1)).toBe(least)
      expect(cut.reduce((sum, value) => sum + value, 0)).toBe(smallest)
    }
  })
})

describe("labelFaces", () => {
  const randomCosts = (seed: number, faces: number, labels: number): LabelCosts => {
    const random = seededRandom(seed)
    const { a, b } = randomEdges(random, faces, 2 * faces)
    return {
      faces,
      labels,
      data: Float64Array.from({ length: faces * labels }, () => Math.floor(random() * 20)),
      a,
      b,
      weight: a.map(() => Math.floor(random() * 12)),
    }
  }
  const optimum = (costs: LabelCosts): number => {
    const label = new Int32Array(costs.faces)
    let least = Number.POSITIVE_INFINITY
    for (let code = 0; code < costs.labels ** costs.faces; code++) {
      for (let f = 0, rest = code; f < costs.faces; f++, rest = Math.floor(rest / costs.labels))
        label[f] = rest % costs.labels
      least = Math.min(least, labelEnergy(costs, label))
    }
    return least
  }

  it("finds the optimum of two labels", () => {
    for (let seed = 1; seed <= 100; seed++) {
      const costs = randomCosts(seed, 8, 2)
      expect(labelEnergy(costs, labelFaces(costs))).toBe(optimum(costs))
    }
  })

  it("stays within twice the optimum of three labels and mostly finds it", () => {
    let exact = 0
    for (let seed = 1; seed <= 100; seed++) {
      const costs = randomCosts(seed, 7, 3)
      const [found, best] = [labelEnergy(costs, labelFaces(costs)), optimum(costs)]
      expect(found).toBeLessThanOrEqual(2 * best)
      if (found === best) exact++
    }
    expect(exact).toBeGreaterThan(85)
  })
})
