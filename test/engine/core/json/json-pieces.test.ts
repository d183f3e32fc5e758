import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import { jsonElements } from "../../../../engine/core/files/line-batches.js"
import { jsonPieces } from "../../../../engine/core/json/json-pieces.js"

const folder = mkdtempSync(join(tmpdir(), "maille-pieces-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const values: readonly object[] = [
  {},
  { a: undefined },
  { a: 1, b: undefined, c: [], d: [{}], e: [[], [1, [2]]], f: { g: [1, { h: 2 }] } },
  { list: [undefined, null, Number.NaN, "x\ny", 'quote " { [ ] } \\', { at: new Date(0), deep: { x: [1] } }] },
  { 'name "{"': [{ é: "ü]}" }], last: "[" },
]

describe("JSON in pieces", () => {
  it("is what JSON.stringify gives, as often as it is gone through", () => {
    for (const value of values) {
      const pieces = jsonPieces(value)
      const whole = `${JSON.stringify(value, undefined, 1)}\n`
      expect([...pieces].join("")).toBe(whole)
      expect([...pieces].join("")).toBe(whole)
      expect([...jsonPieces(value, 0)].join("")).toBe(`${JSON.stringify(value)}\n`)
    }
  })

  it("comes in pieces that are no longer than an element and a quarter of a million letters", () => {
    const value = { tasks: Array.from({ length: 20_000 }, (_, i) => ({ id: `tile ${i}`, dependsOn: ["a", "b"] })) }
    const pieces = [...jsonPieces(value)]
    expect(pieces.length).toBeGreaterThan(3)
    expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThan(300_000)
    expect(pieces.join("")).toBe(`${JSON.stringify(value, undefined, 1)}\n`)
  })
})

describe("the elements of a list in a JSON file", () => {
  const elementsOf = async (text: string, name: string): Promise<unknown[]> => {
    const path = join(folder, "file.json")
    writeFileSync(path, text)
    const found: unknown[] = []
    for await (const element of jsonElements(path, name)) found.push(element)
    return found
  }
  const tricky = {
    first: { list: [{ no: 1 }] },
    text: 'list": [{"no": 2}]',
    list: [{ a: 'br{ace "]} \\' }, [1, [2]], { é: { b: [{}] } }],
    other: [{ no: 3 }],
  }

  it("are found whatever stands around them", async () => {
    const written = (value: object): string => [...jsonPieces(value)].join("")
    expect(await elementsOf(written(tricky), "list")).toEqual(tricky.list)
    expect(await elementsOf(written({ ...tricky, list: [] }), "list")).toEqual([])
  })

  it("are not taken for none where the list is missing or written in another way", async () => {
    const absent = /the list "list" is missing/
    await expect(elementsOf([...jsonPieces({ list: { list: [{}] } })].join(""), "list")).rejects.toThrow(absent)
    await expect(elementsOf(JSON.stringify(tricky), "list")).rejects.toThrow(absent)
    const text = [...jsonPieces({ list: tricky.list })].join("")
    for (const cut of [text.length - 4, text.length - 8, 40])
      await expect(elementsOf(`${text.slice(0, cut)}\n`, "list")).rejects.toThrow()
  })

  it("are found where they lie over the borders of what is read at one time", async () => {
    const list = Array.from({ length: 50_000 }, (_, i) => ({ key: `12/${i}/é`, at: [i] }))
    expect(await elementsOf([...jsonPieces({ hash: "x", list })].join(""), "list")).toEqual(list)
  })
})
