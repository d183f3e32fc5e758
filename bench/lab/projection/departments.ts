/** Reads the départements from `departments.csv` beside this file. */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { projectRoot } from "../../machine.js"

/** A département, with the figures that `landCover` needs. */
export interface Department {
  /** Official geographic code: "01" to "95", "2A", "2B", "971" to "976". */
  readonly code: string
  readonly name: string
  readonly region: string
  /** Area of land and inland water, km²; for Guyane the coastal strip only. */
  readonly km2: number
  readonly population: number
  /** Estimated per cent of the area; it distributes the region's forest over its départements. */
  readonly forest: number
  /** Estimated per cent of the area in the mountain zone. */
  readonly mountain: number
  /** Estimated per cent of the area under lakes, lagoons and rivers. */
  readonly water: number
}

const ROWS = readFileSync(join(projectRoot, "bench", "lab", "projection", "departments.csv"), "utf8")
  .trim()
  .split("\n")
  .slice(1)

/**
 * The 96 départements of mainland France and Corsica and the five overseas, by code.
 *
 * Facts: code, name, region, area and population (Insee, legal populations of 2018; Mayotte 2017).
 * Estimates, made for this table and marked as assumed: forest, mountain and water. No table by
 * département was available; land-cover.ts scales forest to published totals of regions.
 */
export const DEPARTMENTS: readonly Department[] = ROWS.map((row) => {
  const [code = "", name = "", region = "", ...figures] = row.split(";")
  const [km2 = 0, population = 0, forest = 0, mountain = 0, water = 0] = figures.map(Number)
  return { code, name, region, km2, population, forest, mountain, water }
})

/** True for mainland France and Corsica. */
export const isMetropolitan = ({ code }: Department): boolean => code.length === 2
