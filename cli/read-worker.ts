/** A thread of `maille bench read`: says that it is ready, and when told to reads parts of files until none is left. */
import { parentPort, workerData } from "node:worker_threads"
import { EngineError } from "../engine/errors.js"
import type { FieldName } from "../engine/formats/las/columns.js"
import { openPointFile, type PointFile } from "../engine/formats/las/point-file.js"
import { lazDecoder } from "../engine/formats/laz/wasm/decoder.js"
import type { ReadAnswer, ReadTask } from "./read-benchmark.js"

const { parts, next, attributes } = workerData as ReadTask
const counter = new Int32Array(next)
// Places always come; the rest is what the reader may leave out.
const needed = attributes.filter((name) => !["x", "y", "z"].includes(name)) as FieldName[]

const readAll = async (): Promise<ReadAnswer> => {
  let points = 0
  let open: { path: string; file: PointFile } | undefined
  try {
    for (let i = Atomics.add(counter, 0, 1); i < parts.length; i = Atomics.add(counter, 0, 1)) {
      const { path, part } = parts[i]!
      if (open?.path !== path) {
        await open?.file.close()
        open = { path, file: await openPointFile(path) }
      }
      const { file } = open
      const { box } = file.info
      const origin: [number, number, number] = [Math.floor(box[0]), Math.floor(box[1]), 0]
      for await (const columns of file.read({ origin, attributes: needed, part })) points += columns.count
    }
    return { points }
  } catch (error) {
    return { error: EngineError.toData(error) }
  } finally {
    await open?.file.close()
  }
}

parentPort?.once("message", async () => parentPort?.postMessage(await readAll()))
// The decoder is made ready like the thread itself; where it cannot be, the reading says so.
await lazDecoder().catch(() => undefined)
parentPort?.postMessage({ ready: true })
