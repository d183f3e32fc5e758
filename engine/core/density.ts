/**
 * The densities of points that defaults of options are declared for, points per m². The last one
 * stands for all above.
 */
export const densities = [1, 2, 4, 8] as const

export type Density = (typeof densities)[number]

/** The largest of {@link densities} that is at most 1.1 times the points per m²; else the least. */
export const densityClass = (pointsPerM2: number): Density =>
  densities.findLast((density) => density <= 1.1 * pointsPerM2) ?? densities[0]
