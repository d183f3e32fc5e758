/** Finds elementary geometry that is written again beside engine/core/geometry. */
import { readFileSync } from "node:fs"
import { expect, it } from "vitest"
import { projectFiles, root } from "../../../source-tree.js"

/**
 * An edge passes the height of a point: `a > y !== b > y`, whatever the names, the order and the
 * parentheses.
 */
const CROSSING = /([<>]=?) ?([\w.![\]]+)\)? [!=]==? \(?[^;?&|=]*? \1 ?\2(?![\w.[])/
/** The edges passed are counted, or their number's parity is. */
const COUNTED = /\b(\w+) = !\1\b|\^= |\+\+|\+= 1\b/
/** Lines after that of the crossing in which they are. */
const NEAR = 4
/** The next or the previous half-edge of a triangle. */
const HALF_EDGE = /\b(\w+) % 3 === [02] \? \1 [-+] 2 : \1 [-+] 1/

const sources = projectFiles()
  .filter((path) => /^(engine|kernels|cli|bench|fixtures)\/.*\.ts$/.test(path))
  // AssemblyScript is another language.
  .filter((path) => !path.includes("/assembly/") && !path.startsWith("engine/core/geometry/"))
  .map((path) => ({ path, lines: readFileSync(root + path, "utf8").split("\n") }))

const placesOf = (found: (lines: readonly string[], i: number) => boolean): string[] =>
  sources.flatMap(({ path, lines }) =>
    lines.flatMap((line, i) => (found(lines, i) ? [`${path}:${i + 1}: ${line.trim()}`] : [])),
  )

const countsCrossings = (lines: readonly string[], i: number): boolean =>
  CROSSING.test(lines[i]!) && lines.slice(i, i + NEAR).some((line) => COUNTED.test(line.replace(/\bfor \(.*?\) /, "")))

it("knows the forms it looks for, and no others", () => {
  for (const line of [
    "if (ay > y !== by > y && x < ax) inside = !inside",
    "if ((ring[j + 1] > y) !== (ring[i + 1] > y)) inside = !inside",
    "if (ring[i + 1] > y === ring[j + 1] > y) continue",
    "if (y[a] > y[v] !== y[b] > y[v]) inside = !inside",
    "if (ay <= point.y !== by <= point.y) n++",
    "if (ay > 0 !== by > 0 && turn > 0) inside = !inside",
  ])
    expect(CROSSING.test(line), line).toBe(true)
  expect(countsCrossings(["if (ay > y === by > y) continue", "", "if (x < at) inside = !inside"], 0)).toBe(true)
  expect(countsCrossings(["if (a >= 0 === b >= 0) continue", "points.push(a)"], 0)).toBe(false)
  for (const line of ["const isLeft = area > 0 === hole", "if (a > y && b !== y) n++", "x > 0 !== y > 1"])
    expect(CROSSING.test(line), line).toBe(false)
  expect(HALF_EDGE.test("const next = e % 3 === 2 ? e - 2 : e + 1")).toBe(true)
  expect(HALF_EDGE.test("const x = i % 3 === 0 ? value : -value")).toBe(false)
})

it("finds no point-in-ring test but in checkers that say in their first line that they are independent", () => {
  const independent = sources.filter(
    ({ path, lines }) => path.startsWith("engine/check/") && /independent/i.test(lines[0]!),
  )
  expect(independent.map(({ path }) => path)).toEqual(["engine/check/solid/ring-relations.ts"])
  const places = placesOf(countsCrossings)
  expect(places.filter((place) => !independent.some(({ path }) => place.startsWith(path)))).toEqual([])
  expect(places).toHaveLength(1)
})

it("finds no step to the next or the previous half-edge", () => {
  expect(placesOf((lines, i) => HALF_EDGE.test(lines[i]!))).toEqual([])
})
