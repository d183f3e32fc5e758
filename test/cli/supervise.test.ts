import { spawn } from "node:child_process"
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { supervise } from "../../cli/supervise.js"
import { until } from "../until.js"

let folder = ""
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "maille-supervise-"))
})
afterEach(() => rmSync(folder, { recursive: true }))

/** A child program; `restart` is the number it was started with. */
const script = (body: string): string => {
  const path = join(folder, "child.mjs")
  writeFileSync(
    path,
    `const restart = Number(process.env.MAILLE_RESTART)\nconst end = (code) => process.send({ type: "end", code }, () => process.exit(code))\n${body}`,
  )
  return path
}
const run = async (body: string): Promise<{ code: number; said: string[] }> => {
  const said: string[] = []
  const code = await supervise({ script: script(body), args: [], say: (text) => said.push(text), fruitless: 2 })
  return { code, said }
}

describe("supervise", () => {
  it("passes an announced exit code on", async () => {
    expect(await run("end(3)")).toEqual({ code: 3, said: [] })
  })

  it("starts the engine again after a signal, and after an end that was not announced", async () => {
    const { code, said } = await run(
      `restart === 0 ? process.kill(process.pid, "SIGKILL") : restart === 1 ? process.exit(0) : end(0)`,
    )
    expect(code).toBe(0)
    expect(said).toHaveLength(2)
    expect(said[0]).toContain("SIGKILL")
  })

  it("gives up when restarts bring nothing, not while tasks end", async () => {
    expect((await run(`process.kill(process.pid, "SIGABRT")`)).code).toBe(4)
    const { code } = await run(
      `restart < 6 ? process.send({ type: "task" }, () => process.kill(process.pid, "SIGKILL")) : end(1)`,
    )
    expect(code).toBe(1)
  })
})

describe("a supervisor's process", () => {
  const parent = (child: string, stdout: "ignore" | "pipe" = "ignore"): ReturnType<typeof spawn> => {
    const module = fileURLToPath(new URL("../../dist/cli/supervise.js", import.meta.url))
    const path = join(folder, "parent.mjs")
    writeFileSync(
      path,
      `import { supervise } from ${JSON.stringify(module)}\nprocess.exitCode = await supervise({ script: ${JSON.stringify(child)}, args: [], say: console.error })`,
    )
    return spawn(process.execPath, [path], { stdio: ["ignore", stdout, "ignore"] })
  }
  const appears = async (path: string): Promise<string> => {
    const text = (): string => (existsSync(path) ? readFileSync(path, "utf8") : "")
    await until(path, () => text() !== "")
    return text()
  }

  it("turns Ctrl-C into a message and waits for the clean end", async () => {
    const ready = join(folder, "ready")
    const child = script(
      `process.on("SIGINT", () => undefined)\nprocess.on("message", (m) => m.type === "stop" && setTimeout(() => end(130), 100))
       const { writeFileSync } = await import("node:fs")\nwriteFileSync(${JSON.stringify(ready)}, String(process.pid))`,
    )
    const process = parent(child)
    await appears(ready)
    process.kill("SIGINT")
    expect(await new Promise((resolve) => process.on("close", resolve))).toBe(130)
  })

  it("takes its child along when it is killed", async () => {
    const ready = join(folder, "ready")
    const gone = join(folder, "gone")
    const engine = fileURLToPath(new URL("../../dist/cli/engine-process.js", import.meta.url))
    const child = script(
      `const { joinSupervisor } = await import(${JSON.stringify(engine)})\njoinSupervisor()
       const { writeFileSync } = await import("node:fs")\nprocess.on("exit", () => writeFileSync(${JSON.stringify(gone)}, "gone"))
       writeFileSync(${JSON.stringify(ready)}, "ready")\nsetInterval(() => undefined, 1000)`,
    )
    const process = parent(child)
    await appears(ready)
    process.kill("SIGKILL")
    expect(await appears(gone)).toBe("gone")
  })

  it("ends when its output has left, however slow the reader", async () => {
    const engine = fileURLToPath(new URL("../../dist/cli/engine-process.js", import.meta.url))
    const child = script(
      `const { endSupervised } = await import(${JSON.stringify(engine)})
       process.stdout.write("x".repeat(1_000_000))\nendSupervised(0)`,
    )
    const parts: Buffer[] = []
    const started = parent(child, "pipe")
    // Nobody reads before the child has tried to end.
    await new Promise((resolve) => setTimeout(resolve, 500))
    for await (const part of started.stdout!) parts.push(part as Buffer)
    expect(Buffer.concat(parts).length).toBe(1_000_000)
  })
})
