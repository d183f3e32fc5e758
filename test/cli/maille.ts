import { execFile } from "node:child_process"
import { fileURLToPath } from "node:url"
import { byOneWorker, runKept } from "../run-maille.js"

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

/** The same in a process that stays: see {@link runKept}. */
export const mailleKept = async (...args: string[]): Promise<Ended> => {
  const { code, stdout, stderr } = await runKept(args)
  return { code: code ?? 128, stdout, stderr }
}
