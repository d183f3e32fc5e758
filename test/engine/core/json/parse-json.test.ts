import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { MAX_DEPTH, MAX_TEXT_BYTES } from "../../../../engine/core/bounds.js"
import { readWhole } from "../../../../engine/core/files/read-whole.js"
import { parseJson } from "../../../../engine/core/json/parse-json.js"

const nested = (levels: number): string => "[".repeat(levels) + "]".repeat(levels)

describe("parseJson", () => {
  it("takes what JSON.parse takes up to a depth, brackets in strings aside", () => {
    const value = { a: ["[".repeat(2000), '"]{\\', { "{": [[]] }], b: '\\"' }
    expect(parseJson(JSON.stringify(value))).toEqual(value)
    expect(() => parseJson(nested(MAX_DEPTH))).not.toThrow()
    expect(() => parseJson(nested(MAX_DEPTH + 1))).toThrow(/512 levels/)
    expect(() => parseJson('{"a":'.repeat(100_000))).toThrow(/nested more/)
    // Side by side is not deep.
    expect(() => parseJson(`[${"[],".repeat(5000)}{}]`)).not.toThrow()
    for (const broken of ['"', '{"a', "]]", '"\\"']) expect(() => parseJson(broken)).toThrow(SyntaxError)
  })
})

describe("readWhole", () => {
  it("refuses what is too long before it is read", async () => {
    const folder = mkdtempSync(join(tmpdir(), "maille-whole-"))
    const path = join(folder, "long.json")
    writeFileSync(path, "{}")
    expect(Buffer.from(await readWhole(path)).toString()).toBe("{}")
    truncateSync(path, MAX_TEXT_BYTES + 1)
    await expect(readWhole(path)).rejects.toMatchObject({
      code: "E_FORMAT",
      message: expect.stringContaining("too large"),
    })
    await expect(readWhole(join(folder, "none"))).rejects.toMatchObject({ code: "ENOENT" })
    await expect(readWhole(folder)).rejects.toMatchObject({ code: "EISDIR" })
    rmSync(folder, { recursive: true })
  })
})
