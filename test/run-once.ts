/** Runs that several test files look at and none writes into: made once a suite. */
import { createHash } from "node:crypto"
import { readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { expect } from "vitest"
import { madeOnce } from "./made-once.js"
import { jsonOf, runKept } from "./run-maille.js"

/** A run that came out well. */
export interface RunOnce {
  readonly out: string
  readonly summary: ReturnType<typeof JSON.parse>
  /** How long it took, process and all. */
  readonly wholeMs: number
}

/**
 * The run of `maille run` with these arguments, inputs first, without `--out`; who asks with the
 * same ones gets the same folder.
 */
export const runOnce = async (...args: readonly string[]): Promise<RunOnce> => {
  const name = createHash("sha256").update(JSON.stringify(args)).digest("hex").slice(0, 16)
  const folder = await madeOnce(`run-${name}`, async (made) => {
    const started = performance.now()
    const ended = await runKept(["run", ...args, "--out", join(made, "out"), "--json"])
    const wholeMs = performance.now() - started
    expect(ended.code, ended.stderr).toBe(0)
    await writeFile(join(made, "told.json"), JSON.stringify({ summary: jsonOf(ended), wholeMs }))
  })
  return { out: join(folder, "out"), ...JSON.parse(await readFile(join(folder, "told.json"), "utf8")) }
}
