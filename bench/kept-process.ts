/** Processes that are kept and do work when they are asked: both ends of the conversation. */
import { type ChildProcess, spawn } from "node:child_process"
import { createInterface } from "node:readline"

/** How a process is started. */
export interface ProcessCommand {
  readonly command: string
  readonly args: readonly string[]
}

/** A process that stays and works when asked. */
export interface KeptProcess<Greeting, Answer> {
  /** What it says once it is ready, outside of any time; rejects with the reason when it is not. */
  readonly greeting: Promise<Greeting>
  /** Does the work so many times. @throws Error what the process says of its failure */
  ask(repeats: number): Promise<Answer>
  close(): Promise<void>
}

/**
 * Starts a process that speaks lines of JSON: a greeting, then one answer to each line with a
 * number of repeats; `{ error }` where it fails.
 */
export const startKept = <Greeting, Answer>(
  { command, args }: ProcessCommand,
  env: NodeJS.ProcessEnv = {},
): KeptProcess<Greeting, Answer> => {
  const child = spawn(command, [...args], { stdio: ["pipe", "pipe", "pipe"], env: { ...process.env, ...env } })
  const next = answersOf(child)
  const greeting = next() as Promise<Greeting>
  // Who waits for it is told; who has stopped waiting is not.
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

/** Gives the next line of the process as an object; an error when it says so or ends. */
const answersOf = (child: ChildProcess): (() => Promise<unknown>) => {
  let said = ""
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    said = (said + text).slice(-2000)
  })
  // A process that ends while it is written to is noticed by its end.
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

/** What a kept process does. */
export interface Served {
  readonly greeting: object
  answer(repeats: number): Promise<object>
  close?(): Promise<void>
}

/** Serves work to the process that has started this one, and ends when that one does. */
export const serveKept = async (open: () => Promise<Served>): Promise<void> => {
  // Packages that print would disturb the answers.
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
  // laz-perf leaves handlers behind that would keep the process.
  process.exit()
}
