import { type PeerClient, type PeerCommand, startPeer } from "./peer-client.js"

/** Times of passes, one a round. */
export interface Samples<Answer> {
  readonly name: string
  readonly answers: Answer[]
}

/** A peer that takes part. */
export interface Runner<Answer> {
  readonly name: string
  readonly client: PeerClient<Answer>
  /** Repeats in a pass of its own, instead of those of all. */
  readonly repeats?: number
}

/** Starts a peer and lets it do its work some times, for its compilers; why it cannot, else. */
export const startRunner = async <Answer>(
  name: string,
  command: PeerCommand,
  repeats: number,
  warmUps: number,
): Promise<Runner<Answer> | string> => {
  try {
    const client = await startPeer<Answer>(command)
    for (let i = 0; i < warmUps; i++) await client.pass(repeats)
    return { name, client }
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/**
 * Runs the peers one after the other, round after round (A B C A B C …), so that what else the machine does weighs on all alike.
 *
 * @throws Error with the peer's name, when one fails
 */
export const runRounds = async <Answer>(
  peers: readonly Runner<Answer>[],
  rounds: number,
  repeats: number,
): Promise<Samples<Answer>[]> => {
  const samples = peers.map(({ name }) => ({ name, answers: [] as Answer[] }))
  for (let round = 0; round < rounds; round++) {
    for (const [i, { name, client, repeats: own }] of peers.entries()) {
      try {
        samples[i]?.answers.push(await client.pass(own ?? repeats))
      } catch (error) {
        throw new Error(`${name}: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
      }
    }
  }
  return samples
}
