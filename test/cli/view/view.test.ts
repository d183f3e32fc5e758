import { spawn } from "node:child_process"
import { rmSync, writeFileSync } from "node:fs"
import { hostname } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import { maille, mailleScript } from "../maille.js"
import { ask, makeOutput } from "./view-client.js"

const { folder, out, bytes } = makeOutput()
afterAll(() => rmSync(folder, { recursive: true }))

interface Started {
  readonly url: string
  readonly tileset?: string
  readonly host: string
  readonly port: number
  readonly stop: () => Promise<{ code: number | null; stdout: string; stderr: string }>
}

const start = (...args: string[]): Promise<Started> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [mailleScript, "view", out, "--port", "0", "--json", ...args])
    let stdout = ""
    let stderr = ""
    const ended = new Promise<number | null>((end) => child.once("close", end))
    child.stderr.on("data", (part) => {
      stderr += part
    })
    child.stdout.on("data", (part) => {
      stdout += part
      if (!stdout.endsWith("\n")) return
      const stop = async (): Promise<{ code: number | null; stdout: string; stderr: string }> => {
        child.kill("SIGINT")
        return { code: await ended, stdout, stderr }
      }
      resolve({ ...(JSON.parse(stdout) as Started), stop })
    })
    void ended.then((code) => reject(new Error(`ended with ${code}: ${stderr}`)))
  })

describe("maille view", () => {
  it("says where the tileset is, and with --cors lets pages of other origins read the folder", async () => {
    const view = await start("--cors")
    // There is none yet.
    expect(view.tileset).toBeUndefined()
    const file = "/out/tiles/a%20b.glb"
    const { headers } = await ask(view.port, file, { headers: { origin: "http://gis.example", range: "bytes=0-9" } })
    expect(headers["access-control-allow-origin"]).toBe("*")
    expect(headers["access-control-expose-headers"]).toContain("content-range")
    const asked = await ask(view.port, file, { method: "OPTIONS", headers: { origin: "http://gis.example" } })
    expect([asked.status, asked.headers["access-control-allow-methods"]]).toEqual([204, "GET, HEAD"])
    // Neither the page nor another name of the server.
    expect((await ask(view.port, "/view.json")).headers["access-control-allow-origin"]).toBeUndefined()
    expect((await ask(view.port, "/view.json", { method: "OPTIONS" })).status).toBe(405)
    expect((await ask(view.port, file, { headers: { host: "gis.example" } })).status).toBe(403)
    await view.stop()
    writeFileSync(join(out, "tileset.json"), "{}")
    const plain = await start()
    expect(plain.tileset).toBe(`${plain.url}out/tileset.json`)
    expect((await ask(plain.port, file)).headers["access-control-allow-origin"]).toBeUndefined()
    expect((await ask(plain.port, file, { method: "OPTIONS" })).status).toBe(405)
    await plain.stop()
  })

  it("listens on the loopback address, says where as JSON, and ends with Ctrl-C", async () => {
    const view = await start()
    expect(view.host).toBe("127.0.0.1")
    expect(view.url).toBe(`http://127.0.0.1:${view.port}/`)
    expect((await ask(view.port, "/out/tiles/a%20b.glb")).body.equals(bytes)).toBe(true)
    const used = await maille("view", out, "--port", String(view.port), "--json")
    expect(used.code).toBe(2)
    expect(JSON.parse(used.stdout)).toMatchObject({ error: { code: "E_USAGE", context: { option: "--port" } } })
    expect(used.stderr).toContain("in use")
    const ended = await view.stop()
    expect(ended.code).toBe(0)
    expect(ended.stderr).toBe("")
  })

  it("warns where other machines can reach it", async () => {
    const view = await start("--host", "0.0.0.0")
    expect((await ask(view.port, "/view.json", { headers: { host: hostname() } })).status).toBe(200)
    // A page of a stranger's, whose name leads here.
    expect((await ask(view.port, "/view.json", { headers: { host: "gis.example" } })).status).toBe(403)
    expect((await view.stop()).stderr).toMatch(/warning: everyone who can reach port \d+ of 0\.0\.0\.0/)
  })

  it("refuses what is no output folder, no port and no address", async () => {
    const empty = await maille("view", join(folder, "out-too"))
    expect([empty.code, empty.stderr]).toEqual([3, expect.stringContaining("not an output folder")])
    expect((await maille("view", out, "--port", "70000")).code).toBe(2)
    const elsewhere = await maille("view", out, "--port", "0", "--host", "192.0.2.1")
    expect([elsewhere.code, elsewhere.stderr]).toEqual([2, expect.stringContaining("not an address of this machine")])
  })
})
