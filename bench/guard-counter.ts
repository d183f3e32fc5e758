import { execFile, spawn } from "node:child_process"
import { once } from "node:events"
import { promisify } from "node:util"

/** Counts an event of a process while something goes on. */
export interface Counter {
  readonly event: string
  /** Counts what the process `pid` does during `work`; gives the count and the work's own result. */
  during<T>(pid: number, work: () => Promise<T>): Promise<{ count: number; result: T }>
}

/** Descriptors by which `perf` is told to count, and answers that it does. */
const CONTROL_FILES = [3, 4] as const

/**
 * A counter by `perf stat`, or undefined where the machine counts no such event (virtual machines mostly, systems other than Linux). Events in user
 * space alone: what the kernel does varies with the machine.
 */
export const openCounter = async (event = "instructions:u"): Promise<Counter | undefined> => {
  if (!(await counts(event))) return undefined
  return { event, during: (pid, work) => countDuring(event, pid, work) }
}

const counts = async (event: string): Promise<boolean> => {
  try {
    const { stderr } = await promisify(execFile)("perf", ["stat", "-x", ",", "-e", event, process.execPath, "-e", "0"])
    return Number.isFinite(readCount(stderr, event))
  } catch {
    return false
  }
}

const countDuring = async <T>(
  event: string,
  pid: number,
  work: () => Promise<T>,
): Promise<{ count: number; result: T }> => {
  const [control, answer] = CONTROL_FILES
  const args = [
    "stat",
    "-x",
    ",",
    "-e",
    event,
    "-p",
    String(pid),
    "--delay",
    "-1",
    "--control",
    `fd:${control},${answer}`,
  ]
  const perf = spawn("perf", args, { stdio: ["ignore", "ignore", "pipe", "pipe", "pipe"] })
  // A program that ends early is told by "close"; what is written to it then is lost.
  perf.stdio[control]?.on("error", () => undefined)
  let text = ""
  perf.stderr?.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk
  })
  const tell = async (word: string): Promise<void> => {
    const answered = once(perf.stdio[answer] as NodeJS.ReadableStream, "data")
    ;(perf.stdio[control] as NodeJS.WritableStream).write(`${word}\n`)
    await Promise.race([answered, closed.then(() => Promise.reject(new Error(`perf stat ended: ${text.trim()}`)))])
  }
  const closed = once(perf, "close")
  try {
    await tell("enable")
    const result = await work()
    await tell("disable")
    perf.kill("SIGINT")
    await closed
    const count = readCount(text, event)
    if (!Number.isFinite(count)) throw new Error(`perf stat gave no count: ${text.trim()}`)
    return { count, result }
  } finally {
    perf.kill("SIGKILL")
  }
}

/** The count in the lines of `perf stat -x ,`: value, unit, event, … NaN when it counted nothing. */
const readCount = (text: string, event: string): number => {
  const line = text.split("\n").find((candidate) => candidate.split(",")[2] === event)
  return line === undefined ? Number.NaN : Number.parseFloat(line)
}
