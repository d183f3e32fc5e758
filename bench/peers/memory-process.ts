/**
 * What reading takes beyond its result, in a process of its own: `node memory-process.js <file> selective|all keep|drop`. Prints
 * {@link MemoryAnswer} as JSON. `keep`: all columns of the file are kept, as a result would be; `drop`: each block is let go at once.
 */
import { readFileSync } from "node:fs"
import type { PointColumns } from "../../engine/formats/las/columns.js"
import { openPointFile } from "../../engine/formats/las/point-file.js"
import { peakBytes } from "../measure.js"
import type { MemoryAnswer } from "./memory-group.js"
import { libraryQuery } from "./readers/maille-library.js"

const columnBytes = (columns: PointColumns): number =>
  [...Object.values(columns), ...Object.values(columns.extra ?? {})].reduce(
    (sum: number, column: unknown) => sum + (ArrayBuffer.isView(column) ? column.byteLength : 0),
    0,
  )

/** Resident memory now, bytes. */
const residentBytes = (): number => {
  const kilobytes = /VmRSS:\s+(\d+) kB/.exec(readFileSync("/proc/self/status", "utf8"))?.[1]
  return kilobytes === undefined ? process.memoryUsage().rss : Number(kilobytes) * 1024
}

const [path, what, how] = process.argv.slice(2)
if (path === undefined) throw new Error("memory-process: which file?")
const idleBytes = residentBytes()
const file = await openPointFile(path)
const kept: PointColumns[] = []
let [points, keptBytes, largestBlock] = [0, 0, 0]
for await (const columns of file.read(libraryQuery(file, what === "all"))) {
  points += columns.count
  const bytes = columnBytes(columns)
  largestBlock = Math.max(largestBlock, bytes)
  if (how !== "keep") continue
  kept.push(columns)
  keptBytes += bytes
}
const answer: MemoryAnswer = { points, idleBytes, peakBytes: peakBytes(), columnBytes: keptBytes || largestBlock }
process.stdout.write(JSON.stringify(answer))
// Held to here: the columns are part of the peak.
if (kept.length > 0 !== (how === "keep")) throw new Error("memory-process: nothing was read")
await file.close()
