/**
 * Starts processes that stay and work on request, and serves such requests: both ends of the
 * protocol.
 */
import { type ChildProcess, spawn } from "node:child_process"
import { createInterface } from "node:readline"

export interface ProcessCommand {
  readonly command: string
  readonly args: readonly string[]
}

export interface WaitingProcess<Greeting, Answer> {
  /** The first message once it is ready, outside of any timing; rejects if the process fails. */
  readonly greeting: Promise<Greeting>
  /** Repeats the work. @throws Error with the failure that the process reports */
  ask(repeats: number): Promise<Answer>
  close(): Promise<void>
}

/**
 * Starts a process that speaks lines of JSON: a greeting, then one answer to each line with a
 * number of repeats. It answers `{ error }` if it fails.
 */
export const startProcess = <Greeting, Answer>(
  { command, args }: ProcessCommand,
  env: NodeJS.ProcessEnv = {},
): WaitingProcess<Greeting, Answer> => {
  const child = spawn(command, [...args], { stdio: ["pipe", "pipe", "pipe"], env: { ...process.env, ...env } })
  const next = readAnswers(child)
  const greeting = next() as Promise<Greeting>
  // Nobody may be waiting for the greeting: a rejection is then no unhandled one.
  greeting.catch(() => {})
  return {
    greeting,
    ask: (repeats) => {
      child.stdin?.write(`${repeats}\n`)
      return next() as Promise<Answer>
    },
    close: () =>
      new Promise((resolve) => {
        if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return resolve()
        child.once("close", () => resolve())
        child.stdin?.end()
      }),
  }
}

/** Returns the process's next line as an object; rejects if it reports an error or ends. */
const readAnswers = (child: ChildProcess): (() => Promise<unknown>) => {
  let said = ""
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    said = (said + text).slice(-2000)
  })
  // If the process ends during a write, its end reports the failure.
  child.stdin?.on("error", () => {})
  const failed = new Promise<never>((_resolve, reject) => child.once("error", reject))
  failed.catch(() => {})
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream })[Symbol.asyncIterator]()
  return async () => {
    const { value, done } = await Promise.race([lines.next(), failed])
    if (done === true) throw new Error(`it ended: ${said.trim().split("\n").at(-1) || "it said nothing"}`)
    const line = JSON.parse(String(value)) as { readonly error?: string }
    if (typeof line.error === "string") throw new Error(line.error)
    return line
  }
}

/** The work that a kept process offers. */
export interface Served {
  readonly greeting: object
  answer(repeats: number): Promise<object>
  close?(): Promise<void>
}

/** Serves work to the parent process, and ends when the parent does. */
export const serveRequests = async (open: () => Promise<Served>): Promise<void> => {
  // Output of packages on stdout would disturb the answers.
  console.log = console.error
  console.info = console.error
  const say = (value: object): boolean => process.stdout.write(`${JSON.stringify(value)}\n`)
  try {
    const { greeting, answer, close } = await open()
    say(greeting)
    for await (const line of createInterface({ input: process.stdin })) say(await answer(Number(line)))
    await close?.()
  } catch (error) {
    say({ error: error instanceof Error ? error.message : String(error) })
    process.exitCode = 1
  }
  // laz-perf leaves handlers that would keep the process alive.
  process.exit()
}
