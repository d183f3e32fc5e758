import { type ChildProcess, spawn } from "node:child_process"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { projectRoot } from "../machine.js"

/** How a peer's process is started. */
export interface PeerCommand {
  readonly command: string
  readonly args: readonly string[]
}

/** A peer that stays in its process and works when told to. */
export interface PeerClient<Answer> {
  /** What it said once it was ready. */
  readonly greeting: Readonly<Record<string, unknown>>
  /** Does the work so many times. @throws Error what the peer says of its failure */
  pass(repeats: number): Promise<Answer>
  close(): Promise<void>
}

/** What peers of one table do. */
export type PeerKind =
  | "read"
  | "write"
  | "delaunay"
  | "tin"
  | "contour"
  | "polygon"
  | "coverage"
  | "dtm"
  | "file"
  | "layer"
  | "chain"

/** The command that runs a peer of a table on a path, in Node. */
export const peerCommand = (kind: PeerKind, name: string, path: string): PeerCommand => {
  // The built one, from the sources (tests) too: Node 20 does not run TypeScript.
  const script = join(projectRoot, "dist", "bench", "peers", "peer-process.js")
  return { command: process.execPath, args: [script, kind, name, path] }
}

/**
 * Starts a peer and waits until it is ready, outside of any time. It speaks lines of JSON: a greeting, then one answer to each
 * line with a number of repeats; `{ error }` where it fails.
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
  // A process that ends while it is written to is told of by its end.
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
