import { Ajv } from "ajv"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { conforms } from "../../../../engine/core/json/json-shape.js"
import { jobSchema } from "../../../../engine/job/job-schema.js"
import { loadKernels } from "../../../../engine/job/kernels/load-kernels.js"

const ajv = new Ajv({ allowUnionTypes: true, strictTypes: false })

describe("conformity to a schema", () => {
  it.each<[object, unknown[], unknown[]]>([
    [{ type: ["string", "integer"] }, ["", 1], [1.5, null, [], {}, true]],
    [
      { type: "object", required: ["a"], properties: { a: { type: "number" } } },
      [{ a: 1, b: 2 }],
      [{}, { a: "1" }, []],
    ],
    [{ type: "object", additionalProperties: false }, [{}], [{ toString: 1 }]],
    [{ minimum: 1, maximum: 2 }, [1, 2, "0"], [0.9, 2.1]],
    [{ enum: ["a", 1] }, ["a", 1], ["1", null]],
    [
      { type: "array", minItems: 1, maxItems: 2, items: { minLength: 1 } },
      [["a"], ["a", "b"]],
      [[], [""], ["a", "b", "c"]],
    ],
    [{ uniqueItems: true }, [["a", "b"], []], [["a", "a"]]],
  ])("is that of Ajv: %j", (schema, right, wrong) => {
    for (const value of [...right, ...wrong]) {
      expect(conforms(value, schema as never), JSON.stringify(value)).toBe(right.includes(value))
      expect(ajv.validate(schema, value), JSON.stringify(value)).toBe(right.includes(value))
    }
  })

  it("is denied for keywords that it does not know", () => {
    expect(conforms("a", { pattern: "a" })).toBe(false)
    expect(conforms({}, { additionalProperties: true })).toBe(false)
  })

  it("of jobs is that of Ajv, for each field and any value", async () => {
    const schema = jobSchema((await loadKernels()).map(({ kernel }) => kernel))
    const validate = ajv.compile(schema)
    const names = Object.keys(schema["properties"] as object)
    const texts = ["", "a", "dtm", "mesh", "model", "webp", "raster.dtm", "cell"]
    const one = fc.oneof(
      fc.constantFrom<unknown>(...texts, 0, 1, 4, 0.5, 500, -1, true, null),
      fc.json().map((text) => JSON.parse(text)),
    )
    const any = fc.oneof(one, fc.array(one, { maxLength: 4 }), fc.dictionary(fc.constantFrom(...texts), one))
    const jobs = fc.dictionary(fc.constantFrom("inputs", "out", ...names, "outt"), any, { maxKeys: 2 })
    let accepted = 0
    fc.assert(
      fc.property(jobs, fc.boolean(), (own, whole) => {
        const job = whole ? { inputs: ["a"], out: "b", ...own } : own
        if (validate(job)) accepted++
        expect(conforms(job, schema)).toBe(validate(job))
      }),
      { numRuns: 2000 },
    )
    expect(accepted).toBeGreaterThan(200)
  })
})
