/** The integers of a chunk table, decoded with the arithmetic decoder. */
import { ArithmeticDecoder } from "./arithmetic-decoder.js"
import { integerSize, modelSize, writeInteger } from "./arithmetic-models.js"

/**
 * Decoder of LASzip's 32-bit integers over `bytes`, with `contexts` contexts that share the correctors: the chunk table.
 * The function returned gives the next integer (unsigned) from its prediction and context.
 */
export const arithmeticIntegers = (
  bytes: Uint8Array,
  contexts: number,
): ((predicted: number, context: number) => number) => {
  const models = new Uint16Array(integerSize(32, contexts))
  writeInteger(models, 0, 32, contexts)
  const decoder = new ArithmeticDecoder(models, bytes)
  const correctors = contexts * modelSize(33)
  return (predicted, context) => (predicted + decoder.corrector(context * modelSize(33), correctors)) >>> 0
}
