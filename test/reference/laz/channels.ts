/**
 * Scanner channels, up to four, each with its own models and its own last point: the reference
 * implementation of `assembly/channels.ts`.
 */

/** Numbers of state a channel: what a layer keeps of it between points. */
export const STATE = 192

/** State of the four channels; of each, the last number is not 0 when the channel has been met in this layer. */
export const states = new Int32Array(4 * STATE)

/** Starts a layer: no channel has been met. */
export const startChannels = (): void => {
  states.fill(0)
}

/** Channel of a point by its link (see `decodeXy`). */
export const channelOf = (link: number): number => (link >> 8) & 3

/** Where a channel's state begins in {@link states}. */
export const stateOf = (channel: number): number => channel * STATE

/** Where a channel's models begin. */
export const modelsOf = (channel: number): number => channel << 16

/** True when the channel has not been met in this layer. */
export const isNew = (channel: number): boolean => states[stateOf(channel) + STATE - 1] === 0

/** Marks a channel as met. */
export const meet = (channel: number): void => {
  states[stateOf(channel) + STATE - 1] = 1
}
