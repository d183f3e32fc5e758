/** Estimates the area of each kind of ground in a département. */

import { type PerStratum, perStratum } from "../../e2e/strata.js"
import { DEPARTMENTS, type Department } from "./departments.js"

/**
 * Forest of each region, km² (IGN, national forest inventory, memento of 2020). Guyane's covers the
 * whole territory and is not used.
 */
const REGION_FOREST: Readonly<Record<string, number>> = {
  ARA: 25950,
  BFC: 17460,
  BRE: 4240,
  COR: 5500,
  CVL: 9980,
  GES: 19480,
  GUA: 720,
  HDF: 4680,
  IDF: 2780,
  MAY: 140,
  MTQ: 520,
  NAQ: 28740,
  NOR: 4250,
  OCC: 25610,
  PAC: 16070,
  PDL: 4000,
  REU: 980,
}

/** Mean density of mainland France, inhabitants per km²: the reference of the rules below. */
const MEAN_DENSITY = 118
/** Built-up ground, gardens and roads per inhabitant at that density, m². */
const BUILT_PER_INHABITANT = 760
/** Exponent of density by which this area decreases in denser places. */
const BUILT_EXPONENT = -0.3
/**
 * Share of dense town in the built-up ground at mean density; it grows with the square root of
 * density.
 */
const DENSE_PART = 0.1
const DENSE_BOUNDS = [0.02, 0.8] as const

const regionFactors = (): ReadonlyMap<string, number> => {
  const estimates = new Map<string, number>()
  for (const { region, km2, forest } of DEPARTMENTS) {
    estimates.set(region, (estimates.get(region) ?? 0) + (km2 * forest) / 100)
  }
  return new Map([...estimates].map(([region, km2]) => [region, (REGION_FOREST[region] ?? km2) / km2]))
}
const FOREST_FACTORS = regionFactors()

/**
 * Square kilometres of each kind of ground in a département; they add up to its area.
 *
 * 1. Water: the table's estimate.
 * 2. Forest, slopes included: the table's estimates, scaled to the national inventory's forest of
 *    each region.
 * 3. Built-up: 760 m² an inhabitant × (density / 118)^-0.3, at most the remainder. Dense town
 *    is 10 % × √(density / 118) of it, from 2 to 80 %; the rest is suburb, villages and roads.
 * 4. Mountain (pasture, moor, rock): the estimated share of the mountain zone in the remainder.
 * 5. Farmland and other open ground: the rest.
 *
 * Rule 3 gives 8 % of mainland France; the Teruti survey of 2018 finds 9 % artificial, including
 * roads and farmyards between fields. It gives 18 % of Nord with Pas-de-Calais (Teruti 2010: 17)
 * and 18 % of Martinique (16).
 */
export const landCover = (department: Department): PerStratum<number> => {
  const { km2, population, region } = department
  const water = (km2 * department.water) / 100
  const forest = Math.min(((km2 * department.forest) / 100) * (FOREST_FACTORS.get(region) ?? 1), km2 - water)
  const relative = population / km2 / MEAN_DENSITY
  const perInhabitant = (BUILT_PER_INHABITANT / 1e6) * relative ** BUILT_EXPONENT
  const built = Math.min(population * perInhabitant, km2 - water - forest)
  const [least, most] = DENSE_BOUNDS
  const dense = built * Math.min(most, Math.max(least, DENSE_PART * Math.sqrt(relative)))
  const open = km2 - water - forest - built
  const mountain = (open * department.mountain) / 100
  return { "dense-town": dense, suburb: built - dense, farmland: open - mountain, forest, mountain, water }
}

/** Square kilometres of each kind of ground in several départements together. */
export const totalCover = (departments: readonly Department[]): PerStratum<number> => {
  const covers = departments.map(landCover)
  return perStratum((stratum) => covers.reduce((km2, cover) => km2 + cover[stratum], 0))
}
