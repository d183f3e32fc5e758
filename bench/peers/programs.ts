/** Programs that are compared with as whole processes. */
import { execFile } from "node:child_process"
import { readFileSync } from "node:fs"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"
import { projectRoot } from "../machine.js"
import type { Work } from "./peer.js"

/**
 * Programs that are compared with as whole processes: how they tell their version, and how they are
 * had.
 */
const PROGRAMS = {
  gdal_contour: { ask: ["--version"], remedy: "Debian: gdal-bin" },
  gdal_polygonize: { ask: ["--version"], remedy: "Debian: gdal-bin, python3-gdal" },
  gdal_grid: { ask: ["--version"], remedy: "Debian: gdal-bin" },
  grass: { ask: ["--version"], remedy: "Debian: grass-core" },
  saga_cmd: { ask: ["--version"], remedy: "Debian: saga" },
  tippecanoe: { ask: ["--version"], remedy: "Debian: tippecanoe" },
} as const

/** A program that is compared with. */
export type ProgramName = keyof typeof PROGRAMS

/** The command of a program: GDAL's polygonizer is a script. */
export const commandOf = (name: ProgramName): string => (name === "gdal_polygonize" ? "gdal_polygonize.py" : name)

/** The first number with a dot that a program says of itself; why it cannot be used, else. */
export const programVersion = async (name: ProgramName): Promise<{ readonly version: string } | string> => {
  const { ask, remedy } = PROGRAMS[name]
  try {
    const { stdout, stderr } = await promisify(execFile)(commandOf(name), [...ask])
    return { version: versionIn(`${stdout}\n${stderr}`) }
  } catch (error) {
    const { code, stdout, stderr } = error as { code?: unknown; stdout?: string; stderr?: string }
    // Some tell their version and end with a number above 0.
    const said = versionIn(`${stdout ?? ""}\n${stderr ?? ""}`)
    if (code !== "ENOENT" && said !== UNKNOWN) return { version: said }
    return `${commandOf(name)} is not installed (${remedy})`
  }
}

/** @throws Error with the remedy where the program is not there */
export const requireProgram = async (name: ProgramName): Promise<void> => {
  const found = await programVersion(name)
  if (typeof found === "string") throw new Error(found)
}

const UNKNOWN = "of an unknown version"
const versionIn = (text: string): string => /\d+\.\d+(\.\d+)?/.exec(text)?.[0] ?? UNKNOWN

/** Runs a program to its end. @throws Error with the last line that it said, when it fails */
export const runProgram = async (command: string, args: readonly string[]): Promise<string> => {
  try {
    const { stdout } = await promisify(execFile)(command, [...args], { maxBuffer: 2 ** 28 })
    return stdout
  } catch (error) {
    const { stdout = "", stderr = "", message } = error as { stdout?: string; stderr?: string; message: string }
    const last = `${stdout}\n${stderr}`.trim().split("\n").at(-1)?.trim()
    throw new Error(`${command}: ${last || message}`, { cause: error })
  }
}

/** Ticks of Linux' accounting, as /proc gives it, are hundredths of a second on every processor. */
const TICK_MS = 10

/**
 * Processor time so far of all processes that this one has started and that have ended, with
 * theirs. @throws Error without /proc
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
 * User and system ticks of ended children in a line of /proc/…/stat: fields 16 and 17; the name (2)
 * may hold blanks.
 */
export const childrenTicks = (stat: string): number => {
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ")
  return Number(fields[13]) + Number(fields[14])
}

/** A program's work as a whole process. */
export interface ProgramWork {
  /** Runs the work; the output's path and folder are as they were given to {@link programWork}. */
  readonly pass: () => Promise<unknown>
  readonly startUp: () => Promise<unknown>
  /** From its output. */
  readonly proof: () => Promise<object>
}

/**
 * A whole process as {@link Work}, with a folder for what it writes. @throws Error with the remedy
 * where the program is not installed
 */
export const programWork = async (
  program: ProgramName | "maille",
  prepare: (folder: string) => Promise<ProgramWork>,
): Promise<Work> => {
  if (program !== "maille") await requireProgram(program)
  const folder = await mkdtemp(join(tmpdir(), "maille-program-"))
  const close = (): Promise<void> => rm(folder, { recursive: true, force: true })
  try {
    const { pass, startUp, proof } = await prepare(folder)
    return { pass: () => pass().then(() => 0), startUp, proof, close }
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
  /** Metres between contours. */
  readonly interval?: number
}

/**
 * Runs maille's own work from file to file in a process that does it and ends; see
 * `file-to-file.ts`.
 */
export const runFileToFile = (work: string, task: FileTask): Promise<unknown> =>
  runProgram(process.execPath, [
    join(projectRoot, "dist", "bench", "peers", "file-to-file.js"),
    work,
    JSON.stringify(task),
  ])

/** A GRASS project of its own in a folder, EPSG:2154; gives what runs a module in it. */
export const openGrass = async (folder: string): Promise<(...module: readonly string[]) => Promise<string>> => {
  const project = join(folder, "grass")
  await runProgram("grass", ["-c", "EPSG:2154", "-e", project])
  return (...module) => runProgram("grass", [join(project, "PERMANENT"), "--exec", ...module])
}
