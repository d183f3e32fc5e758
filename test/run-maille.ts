import { type ChildProcess, spawn } from "node:child_process"
import { fileURLToPath } from "node:url"

const main = fileURLToPath(new URL("../dist/bundle/cli/main.js", import.meta.url))

/** What the binary printed and how it ended. */
export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/**
 * Arguments of a run by one worker where they do not say how many: products are the same by any number (`invariants/same-bytes.slow.test.ts`), and each worker starts and compiles on its own, a quarter of
 * the processor time of a small run, while other test files keep the other processors busy.
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
