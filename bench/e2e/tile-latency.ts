/** How long tiles took, ms: of so many of a hundred none took longer. */
export interface TileLatency {
  readonly tiles: number
  readonly p50: number
  readonly p90: number
  readonly p99: number
  readonly max: number
}

/** Percentiles by the nearest rank: always the time of some tile. Undefined without tiles. */
export const tileLatency = (timesMs: readonly number[]): TileLatency | undefined => {
  const sorted = [...timesMs].sort((a, b) => a - b)
  const at = (percent: number): number => sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? 0
  return sorted.length === 0 ? undefined : { tiles: sorted.length, p50: at(50), p90: at(90), p99: at(99), max: at(100) }
}
