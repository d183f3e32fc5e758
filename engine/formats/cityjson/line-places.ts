/** Reads single lines of many files by their offsets, without a whole file in memory. */
import { type FileHandle, open } from "node:fs/promises"
import { EngineError } from "../../errors.js"
import { locateStored, streamStored } from "../../io/archive/stored-file.js"

/** Offset of each line of a file, and after them its size. */
export const lineStarts = async (path: string): Promise<number[]> => {
  const starts = [0]
  let at = 0
  for await (const chunk of await streamStored(path)) {
    for (let i = chunk.indexOf(10); i >= 0; i = chunk.indexOf(10, i + 1)) starts.push(at + i + 1)
    at += chunk.length
  }
  if (starts.at(-1) !== at) starts.push(at)
  return starts
}

/** Files kept open at once. */
const openFiles = 16

/** Reads ranges of many files with few of them open. */
export interface LineReader {
  /** The bytes of a range. Throws E_INTERNAL where the file ends before it does. */
  read(file: number, offset: number, size: number): Promise<Uint8Array>
  close(): Promise<void>
}

/** A reader of the given files by their number. */
export const lineReader = (paths: readonly string[]): LineReader => {
  const handles = new Map<number, { readonly handle: FileHandle; readonly begin: number }>()
  const handleOf = async (file: number): Promise<{ readonly handle: FileHandle; readonly begin: number }> => {
    let opened = handles.get(file)
    if (opened === undefined) {
      const stored = await locateStored(paths[file]!)
      opened = { handle: await open(stored.file, "r"), begin: stored.begin }
      const [oldest] = handles
      if (handles.size >= openFiles && oldest !== undefined) {
        handles.delete(oldest[0])
        await oldest[1].handle.close()
      }
      handles.set(file, opened)
    }
    return opened
  }
  return {
    read: async (file, offset, size) => {
      const { handle, begin } = await handleOf(file)
      const bytes = new Uint8Array(size)
      for (let done = 0; done < size; ) {
        const { bytesRead } = await handle.read(bytes, done, size - done, begin + offset + done)
        if (bytesRead === 0)
          throw new EngineError("E_INTERNAL", `${paths[file]}: became shorter while it was read`, {
            file: paths[file]!,
          })
        done += bytesRead
      }
      return bytes
    },
    close: async () => {
      for (const { handle } of handles.values()) await handle.close()
      handles.clear()
    },
  }
}
