import { execFile, fork } from "node:child_process"
import { fileURLToPath } from "node:url"
import { byOneWorker } from "../run-maille.js"

/** What a command left behind. */
export interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** The built command's main file. */
export const mailleScript = fileURLToPath(new URL("../../dist/bundle/cli/main.js", import.meta.url))

/** Runs the built command as a shell would; see {@link byOneWorker}. */
export const maille = (...args: string[]): Promise<Ended> =>
  new Promise((resolve) => {
    execFile(
      process.execPath,
      [mailleScript, ...byOneWorker(args)],
      { maxBuffer: 1 << 26 },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === "number" ? error.code : 128
        resolve({ code, stdout, stderr })
      },
    )
  })

/**
 * Runs command lines in a folder, one after the other and all in one process: the messages and the exit codes of the built command, without the start of a process for each.
 */
export const keptMaille = (
  cwd: string,
  env: NodeJS.ProcessEnv = process.env,
): { run(args: readonly string[]): Promise<Ended>; close(): void } => {
  const host = fileURLToPath(new URL("./kept-command.mjs", import.meta.url))
  const child = fork(host, [mailleScript], { cwd, env, execArgv: [] })
  const waiting = new Map<number, (ended: Ended) => void>()
  child.on("message", ({ id, ...ended }: Ended & { id: number }) => waiting.get(id)?.(ended))
  child.on("exit", (code) => {
    for (const end of waiting.values()) end({ code: code ?? 128, stdout: "", stderr: "the process of the lines ended" })
  })
  return {
    run: (args) =>
      new Promise((resolve) => {
        const id = waiting.size
        waiting.set(id, resolve)
        child.send({ id, args })
      }),
    close: () => child.disconnect(),
  }
}
