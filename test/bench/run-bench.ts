/** Runs the laboratory's built command. */
import { type runMaille, startMaille } from "../run-maille.js"
import { root } from "../source-tree.js"

const script = `${root}dist/bench/main.js`

/** Starts it with these arguments. */
export const startLab = (args: readonly string[], env: NodeJS.ProcessEnv = {}): ReturnType<typeof startMaille> =>
  startMaille(args, env, script)

/** Runs it to its end. */
export const lab = (...args: string[]): ReturnType<typeof runMaille> => startLab(args).ended
