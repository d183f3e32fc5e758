import { mkdtemp, readFile, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { hashOutput } from "../../../engine/report/hash-output.js"
import { runMaille, startMaille } from "../../run-maille.js"
import { sharedData } from "../../shared-data.js"

interface Line {
  readonly type: string
  readonly stage?: string
  readonly key?: string
  readonly points?: number
}

const journal = async (out: string): Promise<Line[]> => {
  const text = await readFile(join(out, "journal.jsonl"), "utf8").catch(() => "")
  const lines = text.slice(0, text.lastIndexOf("\n") + 1).split("\n")
  return lines.filter((line) => line !== "").map((line) => JSON.parse(line) as Line)
}

const ofSources = (lines: readonly Line[], type: string): Line[] =>
  lines.filter((line) => line.type === type && line.stage === "source")

describe.skipIf(!sharedData)("a plain LAZ of six million points", () => {
  let folder = ""
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "maille-parts-"))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  const args = (out: string, workers: number): string[] => [
    ...["run", `${sharedData}/bench/t500.laz`, "--products", "dsm", "--tile-size", "250", "--workers", `${workers}`],
    ...["--out", out, "--json"],
  ]
  const hash = async (out: string): Promise<unknown> => (await hashOutput(out)).hash

  it("is decoded in parts, each once; killed between two of them it goes on with the missing ones", async () => {
    const whole = join(folder, "whole")
    const ended = await runMaille(args(whole, 2))
    expect(ended.code, ended.stderr).toBe(0)
    const parts = ofSources(await journal(whole), "end")
    expect(parts.map(({ key }) => key?.split("#")[1]).sort()).toEqual(["0", "1", "2"])
    expect(parts.reduce((sum, { points = 0 }) => sum + points, 0)).toBe(6_280_845)

    let out = ""
    let before: Line[] = []
    // Again where this process was kept waiting until all parts were through.
    for (let i = 0; i < 5 && before.length === 0; i++) {
      out = join(folder, `killed-${i}`)
      const { child, ended: killed } = startMaille(args(out, 1))
      while (ofSources(await journal(out), "end").length === 0) await sleep(50)
      process.kill(-(child.pid as number), "SIGKILL")
      await killed
      const lines = await journal(out)
      if (ofSources(lines, "end").length < 3) before = lines
    }
    const done = ofSources(before, "end").map(({ key }) => key)
    expect(done.length).toBeGreaterThan(0)
    const again = await runMaille(args(out, 1))
    expect(again.code, again.stderr).toBe(0)
    const started = ofSources((await journal(out)).slice(before.length), "start").map(({ key }) => key)
    expect([...done, ...started].sort()).toEqual(parts.map(({ key }) => key).sort())
    const hashOfWhole = await hash(whole)
    expect(hashOfWhole).toMatch(/^[0-9a-f]{64}$/)
    expect(await hash(out)).toBe(hashOfWhole)
  })
})
