/**
 * Chooses one label per face where neighbours should agree: roof planes of a plan, views of a wall.
 * Alpha expansion (Boykov, Veksler and Zabih 2001).
 */
import { minimumCut } from "./max-flow.js"

/**
 * Costs of labels: `data[f · labels + l]` for face f with label l, `weight[e]` if faces a[e] and
 * b[e] differ. Whole numbers.
 */
export interface LabelCosts {
  readonly faces: number
  readonly labels: number
  readonly data: Float64Array
  readonly a: ArrayLike<number>
  readonly b: ArrayLike<number>
  readonly weight: ArrayLike<number>
}

/** Cost of a labelling. */
export const labelEnergy = ({ faces, labels, data, a, b, weight }: LabelCosts, label: ArrayLike<number>): number => {
  let sum = 0
  for (let f = 0; f < faces; f++) sum += data[f * labels + label[f]]
  for (let e = 0; e < a.length; e++) if (label[a[e]] !== label[b[e]]) sum += weight[e]
  return sum
}

/**
 * Labels of small cost by alpha expansion (Boykov, Veksler, Zabih 2001, Potts model). In each step
 * every face may keep its label or take one common other label; a minimum cut finds the best of
 * these choices. Ends when no label gains. Exact for two labels, else within twice the optimum.
 *
 * Deterministic: labels in their order, integers only.
 */
export const labelFaces = (costs: LabelCosts): Int32Array => {
  const { faces, labels, data } = costs
  let label: Int32Array = new Int32Array(faces)
  for (let f = 0; f < faces; f++) {
    for (let l = 1; l < labels; l++) if (data[f * labels + l] < data[f * labels + label[f]]) label[f] = l
  }
  let energy = labelEnergy(costs, label)
  for (let since = 0, l = 0; since < labels; since++, l = (l + 1) % labels) {
    const grown = expand(costs, label, l)
    const now = labelEnergy(costs, grown)
    if (now >= energy) continue
    ;[label, energy, since] = [grown, now, 0]
  }
  return label
}

/** The best labelling in which faces keep their label or take `alpha`. */
const expand = ({ faces, labels, data, a, b, weight }: LabelCosts, label: Int32Array, alpha: number): Int32Array => {
  // A face on the source's side keeps its label and pays for the arc to the sink.
  const keep = new Float64Array(faces)
  const take = new Float64Array(faces)
  for (let f = 0; f < faces; f++) {
    keep[f] = data[f * labels + label[f]]
    take[f] = data[f * labels + alpha]
  }
  const forth = new Float64Array(a.length)
  const back = new Float64Array(a.length)
  for (let e = 0; e < a.length; e++) {
    const [p, q, w] = [a[e], b[e], weight[e]]
    // Costs of the pair: both keep, p keeps and q takes, p takes and q keeps. Both take: 0.
    const both = label[p] === label[q] ? 0 : w
    const first = label[p] === alpha ? 0 : w
    const second = label[q] === alpha ? 0 : w
    // Kolmogorov and Zabih 2004: the pair's cost as two unary terms and one arc.
    keep[p] += first
    keep[q] += both - first
    forth[e] = 0
    back[e] = first + second - both
  }
  for (let f = 0; f < faces; f++) {
    const least = Math.min(keep[f], take[f])
    keep[f] -= least
    take[f] -= least
  }
  const kept = minimumCut(take, keep, { a, b, forth, back })
  return label.map((own, f) => (kept[f] === 1 ? own : alpha))
}
