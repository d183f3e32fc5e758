/** The kinds of ground that a projection keeps apart, and which stands in for which. */

/** Kinds of ground whose square kilometres cost alike. */
export const STRATA = ["dense-town", "suburb", "farmland", "forest", "mountain", "water"] as const

/** One kind of ground. */
export type Stratum = (typeof STRATA)[number]

/** One value for each kind of ground. */
export type PerStratum<T> = Readonly<Record<Stratum, T>>

/** A value for each kind of ground. */
export const perStratum = <T>(make: (stratum: Stratum) => T): PerStratum<T> =>
  Object.fromEntries(STRATA.map((stratum) => [stratum, make(stratum)])) as Record<Stratum, T>

/** "dense-town" → "dense town". */
export const stratumLabel = (stratum: Stratum): string => stratum.replace("-", " ")

/**
 * Whose figures stand in for a stratum that nobody measured, the most alike first: by returns a
 * pulse, roofs and relief.
 */
export const NEAREST: PerStratum<readonly Stratum[]> = {
  "dense-town": ["suburb", "forest", "mountain", "farmland", "water"],
  suburb: ["dense-town", "farmland", "forest", "mountain", "water"],
  farmland: ["suburb", "mountain", "forest", "water", "dense-town"],
  forest: ["mountain", "suburb", "farmland", "dense-town", "water"],
  mountain: ["forest", "farmland", "suburb", "dense-town", "water"],
  water: ["farmland", "mountain", "forest", "suburb", "dense-town"],
}
