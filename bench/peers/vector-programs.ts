/** Programs that trace a raster to a vector file, as peers that are timed as whole processes. */
import { join } from "node:path"
import { measureFile, measureOurs } from "./gdal.js"
import type { Peer } from "./peer.js"
import {
  commandOf,
  type FileTask,
  openGrass,
  type ProgramName,
  type ProgramWork,
  programWork,
  runFileToFile,
  runProgram,
  tellVersion,
} from "./programs.js"

/** Name of our whole process, by which the others are measured. */
export const PROCESS = "maille, file to file"

const peerOf = (
  [name, work]: readonly [name: string, work: string],
  program: ProgramName | "maille",
  prepare: (word: string, folder: string) => Promise<ProgramWork>,
  once = false,
): Peer => ({
  name,
  work,
  whole: true,
  once,
  against: PROCESS,
  open: (word) => programWork(program, (folder) => prepare(word, folder)),
})

/** maille's own work from GeoTIFF to FlatGeobuf; see `file-to-file.ts`. */
export const ourProcess = (work: string, taskOf: (word: string) => Omit<FileTask, "to">): Peer =>
  peerOf([PROCESS, "GeoTIFF to FlatGeobuf"], "maille", async (word, folder) => {
    const task = { ...taskOf(word), to: join(folder, `${work}.fgb`) }
    return {
      pass: () => runFileToFile(work, task),
      startUp: () => runFileToFile("nothing", task),
      proof: () => measureOurs(task.to),
    }
  })

/**
 * A command with the arguments that make a file of a word. SAGA is so slow that it has one pass.
 */
export const commandPeer = (
  about: readonly [name: string, work: string],
  program: ProgramName,
  file: string,
  argsOf: (word: string, to: string) => readonly string[] | Promise<readonly string[]>,
): Peer => {
  const prepare = async (word: string, folder: string): Promise<ProgramWork> => {
    const to = join(folder, file)
    const args = await argsOf(word, to)
    const pass = (): Promise<string> => runProgram(commandOf(program), args)
    return { pass, startUp: tellVersion(program), proof: () => measureFile(to) }
  }
  return peerOf(about, program, prepare, program === "saga_cmd")
}

/** A module of GRASS from its own raster `traced` to its own vector map `made`. */
export const grassPeer = (
  about: readonly [name: string, work: string],
  type: "line" | "area",
  callOf: (word: string) => { readonly path: string; readonly module: readonly string[] },
): Peer =>
  peerOf(
    about,
    "grass",
    async (word, folder) => {
      const { path, module } = callOf(word)
      const grass = await openGrass(folder)
      await grass("r.in.gdal", "-o", `input=${path}`, "output=traced", "--quiet")
      await grass("g.region", "raster=traced")
      const to = join(folder, "made.gpkg")
      return {
        pass: () => grass(...module, "input=traced", "output=made", "--overwrite", "--quiet"),
        startUp: () => grass("g.version"),
        proof: async () => {
          await grass(
            "v.out.ogr",
            "input=made",
            `type=${type}`,
            `output=${to}`,
            "format=GPKG",
            "--overwrite",
            "--quiet",
          )
          return measureFile(to)
        },
      }
    },
    true,
  )
