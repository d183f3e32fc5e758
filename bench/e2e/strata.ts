/** Lists the kinds of ground of a projection, and which of them may replace another. */

/** Kinds of ground whose square kilometres cost alike. */
export const STRATA = ["dense-town", "suburb", "farmland", "forest", "mountain", "water"] as const

export type Stratum = (typeof STRATA)[number]

export type PerStratum<T> = Readonly<Record<Stratum, T>>

/** Makes a value for each kind of ground. */
export const perStratum = <T>(make: (stratum: Stratum) => T): PerStratum<T> =>
  Object.fromEntries(STRATA.map((stratum) => [stratum, make(stratum)])) as Record<Stratum, T>

/** "dense-town" → "dense town". */
export const stratumLabel = (stratum: Stratum): string => stratum.replace("-", " ")

/**
 * Strata that may replace one that was not measured, the most similar first: by returns per pulse,
 * roofs and relief.
 */
export const NEAREST: PerStratum<readonly Stratum[]> = {
  "dense-town": ["suburb", "forest", "mountain", "farmland", "water"],
  suburb: ["dense-town", "farmland", "forest", "mountain", "water"],
  farmland: ["suburb", "mountain", "forest", "water", "dense-town"],
  forest: ["mountain", "suburb", "farmland", "dense-town", "water"],
  mountain: ["forest", "farmland", "suburb", "dense-town", "water"],
  water: ["farmland", "mountain", "forest", "suburb", "dense-town"],
}
