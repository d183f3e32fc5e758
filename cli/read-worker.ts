/** A thread of `maille bench read`: opens its files, says that it is ready, and reads them when told to. */
import { parentPort, workerData } from "node:worker_threads"
import { EngineError } from "../engine/errors.js"
import { openPointFile } from "../engine/formats/las/point-file.js"
import type { AttributeName } from "../engine/kernel.js"
import type { ReadAnswer, ReadTask } from "./read-benchmark.js"

const { files, attributes } = workerData as ReadTask
// Places always come; the rest is what the reader may leave out.
const needed = attributes.filter((name) => !["x", "y", "z"].includes(name)) as AttributeName[]

const readAll = async (): Promise<ReadAnswer> => {
  let points = 0
  try {
    for (const path of files) {
      const file = await openPointFile(path)
      try {
        const { box } = file.info
        const origin: [number, number, number] = [Math.floor(box[0]), Math.floor(box[1]), 0]
        for await (const columns of file.read({ origin, attributes: needed })) points += columns.count
      } finally {
        await file.close()
      }
    }
    return { points }
  } catch (error) {
    return { error: EngineError.toData(error) }
  }
}

parentPort?.once("message", async () => parentPort?.postMessage(await readAll()))
parentPort?.postMessage({ ready: true })
