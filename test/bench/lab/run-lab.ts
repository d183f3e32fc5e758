/** Runs the built command of the workspace `bench/lab`. */
import { type runMaille, startMaille } from "../../run-maille.js"
import { root } from "../../source-tree.js"

/** Starts it with these arguments. */
export const startLab = (args: readonly string[], env: NodeJS.ProcessEnv = {}): ReturnType<typeof startMaille> =>
  startMaille(args, env, `${root}dist/bench/lab/main.js`)

/** Runs it to its end. */
export const lab = (...args: string[]): ReturnType<typeof runMaille> => startLab(args).ended
