import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { projectRoot } from "../machine.js"
import type { Work } from "./peer.js"
import { commandOf, type ProgramName, requireProgram, runProgram } from "./programs.js"

/** A program's work as a whole process. */
export interface ProgramWork {
  /** Runs the work; the output's path and folder are as they were given to {@link programWork}. */
  readonly pass: () => Promise<unknown>
  /** What it handles, for rates. */
  readonly amount: number
  readonly startUp: () => Promise<unknown>
  /** From its output. */
  readonly proof: () => Promise<Readonly<Record<string, unknown>>>
}

/** A whole process as {@link Work}, with a folder for what it writes. @throws Error with the remedy where the program is not installed */
export const programWork = async (
  program: ProgramName | "maille",
  prepare: (folder: string) => Promise<ProgramWork>,
): Promise<Work> => {
  if (program !== "maille") await requireProgram(program)
  const folder = await mkdtemp(join(tmpdir(), "maille-program-"))
  const close = (): Promise<void> => rm(folder, { recursive: true, force: true })
  try {
    const { pass, amount, startUp, proof } = await prepare(folder)
    return {
      pass: async () => {
        await pass()
        return amount
      },
      startUp,
      proof,
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

/** Starts and ends a program that tells its version. */
export const tellVersion = (program: ProgramName) => (): Promise<unknown> =>
  runProgram(commandOf(program), ["--version"])

/** What a whole process of maille's is told: a file to read, one to write. */
export interface FileTask {
  readonly from: string
  readonly to: string
  readonly interval?: number
}

/** Runs one of `filePeers` in a process that does it once and ends. */
export const runFilePeer = (name: string, task: FileTask): Promise<unknown> =>
  runProgram(process.execPath, [
    join(projectRoot, "dist", "bench", "peers", "peer-process.js"),
    "file",
    name,
    JSON.stringify(task),
    "once",
  ])

/** A GRASS project of its own in a folder, EPSG:2154; gives what runs a module in it. */
export const openGrass = async (folder: string): Promise<(...module: readonly string[]) => Promise<string>> => {
  const project = join(folder, "grass")
  await runProgram("grass", ["-c", "EPSG:2154", "-e", project])
  return (...module) => runProgram("grass", [join(project, "PERMANENT"), "--exec", ...module])
}
