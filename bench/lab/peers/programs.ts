/** Runs the programs that are compared as whole processes, from a file to a file. */
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { measureFile, measureOurs } from "../../gdal-layers.js"
import { projectRoot } from "../../machine.js"
import { runProgram } from "../../run-program.js"
import type { Peer } from "./peer.js"

/** The programs, each with its Debian packages. */
const PROGRAMS = {
  gdal_contour: "gdal-bin",
  gdal_polygonize: "gdal-bin, python3-gdal",
} as const

export type ProgramName = keyof typeof PROGRAMS

/** The command of a program; GDAL's polygonizer is a script. */
const commandOf = (name: ProgramName): string => (name === "gdal_polygonize" ? "gdal_polygonize.py" : name)

/** The version that a program prints. @throws Error with the remedy if it is not installed */
export const programVersion = async (name: ProgramName): Promise<string> => {
  const said = await runProgram(commandOf(name), ["--version"]).catch((cause) => {
    throw new Error(`${commandOf(name)} is not installed (Debian: ${PROGRAMS[name]})`, { cause })
  })
  return /\d+\.\d+(\.\d+)?/.exec(said)?.[0] ?? "of an unknown version"
}

export interface WholeProcess {
  readonly command: string
  readonly args: readonly string[]
  /** Arguments that start and end it without work. */
  readonly startArgs: readonly string[]
  /** Reads the proof from its output. */
  readonly proof: () => Promise<object>
}

/**
 * A peer that is a whole process.
 *
 * @param processOf makes the process from the task's word and an output folder
 * @param program the program that must be installed, if it is not ours
 */
export const wholePeer = (
  about: Required<Pick<Peer, "name" | "work" | "against">>,
  processOf: (word: string, folder: string) => WholeProcess,
  program?: ProgramName,
): Peer => ({
  ...about,
  whole: true,
  open: async (word) => {
    if (program !== undefined) await programVersion(program)
    const folder = await mkdtemp(join(tmpdir(), "maille-program-"))
    const { command, args, startArgs, proof } = processOf(word, folder)
    return {
      pass: () => runProgram(command, args).then(() => 0),
      startUp: () => runProgram(command, startArgs),
      proof,
      close: () => rm(folder, { recursive: true, force: true }),
    }
  },
})

/** Name of our whole process, with which the others are compared. */
const PROCESS = "maille, file to file"

const WORK = "GeoTIFF to FlatGeobuf"

/**
 * A program of GDAL.
 *
 * @param argsOf arguments that make a layer from a task's word
 */
export const gdalPeer = (program: ProgramName, argsOf: (word: string, to: string) => readonly string[]): Peer =>
  wholePeer(
    { name: commandOf(program), work: WORK, against: PROCESS },
    (word, folder) => {
      const to = join(folder, "made.fgb")
      const args = argsOf(word, to)
      return { command: commandOf(program), args, startArgs: ["--version"], proof: () => measureFile(to) }
    },
    program,
  )

/** The task of a whole process of ours: the file to read and the file to write. */
export interface FileTask {
  readonly from: string
  readonly to: string
  /** Metres between contours. */
  readonly interval?: number
}

/** Our work from a file to a file, in a process of its own; see `file-to-file.ts`. */
export const ourProcess = (kind: string, taskOf: (word: string) => Omit<FileTask, "to">): Peer =>
  wholePeer({ name: PROCESS, work: WORK, against: PROCESS }, (word, folder) => {
    const task = { ...taskOf(word), to: join(folder, "made.fgb") }
    const script = join(projectRoot, "dist", "bench", "lab", "peers", "file-to-file.js")
    const argsOf = (what: string): string[] => [script, what, JSON.stringify(task)]
    const [args, startArgs] = [argsOf(kind), argsOf("nothing")]
    return { command: process.execPath, args, startArgs, proof: () => measureOurs(task.to) }
  })
