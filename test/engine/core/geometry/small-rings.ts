import fc from "fast-check"

/** Rings of whole numbers from 0 to 8, which may cross themselves and each other. */
export const smallRings = fc.array(
  fc
    .array(fc.tuple(fc.integer({ min: 0, max: 8 }), fc.integer({ min: 0, max: 8 })), { minLength: 3, maxLength: 7 })
    .map((places) => places.flat()),
  { minLength: 1, maxLength: 3 },
)

/** The edges of rings, x and y of both ends. */
export const edgesOf = (rings: readonly (readonly number[])[]): number[] =>
  rings.flatMap((ring) =>
    ring.flatMap((x, i) =>
      i % 2 === 0 ? [x, ring[i + 1]!, ring[(i + 2) % ring.length]!, ring[(i + 3) % ring.length]!] : [],
    ),
  )
