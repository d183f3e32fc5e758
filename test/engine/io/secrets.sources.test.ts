import { Worker } from "node:worker_threads"
import { afterEach, describe, expect, it, vi } from "vitest"

/** The module as another process has it: it knows nothing yet. */
const fresh = async (): Promise<typeof import("../../../engine/io/secrets.js")> => {
  vi.resetModules()
  return await import("../../../engine/io/secrets.js")
}
afterEach(() => vi.unstubAllEnvs())

const signed = "https://h/a.laz?list=1&sig=hush&se=1"
const shown = "https://h/a.laz?list=1&***"

describe("the secrets of an address", () => {
  it("are added to its requests, and to none where nobody gave them", async () => {
    const { fullAddress, shownAddress } = await fresh()
    expect(() => fullAddress(shown)).toThrow(/h\/a.laz.*is missing.*MAILLE_SECRETS/)
    expect(fullAddress("https://h/a.laz")).toBe("https://h/a.laz")
    expect(shownAddress(signed)).toBe(shown)
    expect(fullAddress(shown)).toBe(signed)
    // Signed anew.
    shownAddress(signed.replace("hush", "hush2"))
    expect(fullAddress(shown)).toBe(signed.replace("hush", "hush2"))
  })

  it("come from the environment, for one file or a folder", async () => {
    vi.stubEnv("MAILLE_SECRETS", `${signed} https://h/in/?sig=in https://u:p@other`)
    const { fullAddress } = await fresh()
    expect(fullAddress(shown)).toBe(signed)
    expect(fullAddress("https://h/in/b.laz?***")).toBe("https://h/in/b.laz?sig=in")
    expect(fullAddress("https://h/in/b.laz?x=1")).toBe("https://h/in/b.laz?x=1&sig=in")
    expect(fullAddress("https://***@other/c.laz")).toBe("https://u:p@other/c.laz")
    expect(fullAddress("https://h/inside.laz")).toBe("https://h/inside.laz")
    expect(() => fullAddress("https://***@h/c.laz")).toThrow(/is missing/)
  })

  it("reach threads and children that start later", async () => {
    const { shownAddress, secretsEnvironment } = await fresh()
    const many = Array.from({ length: 3000 }, (_, i) => `https://h/${i}.laz?sig=${"s".repeat(60)}`)
    for (const address of many) shownAddress(address)
    const code = `const { getEnvironmentData, parentPort } = require("node:worker_threads")
      parentPort.postMessage(getEnvironmentData("maille.secrets").get("https://h/7.laz?***"))`
    const worker = new Worker(code, { eval: true })
    expect(await new Promise((resolve) => worker.once("message", resolve))).toBe(many[7])
    const variables = secretsEnvironment()
    expect(Object.values(variables).every((value) => value.length <= 100_000)).toBe(true)
    for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value)
    const child = await fresh()
    for (const [i, address] of many.entries()) expect(child.fullAddress(`https://h/${i}.laz?***`)).toBe(address)
  })
})
