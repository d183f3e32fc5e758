import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, expect, it } from "vitest"
import { lineBatches } from "../../../../engine/core/files/line-batches.js"

const folder = mkdtempSync(join(tmpdir(), "maille-lines-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const linesOf = async (text: string, torn: boolean): Promise<string[]> => {
  const path = join(folder, "journal.jsonl")
  writeFileSync(path, text)
  const lines: string[] = []
  for await (const batch of lineBatches(path, { torn })) lines.push(...batch)
  return lines
}

it("lines of a journal are those of its text, wherever it is cut for reading", async () => {
  const long = "é€𝄞".repeat(400_000)
  const many = Array.from({ length: 100_000 }, (_, i) => `{"type":"end","key":"12/${i}/é"}`)
  for (const lines of [[], ["a"], ["", "a", "", ""], many, [long, "b", long]]) {
    const whole = lines.map((line) => `${line}\n`).join("")
    for (const torn of [true, false]) {
      expect(await linesOf(whole, torn)).toEqual(lines)
      expect(await linesOf(`${whole}cut`, torn)).toEqual(torn ? [...lines, "cut"] : lines)
    }
  }
})

it("a journal that is not there holds no line", async () => {
  for await (const _ of lineBatches(join(folder, "none"))) expect.unreachable()
})
