import { describe, expect, it } from "vitest"
import { STRATA } from "../../../../bench/e2e/strata.js"
import { PILOTS } from "../../../../bench/lab/projection/choose-departments.js"
import { DEPARTMENTS, isMetropolitan } from "../../../../bench/lab/projection/departments.js"
import { landCover, totalCover } from "../../../../bench/lab/projection/land-cover.js"

const mainland = DEPARTMENTS.filter(isMetropolitan)
const area = (departments: typeof DEPARTMENTS): number => departments.reduce((km2, { km2: own }) => km2 + own, 0)
const shareOf = (codes: readonly string[], strata: readonly (typeof STRATA)[number][]): number => {
  const chosen = DEPARTMENTS.filter(({ code }) => codes.length === 0 || codes.includes(code))
  const cover = totalCover(codes.length === 0 ? mainland : chosen)
  return strata.reduce((km2, stratum) => km2 + cover[stratum], 0) / area(codes.length === 0 ? mainland : chosen)
}

describe("départements", () => {
  it("are the 96 of the mainland and five overseas, each once", () => {
    const numbers = Array.from({ length: 95 }, (_, index) => String(index + 1).padStart(2, "0")).filter(
      (c) => c !== "20",
    )
    const codes = [...numbers, "2A", "2B", "971", "972", "973", "974", "976"].sort()
    expect(DEPARTMENTS.map(({ code }) => code).sort()).toEqual(codes)
    expect(mainland.length).toBe(96)
    expect(new Set(DEPARTMENTS.map(({ name }) => name)).size).toBe(101)
  })

  it("have the area and the population of France", () => {
    // Insee: 543 940 km² and 64.84 million inhabitants of the mainland, 2018.
    expect(Math.abs(area(mainland) / 543_940 - 1)).toBeLessThan(0.001)
    expect(mainland.reduce((sum, { population }) => sum + population, 0) / 64_844_037).toBeCloseTo(1, 3)
    expect(Math.abs(area(DEPARTMENTS) / 550_000 - 1)).toBeLessThan(0.02)
  })
})

describe("landCover", () => {
  it("divides each département into parts that add up to its area", () => {
    for (const department of DEPARTMENTS) {
      const cover = landCover(department)
      for (const stratum of STRATA) expect(cover[stratum], `${department.code} ${stratum}`).toBeGreaterThanOrEqual(0)
      expect(STRATA.reduce((km2, stratum) => km2 + cover[stratum], 0)).toBeCloseTo(department.km2, 6)
    }
  })

  it("adds up to one over France", () => {
    const cover = totalCover(DEPARTMENTS)
    const shares = STRATA.map((stratum) => cover[stratum] / area(DEPARTMENTS))
    expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 9)
  })

  it("agrees with published totals", () => {
    expect(totalCover(mainland).forest).toBeCloseTo(168_740, 3) // IGN 2020
    const built = ["dense-town", "suburb"] as const
    expect(shareOf([], built)).toBeGreaterThan(0.07) // Teruti 2018: 0.09 with roads and farmyards between fields
    expect(shareOf([], built)).toBeLessThan(0.09)
    expect(Math.abs(shareOf(["59", "62"], built) - 0.17)).toBeLessThan(0.03) // Teruti 2010
    expect(Math.abs(shareOf(["972"], built) - 0.16)).toBeLessThan(0.03) // Teruti 2010
    // Massifs are 167 000 km², 30 % of the mainland (DATAR), the mountain zone a part of them.
    const zone = mainland.reduce((km2, department) => km2 + (department.km2 * department.mountain) / 100, 0)
    expect(zone).toBeGreaterThan(100_000)
    expect(zone).toBeLessThan(167_000)
  })

  it("scales no estimate of forest by more than a quarter", () => {
    for (const department of DEPARTMENTS) {
      const estimate = (department.km2 * department.forest) / 100
      expect(Math.abs(landCover(department).forest / estimate - 1), department.code).toBeLessThan(0.25)
    }
  })

  it("makes the four pilots differ: each has another largest ground", () => {
    const mains = PILOTS.map((code) => {
      const cover = landCover(DEPARTMENTS.find((department) => department.code === code)!)
      return STRATA.reduce((main, stratum) => (cover[stratum] > cover[main] ? stratum : main))
    })
    expect(mains).toEqual(["dense-town", "farmland", "forest", "mountain"])
  })
})
