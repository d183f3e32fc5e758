import { describe, expect, it } from "vitest"
import { canonicalJson } from "../../../engine/core/hash.js"
import { seededRandom } from "../../../engine/core/random.js"

/** As JSON.stringify writes it of objects whose keys were sorted. */
const plainCanonicalJson = (value: unknown): string =>
  JSON.stringify(value, (_key, inner: unknown) =>
    inner !== null && typeof inner === "object" && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
      : inner,
  )

const random = seededRandom(7)
const names = ["b", "a", "é", "10", "9", "01", "-1", "4294967294", "4294967295", "1.5", "", 'q"\n', "aa", "Z"]
const scalars = [
  0,
  -0,
  1.5,
  1e21,
  Number.NaN,
  Infinity,
  true,
  null,
  undefined,
  "",
  'x"\\\u2028',
  "𝄞",
  "\ud800",
  new Date(0),
]
const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!

const anyValue = (depth: number): unknown => {
  const kind = depth === 0 ? 0 : Math.floor(random() * 4)
  const size = Math.floor(random() * 6)
  if (kind === 1) return Array.from({ length: size }, () => anyValue(depth - 1))
  if (kind > 1) return Object.fromEntries(Array.from({ length: size }, () => [pick(names), anyValue(depth - 1)]))
  return pick(scalars)
}

describe("canonical JSON", () => {
  it("is what JSON.stringify gives of sorted objects", () => {
    for (const value of [
      ...scalars.filter((one) => one !== undefined),
      new Float64Array([1, 2.5]),
      { f: () => 1, m: new Map() },
    ])
      expect(canonicalJson(value)).toBe(plainCanonicalJson(value))
    for (let i = 0; i < 3000; i++) {
      const value = [anyValue(4)]
      expect(canonicalJson(value)).toBe(plainCanonicalJson(value))
    }
  })

  it("does not depend on the order in which a value was built", () => {
    expect(canonicalJson({ b: { d: 1, c: 2 }, a: [3] })).toBe('{"a":[3],"b":{"c":2,"d":1}}')
    expect(canonicalJson({ a: [3], b: { c: 2, d: 1 } })).toBe('{"a":[3],"b":{"c":2,"d":1}}')
  })
})
