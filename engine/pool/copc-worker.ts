/** The entry of a thread that writes COPC files. */
import { guardOnly, type LockedFolder } from "../core/files/atomic-write.js"
import { EngineError, type ErrorData } from "../errors.js"
import { encodeNode, type NodePoints } from "../formats/copc/copc-writer.js"
import { type CopcTask, type WrittenCopc, writeCopcFile } from "../formats/points/write-copc-file.js"

/** Task of a thread: compress a node of a file that another thread reads, or write a whole file. */
export type CopcInput =
  | { readonly node: NodePoints }
  | { readonly task: CopcTask; readonly locked: readonly LockedFolder[] }
/** Errors travel as data: their class would be lost. */
export type CopcOutput =
  | { readonly chunk: Uint8Array }
  | { readonly written: WrittenCopc }
  | { readonly error: ErrorData }

/** Entry of a thread of `openCopcPool`. Never throws. */
const runTask = async (input: CopcInput): Promise<CopcOutput> => {
  try {
    if ("node" in input) return { chunk: await encodeNode(input.node) }
    guardOnly(input.locked)
    return { written: await writeCopcFile(input.task) }
  } catch (error) {
    return { error: EngineError.toData(error) }
  }
}

export default runTask
