import { describe, expect, it } from "vitest"
import { startProcess } from "../../bench/waiting-process.js"

describe("startKept", () => {
  const node = (script: string) => ({ command: process.execPath, args: ["-e", script] })
  const greetingOf = (script: string) => startProcess(node(script)).greeting

  it("hands repeats over and answers back, and ends the process", async () => {
    const script = `console.log('{"version":"1"}'); process.stdin.on("data", d => console.log(JSON.stringify({ got: +d })))`
    const kept = startProcess<object, { got: number }>(node(script))
    expect(await kept.greeting).toEqual({ version: "1" })
    expect(await kept.ask(3)).toEqual({ got: 3 })
    expect(await kept.ask(4)).toEqual({ got: 4 })
    await kept.close()
  })

  it("says why a process is not ready: its own word, its last line, the system's", async () => {
    await expect(greetingOf(`console.log('{"error":"no such file"}')`)).rejects.toThrow("no such file")
    await expect(greetingOf(`console.error("a\\nlast words"); process.exit(3)`)).rejects.toThrow("last words")
    const absent = startProcess({ command: "no-such-program-here", args: [] })
    await expect(absent.greeting).rejects.toThrow("ENOENT")
    await absent.close()
  })
})
