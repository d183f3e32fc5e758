/** Threads that compress and write COPC files. */
import { Piscina } from "piscina"
import { lockedFolders } from "../core/files/atomic-write.js"
import { entryUrl } from "../core/package-files.js"
import { EngineError } from "../errors.js"
import type { NodePoints } from "../formats/copc/copc-writer.js"
import type { CopcTask, WrittenCopc } from "../formats/points/write-copc-file.js"
import type { CopcInput, CopcOutput } from "./copc-worker.js"

export interface CopcPool {
  /** Compresses a node; its points are transferred. */
  encode(node: NodePoints): Promise<Uint8Array>
  write(task: CopcTask): Promise<WrittenCopc>
  close(): Promise<void>
}

/** Starts threads; each takes one node or one file at a time. */
export const openCopcPool = (threads: number): CopcPool => {
  const piscina = new Piscina<CopcInput, CopcOutput>({
    filename: entryUrl("engine/pool/copc-worker.js").href,
    minThreads: threads,
    maxThreads: threads,
    idleTimeout: 2 ** 31 - 1,
    concurrentTasksPerWorker: 1,
    recordTiming: false,
  })
  // A thread's first message says that its modules are loaded. Node 20 crashes when a thread is
  // terminated while it loads.
  const loaded = piscina.threads.map(
    (thread) => new Promise((resolve) => ["message", "error", "exit"].map((event) => thread.once(event, resolve))),
  )
  // A thread that dies also rejects its task. Without a listener the event would end the process.
  piscina.on("error", () => undefined)
  const run = async (input: CopcInput, transferList: ArrayBuffer[]): Promise<CopcOutput> => {
    const output = await piscina.run(input, { transferList })
    if ("error" in output) throw EngineError.fromData(output.error)
    return output
  }
  return {
    encode: async (node) => ((await run({ node }, [node.words.buffer])) as { chunk: Uint8Array }).chunk,
    write: async (task) => ((await run({ task, locked: lockedFolders() }, [])) as { written: WrittenCopc }).written,
    close: async () => {
      await Promise.all(loaded)
      await piscina.destroy()
    },
  }
}
