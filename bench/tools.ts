/** The tools of the laboratory, and how one of them is run: `npm run lab -- COMMAND …`. */
import { CommanderError } from "commander"
import { EngineError, type ErrorCode } from "../engine/errors.js"
import { printJson } from "./options.js"

/** A module of the laboratory. `main` returns the exit code; undefined means 0. */
interface Tool {
  main(args: string[]): Promise<number | undefined>
}

/** Commands: their help and their modules. */
export type Tools = Readonly<Record<string, readonly [help: string, load: () => Promise<Tool>]>>

const TOOLS: Tools = {
  bench: ["measure kernels and formats on seeded data", () => import("./run-benches.js")],
  guard: ["compare two commits, benchmark by benchmark", () => import("./guard/guard.js")],
  "guard-test": ["show that the guard can tell slow from unchanged here", () => import("./guard/self-test.js")],
  same: ["compare what two trees make of the same scenes", () => import("./same/check-same.js")],
  e2e: ["measure whole runs, end to end", () => import("./e2e/run-e2e.js")],
  km2: ["measure the square kilometre of README", () => import("./e2e/km2.js")],
  "fit-costs": ["fit the cost model to finished runs", () => import("./e2e/fit-costs.js")],
  buildings: ["measure models of buildings on real data", () => import("./buildings/judge-buildings.js")],
  "draw-buildings": ["draw models of buildings side by side", () => import("./buildings/draw-buildings.js")],
  sparse: ["judge outlines of buildings and vegetation from few points", () => import("./sparse-points.js")],
  pictures: ["draw the pictures of the documents", () => import("./pictures/draw-pictures.js")],
  levels: ["compare a level with the finest, in pictures", () => import("./pictures/compare-levels.js")],
  "crs-table": ["write the table of CRSs from the database of PROJ", () => import("./crs-table/write-crs-table.js")],
  fixtures: ["make synthetic LiDAR HD tiles, or a scene with oriented images", () => import("./make-fixtures.js")],
}

const EXIT_CODES: Partial<Record<ErrorCode, number>> = { E_USAGE: 2, E_INPUT: 3, E_FORMAT: 3 }
const FAULT = 70

/**
 * Runs the tool that the command line names, and sets the exit code.
 *
 * @param more tools of `bench/lab`
 */
export const runTool = async (more: Tools = {}): Promise<void> => {
  const tools = { ...TOOLS, ...more }
  const [name = "--help", ...args] = process.argv.slice(2)
  const load = tools[name]?.[1]
  try {
    if (load !== undefined) process.exitCode = await (await load()).main(args)
    else if (name === "--help" || name === "-h") console.log(describeTools(tools))
    else {
      console.error(`lab: there is no command "${name}"\n\n${describeTools(tools)}`)
      process.exitCode = 2
    }
  } catch (error) {
    process.exitCode = reportError(error, args.includes("--json"))
  }
}

const describeTools = (tools: Tools): string => {
  const lines = Object.entries(tools).map(([name, [help]]) => `  ${name.padEnd(14)} ${help}`)
  return `npm run lab -- COMMAND [options]\n\n${lines.join("\n")}\n\nnpm run lab -- COMMAND --help shows its options.`
}

/** Prints an error; returns its exit code. */
const reportError = (error: unknown, json: boolean): number => {
  // Commander has already printed the error or the help.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
  const code = error instanceof EngineError ? EXIT_CODES[error.code] : undefined
  const { message, stack } = error as Error
  console.error(code === undefined ? (stack ?? message) : `lab: ${message}`)
  if (code !== undefined && json) printJson({ error: { message } })
  return code ?? FAULT
}
