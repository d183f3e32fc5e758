import { seededRandom } from "../../../engine/core/random.js"

/**
 * Shares of a run's time at which it is killed: one at random in each of `MAILLE_KILLS` equal
 * parts. `MAILLE_KILLS_FROM` and `MAILLE_KILLS_TO` (0-based, the last left out) choose some of
 * these parts, so that fifty can be run a few at a time: a part has the same share whichever of the
 * others run.
 */
export const killShares = (seed: number, parts: number): number[] => {
  const { MAILLE_KILLS, MAILLE_KILLS_FROM, MAILLE_KILLS_TO } = process.env
  const kills = Number(MAILLE_KILLS ?? parts)
  const random = seededRandom(seed)
  const shares = Array.from({ length: kills }, (_, i) => (i + random()) / kills)
  const chosen = shares.slice(Number(MAILLE_KILLS_FROM ?? 0), Number(MAILLE_KILLS_TO ?? kills))
  if (chosen.length === 0) throw new Error(`MAILLE_KILLS_FROM and MAILLE_KILLS_TO choose none of ${kills} parts`)
  return chosen
}
