/**
 * Set-up of every test file: `toEqual` of two large typed arrays by their bytes, where Vitest's own
 * comparison takes a microsecond and a text for each number.
 */
import { expect } from "vitest"

/**
 * True for two arrays of one class and equal bytes, which are equal in every other respect too;
 * otherwise Vitest decides, and says where they differ.
 */
const equalBytes = (one: unknown, other: unknown): true | undefined => {
  if (!ArrayBuffer.isView(one) || !ArrayBuffer.isView(other) || one.constructor !== other.constructor) return undefined
  if (one.byteLength !== other.byteLength) return undefined
  const bytes = (view: ArrayBufferView): Uint8Array => new Uint8Array(view.buffer, view.byteOffset, view.byteLength)
  return Buffer.compare(bytes(one), bytes(other)) === 0 ? true : undefined
}

expect.addEqualityTesters([equalBytes])
