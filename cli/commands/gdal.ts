/** `maille gdal`: says whether GDAL is there, and how to install it for this maille. */
import { spawnSync } from "node:child_process"
import { existsSync } from "node:fs"
import { basename, dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import type { Command } from "commander"
import { addExamples } from "../help/declare.js"
import { printLine } from "../print.js"

export const addGdal = (program: Command): void => {
  addExamples(program.command("gdal"), "maille gdal", "maille gdal --install")
    .summary("check for GDAL, or install it")
    .description(
      "Only JPEG 2000, VRT, Shapefile and a few other inputs need GDAL, through the package gdal-async.\n" +
        "Without --install, prints the command that installs it for this maille; exit code 3 if it is missing.",
    )
    .option("--install", "run that command")
    .action(async ({ install }: { install?: true }) => {
      const { loadGdal, gdalFailure } = await import("../../engine/formats/raster/load-gdal.js")
      const { builtFile } = await import("../../engine/core/package-files.js")
      const gdal = await loadGdal()
      if (gdal !== undefined) return printLine(`GDAL ${gdal.version} is installed.`)
      const command = installCommand(dirname(fileURLToPath(builtFile("../package.json"))))
      if (install) {
        const [program = "", ...words] = command
        const { status } = spawnSync(program, words, { stdio: "inherit", shell: process.platform === "win32" })
        if (status === 0) return
      }
      const failure = gdalFailure()
      printLine(failure === undefined ? "GDAL is not installed." : `The installed gdal-async does not load: ${failure}`)
      printLine(`To install it:\n  ${command.join(" ")}`)
      if (existsSync("/usr/bin/apt-get"))
        printLine(`If no prebuilt binary can be downloaded, before it:\n  ${DEBIAN.join("\n  ")}`)
      process.exitCode = 3
    })
}

/** The package of GDAL, at a version that maille knows. */
const PACKAGE = "gdal-async@^3.12.3"

/** Builds against Debian's GDAL; the command above then follows in the same shell. */
const DEBIAN = [
  "apt-get install libgdal-dev g++ make python3   # Node.js from Debian: libnode-dev too",
  "export npm_config_build_from_source=true npm_config_shared_gdal=true",
  "export npm_config_nodedir=$(node -p \"path.resolve(process.execPath,'../..')\")",
]

/**
 * The command that installs GDAL beside a maille in `folder`: a clone, a package of a project, or a
 * global package.
 */
export const installCommand = (folder: string): readonly string[] => {
  const setup = join(folder, "setup.mjs")
  if (existsSync(setup)) return ["node", setup, "--gdal"]
  const modules = dirname(folder)
  const project = dirname(modules)
  const isProject = basename(modules) === "node_modules" && existsSync(join(project, "package.json"))
  return isProject ? ["npm", "install", "--prefix", project, PACKAGE] : ["npm", "install", "--global", PACKAGE]
}
