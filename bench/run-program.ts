/** Runs other programs to their end, and measures their processor time. */
import { execFile } from "node:child_process"
import { readFileSync } from "node:fs"
import { promisify } from "node:util"

/**
 * Runs a program to its end.
 *
 * @param env variables added to those of this process
 * @throws Error with its last line of output if it fails
 */
export const runProgram = async (
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<string> => {
  try {
    const options = { maxBuffer: 2 ** 28, env: { ...process.env, ...env } }
    const { stdout } = await promisify(execFile)(command, [...args], options)
    return stdout
  } catch (error) {
    const { stdout = "", stderr = "", message } = error as { stdout?: string; stderr?: string; message: string }
    const last = `${stdout}\n${stderr}`.trim().split("\n").at(-1)?.trim()
    throw new Error(`${command}: ${last || message}`, { cause: error })
  }
}

/** Linux accounts processor time in ticks of 10 ms, as /proc reports it. */
const TICK_MS = 10

/**
 * Processor time of all ended child processes of this one, their children included.
 *
 * @throws Error without /proc
 */
export const childrenCpuMs = (): number => {
  let text: string
  try {
    text = readFileSync("/proc/self/stat", "utf8")
  } catch (error) {
    throw new Error("processor time of other programs is read from /proc, which is not here: run on Linux", {
      cause: error,
    })
  }
  return childrenTicks(text) * TICK_MS
}

/**
 * User and system ticks of ended children in a line of /proc/…/stat: fields 16 and 17. Field 2, the
 * name, may contain spaces.
 */
export const childrenTicks = (stat: string): number => {
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ")
  return Number(fields[13]) + Number(fields[14])
}
