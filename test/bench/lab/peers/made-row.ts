/** Rows of comparisons that nobody ran. */
import type { Row } from "../../../../bench/lab/peers/compare.js"

const one = { median: 1, low: 1, high: 1 }

/** A row with a proof; everything took one millisecond. */
export const row = <Proof>(name: string, proof: Proof, whole = false): Row<Proof> => ({
  name,
  work: "",
  whole,
  amount: 1,
  cpuMs: one,
  wallMs: one,
  against: "maille",
  times: one,
  proof,
})
