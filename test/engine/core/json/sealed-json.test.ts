import { expect, it } from "vitest"
import { openSealed, sealJson } from "../../../../engine/core/json/sealed-json.js"

const records = ['{"type":"end","key":"18/1/2","error":{"code":"E_INPUT"}}', '{\n "at": "é"\n}', '{"a":"12345678"}']

it("a sealed text is JSON, and gives the text back", () => {
  for (const text of records) {
    expect(JSON.parse(sealJson(text))).toMatchObject(JSON.parse(text))
    expect(openSealed(sealJson(text))).toBe(text)
    expect(openSealed(text)).toBeUndefined()
  }
})

it("every flipped bit is found: by the checksum, or since the rest is no JSON", () => {
  const [text = ""] = records
  const sealed = Buffer.from(sealJson(text))
  for (let bit = 0; bit < 8 * sealed.length; bit++) {
    const bytes = Buffer.from(sealed)
    bytes[bit >> 3]! ^= 1 << (bit & 7)
    const opened = openSealed(bytes.toString("utf8"))
    if (opened !== undefined) expect(() => JSON.parse(opened), `bit ${bit}`).toThrow()
  }
})
