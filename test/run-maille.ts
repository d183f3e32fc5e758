import { type ChildProcess, fork, spawn } from "node:child_process"
import { fileURLToPath } from "node:url"
import { collectLater, compileLater } from "../cli/engine-flags.js"

const main = fileURLToPath(new URL("../dist/bundle/cli/main.js", import.meta.url))

/** What the binary printed and how it ended. */
export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/**
 * Arguments of a run by one worker where they do not say how many: products are the same by any
 * number (`invariants/same-bytes.slow.test.ts`), and each worker starts and compiles on its own, a
 * quarter of the processor time of a small run, while other test files keep the other processors
 * busy.
 */
export const byOneWorker = (args: readonly string[]): readonly string[] =>
  args[0] === "run" && !args.includes("--workers") && !args.includes("--job") ? [...args, "--workers", "1"] : args

/** Starts the built binary with these arguments; see {@link byOneWorker}. */
export const startMaille = (
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
  script = main,
): { child: ChildProcess; ended: Promise<Ended> } => {
  // In a group of its own, so that a test can kill the whole run, supervisor and engine.
  const child = spawn(process.execPath, [script, ...byOneWorker(args)], {
    env: { ...process.env, ...env },
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  })
  let stdout = ""
  let stderr = ""
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    stdout += text
  })
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    stderr += text
  })
  const ended = new Promise<Ended>((resolve) => {
    child.on("close", (code, signal) => resolve({ code, signal, stdout, stderr }))
  })
  return { child, ended }
}

/** Runs the built binary to its end; see {@link byOneWorker}. */
export const runMaille = (args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> =>
  startMaille(args, env).ended

/** A process that runs lines of the binary. */
export interface KeptMaille {
  run(args: readonly string[], env?: NodeJS.ProcessEnv): Promise<Ended>
  close(): void
}

/**
 * Runs command lines in a folder, one after the other and all in one process: the messages, files
 * and exit codes of the binary, without the start of a process and the compilation for each.
 */
export const keptMaille = (cwd: string): KeptMaille => {
  const host = fileURLToPath(new URL("./kept-command.mjs", import.meta.url))
  const child = fork(host, [main], { cwd, execArgv: [...collectLater([]), ...compileLater(undefined, [])] })
  // It ends with this process.
  child.unref()
  const waiting = new Map<number, (ended: Ended) => void>()
  let lines = 0
  const answered = (id: number, ended: Ended): void => {
    waiting.get(id)?.(ended)
    waiting.delete(id)
    if (waiting.size === 0) child.channel?.unref()
  }
  child.on("message", ({ id, ...ended }: Ended & { id: number }) => answered(id, { ...ended, signal: null }))
  child.on("exit", (code, signal) => {
    for (const id of waiting.keys())
      answered(id, { code, signal, stdout: "", stderr: "the process of the lines ended" })
  })
  return {
    run: (args, env = process.env) =>
      new Promise((resolve) => {
        waiting.set(++lines, resolve)
        child.channel?.ref()
        child.send({ id: lines, args, env: { ...env } })
      }),
    close: () => child.disconnect(),
  }
}

let kept: KeptMaille | undefined
/**
 * Like {@link runMaille}, in a process that stays, as this one does: a small run then takes half of
 * the processor time. For tests that look at what a run makes, not at the process that makes it.
 */
export const runKept = (args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> => {
  const workers = args.lastIndexOf("--workers")
  // Threads of several workers are not kept: they would fill the memory.
  if (workers >= 0 && args[workers + 1] !== "1") return runMaille(args, env)
  kept ??= keptMaille(process.cwd())
  return kept.run(byOneWorker(args), { ...process.env, ...env })
}

/** The JSON document that the binary printed; fails with its messages when it printed none. */
export const jsonOf = (ended: Ended): ReturnType<typeof JSON.parse> => {
  try {
    return JSON.parse(ended.stdout)
  } catch {
    throw new Error(
      `no JSON on standard output (exit ${ended.code}): ${ended.stdout.slice(0, 300)}\n${ended.stderr.slice(-2000)}`,
    )
  }
}
