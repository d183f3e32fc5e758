/** The arena of a worker: zeroed typed arrays from blocks that stay between kernels. */
import type { Scratch } from "../kernel.js"

export interface Arena extends Scratch {
  /** Takes back all arrays; the memory stays for the next kernel. */
  reset(): void
  /** Calls `listener` at each later request, since memory is high at these moments. */
  watch(listener: () => void): void
  readonly bytes: number
}

interface ViewKind<T> {
  readonly BYTES_PER_ELEMENT: number
  new (buffer: ArrayBuffer, offset: number, length: number): T
}

const blockBytes = 16 * 1024 * 1024

/**
 * A worker's arena: zeroed typed arrays cut from blocks that stay between kernels. A tile therefore
 * does not pay for allocation and collection again. A request above one block gets a block of its
 * own, dropped at the reset.
 */
export const createArena = (): Arena => {
  let blocks: ArrayBuffer[] = []
  let index = 0
  let offset = 0
  let large = 0
  let taken = (): void => undefined
  const take = (sizeBytes: number): { buffer: ArrayBuffer; offset: number } => {
    taken()
    const aligned = Math.ceil(sizeBytes / 8) * 8
    if (aligned > blockBytes) {
      large += aligned
      return { buffer: new ArrayBuffer(aligned), offset: 0 }
    }
    if (offset + aligned > blockBytes) {
      index++
      offset = 0
    }
    const buffer = blocks[index] ?? new ArrayBuffer(blockBytes)
    blocks[index] = buffer
    const start = offset
    offset += aligned
    new Uint8Array(buffer, start, aligned).fill(0)
    return { buffer, offset: start }
  }
  const viewOf =
    <T>(View: ViewKind<T>) =>
    (length: number): T => {
      const at = take(length * View.BYTES_PER_ELEMENT)
      return new View(at.buffer, at.offset, length)
    }
  return {
    int32: viewOf(Int32Array),
    uint32: viewOf(Uint32Array),
    uint8: viewOf(Uint8Array),
    float32: viewOf(Float32Array),
    float64: viewOf(Float64Array),
    reset: () => {
      // At most 64 MB stay between tiles: a large tile must not occupy memory forever.
      blocks = blocks.slice(0, 4)
      index = 0
      offset = 0
      large = 0
    },
    watch: (listener) => {
      taken = listener
    },
    get bytes() {
      return blocks.length * blockBytes + large
    },
  }
}
