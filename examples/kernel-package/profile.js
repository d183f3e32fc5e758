// @ts-check
/**
 * The vertical profile of the fuel in one cell.
 *
 * Plant-area density by Beer-Lambert's law: of the returns that reach a stratum, the share that
 * ends in it. Bulk density from the wood density and the leaf mass per area of the plants.
 */

/**
 * @typedef {object} ProfileOptions
 * @property {number} G projection of leaves and twigs on the plane across the beam
 * @property {number} omega clumping index, 1 for plants spread at random
 * @property {number} d thickness of a stratum, metres
 */

/**
 * @typedef {object} Means of all returns of the cell
 * @property {number} cosine cosine of the angle between the beam and the vertical
 * @property {number} WD wood density, kg/m³
 * @property {number} LMA leaf mass per area, g/m²
 */

/**
 * Densities by stratum, from the ground upwards.
 *
 * @param {ArrayLike<number>} counts returns by stratum; the first is everything up to height 0
 * @param {Means} means
 * @param {ProfileOptions} options
 * @returns {{ plantArea: number[], bulkDensity: number[] }} m²/m³ and kg/m³ of each stratum above
 * height 0 up to the highest return; NaN where no return reaches
 */
export const fuelProfile = (counts, { cosine, WD, LMA }, { G, omega, d }) => {
  // Half of the plant area is twigs of 2 mm, in round figures; the rest is leaves.
  const perArea = 1 / (0.51 / (0.002 * WD) + 0.49 / (LMA / 1000))
  let top = counts.length
  while (top > 0 && counts[top - 1] === 0) top--
  const plantArea = []
  let below = 0
  for (let i = 0; i < top; i++) {
    const own = counts[i] ?? 0
    below += own
    if (i === 0) continue
    // A share of 0 or 1 has no finite density: one return more on either side.
    const share = own === 0 || own === below ? (own + 1) / (below + 2) : own / below
    plantArea.push(below === 0 ? Number.NaN : (-Math.log(1 - share) * cosine) / (G * omega * d))
  }
  return { plantArea, bulkDensity: plantArea.map((value) => value * perArea) }
}

/**
 * Height of the lowest fuel of the crowns: the base of the highest run of strata whose bulk density
 * reaches the threshold. NaN without such a stratum.
 *
 * @param {readonly number[]} bulkDensity
 * @param {number} threshold kg/m³
 * @param {number} d thickness of a stratum, metres
 */
export const canopyBase = (bulkDensity, threshold, d) => {
  let base = bulkDensity.length - 1
  while (base >= 0 && !((bulkDensity[base] ?? 0) >= threshold)) base--
  if (base < 0) return Number.NaN
  while (base > 0 && (bulkDensity[base - 1] ?? 0) >= threshold) base--
  return base * d
}
