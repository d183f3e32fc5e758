/** A peer at its work, in a process of its own that is kept. */
import { type ChildProcess, spawn } from "node:child_process"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { projectRoot } from "../machine.js"

/** Work that a peer's process does when asked. */
export interface Work {
  /** The work, whole; the number of points, or of what else it handles. This is what is timed. */
  pass(): number | Promise<number>
  /** What proves the last pass, for the answer. Not timed. */
  proof(): object | Promise<object>
  /**
   * Starts and ends the program that `pass` runs, without work: timed beside it. Only where `pass`
   * runs another process.
   */
  startUp?(): Promise<unknown>
  close?(): Promise<void>
}

/** A peer by its name. */
export interface Peer {
  /** What `peer-process.js` is started with, and what the reports call it. */
  readonly name: string
  /** What it does, from where to where. */
  readonly work: string
  /** Opens the task of that word. @throws Error why this peer cannot take it */
  readonly open: (word: string) => Promise<Work>
  /** Runs a program of its own, start included: timed as a whole process. */
  readonly whole?: boolean
  /** Name of our peer that it is measured by; by default the first of its kind. */
  readonly against?: string
}

/** Work that keeps its result for the proof; the amount may follow from it. */
export const resultWork = <Result>(
  amount: number | ((result: Result) => number),
  pass: () => Result | Promise<Result>,
  proof: (result: Result) => object | Promise<object>,
  close?: () => Promise<void>,
): Work => {
  let result: Result
  return {
    pass: async () => {
      result = await pass()
      return typeof amount === "number" ? amount : amount(result)
    },
    proof: () => proof(result),
    ...(close === undefined ? {} : { close }),
  }
}

/** Times of one pass, the mean over the repeats that were asked for. */
export interface TimedAnswer {
  readonly points: number
  /** User and system time of the whole process: its compiler's and collector's threads count. */
  readonly cpuMs: number
  readonly wallMs: number
  /** The same of starting and ending only, where the work is a process of its own. */
  readonly start?: { readonly cpuMs: number; readonly wallMs: number }
}

/** How a peer's process is started. */
export interface PeerCommand {
  readonly command: string
  readonly args: readonly string[]
}

/**
 * The command that runs a peer of a comparison on a task, in Node. The built one, from the sources
 * (tests) too.
 */
export const peerCommand = (comparison: string, name: string, word: string): PeerCommand => {
  const script = join(projectRoot, "dist", "bench", "peers", "peer-process.js")
  return { command: process.execPath, args: [script, comparison, name, word] }
}

/** A peer that stays in its process and works when asked. */
export interface PeerClient<Answer> {
  /** What it said once it was ready. */
  readonly greeting: Readonly<Record<string, unknown>>
  /** Does the work so many times. @throws Error what the peer says of its failure */
  pass(repeats: number): Promise<Answer>
  close(): Promise<void>
}

/**
 * Starts a peer and waits until it is ready, outside of any time. It speaks lines of JSON: a
 * greeting, then one answer to each line with a number of repeats; `{ error }` where it fails.
 *
 * @throws Error why it did not become ready
 */
export const startPeer = async <Answer>({ command, args }: PeerCommand): Promise<PeerClient<Answer>> => {
  const child = spawn(command, [...args], { stdio: ["pipe", "pipe", "pipe"] })
  const next = answersOf(child)
  const greeting = await next()
  return {
    greeting,
    pass: async (repeats) => {
      child.stdin?.write(`${repeats}\n`)
      return (await next()) as Answer
    },
    close: () =>
      new Promise((resolve) => {
        if (child.exitCode !== null || child.signalCode !== null) return resolve()
        child.once("close", () => resolve())
        child.stdin?.end()
      }),
  }
}

type Line = Readonly<Record<string, unknown>>

/** Gives the next line of the process as an object; an error when it says so or ends. */
const answersOf = (child: ChildProcess): (() => Promise<Line>) => {
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
    const line = JSON.parse(String(value)) as Line
    if (typeof line["error"] === "string") throw new Error(line["error"])
    return line
  }
}
