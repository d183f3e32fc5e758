/** Flags of Node.js for the engine process: V8 lets heaps grow further before it collects. */

/**
 * Arguments of Node.js with which V8 waits for more before it collects.
 *
 * Buffers count as growth of a thread's heap, and V8 lets that grow by some 15 MB at first, since what a thread holds in objects is small: a tile's columns of points and the memory of its WebAssembly had it mark everything a
 * dozen times. Up to 64 MB it marks nothing now; what buffers have grown by beyond that it collects as before, as `releaseMemory` does between kernels and between tiles. A process that was told a size is left alone.
 */
export const collectLater = (given: readonly string[] = process.execArgv): readonly string[] =>
  given.some((argument) => /^--initial[-_](old[-_]space|heap)[-_]size(=|$)/.test(argument))
    ? []
    : ["--initial-old-space-size=64"]
