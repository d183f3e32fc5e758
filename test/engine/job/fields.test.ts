/**
 * Each job field is declared once: what derives from the rows is theirs, and nothing declares a
 * field beside them.
 */
import { readFileSync, writeFileSync } from "node:fs"
import { Command, Option } from "commander"
import ts from "typescript"
import { afterAll, beforeAll, describe, expect, expectTypeOf, it } from "vitest"
import { addJobFlags } from "../../../cli/job-flags.js"
import { fieldGroups, type JobField } from "../../../engine/job/field-kinds.js"
import { type FieldName, flagOf, listFields } from "../../../engine/job/fields.js"
import { type Job, type JobInput, resolveJob } from "../../../engine/job/job.js"
import { jobSchema } from "../../../engine/job/job-schema.js"
import { declareKernels } from "../../../engine/job/kernels/declare-kernels.js"
import type { Text } from "../../../engine/kernel.js"
import { planJob } from "../../../engine/plan/plan.js"
import { makeToyJob, type ToyJob } from "../../scenes/toy-job.js"
import { projectFiles, root } from "../../source-tree.js"

const kernels = (await declareKernels()).map(({ kernel }) => kernel)
const rows = listFields(kernels)
const names = rows.map(([name]) => name)

/** Flags of `run` and `plan` that describe a job and are no fields of it. */
const commandFlags = ["--job", "--trust-kernels", "--trust-vrt", "--set"]

describe("the rows of job fields", () => {
  it("have a text in English and in French, one line each, and no two rows one flag", () => {
    for (const [name, { help, more, fallback, flag }] of rows) {
      for (const text of [help, ...(more ? [more] : []), ...(fallback ? [fallback] : [])])
        for (const words of [text.en, text.fr]) expect(words, name).toMatch(/^\S.*[^\s.]$/)
      expect(help.en, name).not.toBe(help.fr)
      if (flag !== undefined) expect(flag, name).toMatch(/^(-[a-z], )?--[a-z]+(-[a-z]+)*( [<[]\S+[>\]])?$/)
    }
    const flags = rows.flatMap(([, { flag }]) => (flag === undefined ? [] : new Option(flag).long))
    expect(new Set(flags).size).toBe(flags.length)
  })

  it("pair each readable form with its field", () => {
    for (const [name, { formOf }] of rows) if (formOf) expect(names, name).toContain(formOf)
    expect([flagOf("memoryBytes"), flagOf("epsg"), flagOf("inputs"), flagOf("out")]).toEqual([
      ...["--memory", "--crs", "inputs", "--out"],
    ])
  })

  it("are the properties of the schema", () => {
    const { properties, required } = jobSchema(kernels, [])
    expect(Object.keys(properties as object)).toEqual(["$schema", ...names])
    expect(required).toEqual(["inputs", "out"])
  })

  it("are the flags of a command that takes a job", () => {
    const command = new Command()
    addJobFlags(
      command,
      kernels.map((kernel) => ({ ...kernel, options: {} })),
    )
    const flags = rows.flatMap(([, { flag }]) => (flag === undefined ? [] : new Option(flag).long))
    expect(command.options.map((option) => option.long).sort()).toEqual([...flags, ...commandFlags].sort())
  })

  it("give the types of a job", () => {
    expectTypeOf<Job["textureFormat"]>().toEqualTypeOf<"jpeg" | "webp" | "ktx2-etc1s" | "ktx2-uastc">()
    expectTypeOf<Job["colours"]>().toEqualTypeOf<"none" | undefined>()
    expectTypeOf<Job["pack"]>().toEqualTypeOf<true | undefined>()
    expectTypeOf<Job["workers"]>().toEqualTypeOf<number>()
    expectTypeOf<Job>().not.toHaveProperty("memory")
    expectTypeOf<JobInput["memory"]>().toEqualTypeOf<string | number | undefined>()
    expectTypeOf<{ inputs: string[]; out: string }>().toExtend<JobInput>()
    expectTypeOf<{ out: string }>().not.toExtend<JobInput>()
  })
})

describe("a field", () => {
  /** Another value than that of the job below, for each field whose content does not decide. */
  const others: Partial<Record<FieldName, unknown>> = {
    out: "elsewhere",
    allowMissing: ["inputs"],
    sourceNames: true,
    vectorFormats: ["geojson"],
    vectorSchema: "bdtopo",
    maxTriangles: 1000,
    textureFormat: "webp",
    meshCompression: "none",
    workers: 3,
    memory: "3G",
    memoryBytes: 3e9,
    taskTimeout: 5,
    heights: "ellipsoidal",
    prefer: "2025",
    newColours: true,
    pack: true,
    force: true,
  }
  let toy: ToyJob
  let inputs: string[] = []
  beforeAll(async () => {
    toy = await makeToyJob()
    inputs = await toy.sources("plain")
  })
  afterAll(() => toy.remove())

  const hashOf = async (more: object): Promise<string> => {
    const { kernels, folder } = toy
    const products = ["dsm", "vector"]
    const job = await resolveJob({ inputs, out: `${folder}/out`, tileSize: 100, products, kernels, ...more })
    return (await planJob(job)).hash
  }

  it("changes the hashes of tasks as its row says", async () => {
    const usual = await hashOf({})
    // An area only chooses among the tasks.
    const chosen: readonly string[] = ["aoi", "bbox"]
    for (const [name, field] of rows) {
      if (field.hash === "content" || field.written || chosen.includes(name)) continue
      expect(others, name).toHaveProperty(name)
      const changed = await hashOf({ [name]: others[name as FieldName] })
      if (field.hash === "none") expect(changed, name).toBe(usual)
      else expect(changed, name).not.toBe(usual)
      // What is stated as it is by default is the same job.
      if (typeof field.default === "string" || typeof field.default === "number")
        expect(await hashOf({ [name]: field.default }), name).toBe(usual)
    }
  })
})

describe("no second declaration", () => {
  const known = new Set<string>(names)
  const flags = new Set(rows.flatMap(([, { flag }]) => flag?.match(/-[-a-z]+/g) ?? []))
  /** Files of a job and of the commands that take one; other commands have flags of their own. */
  const files = projectFiles().filter(
    (path) =>
      /^(engine\/job\/|cli\/|cli\/commands\/(run|plan|update)\.)[^/]*ts$/.test(path) && !/\/fields\.ts$/.test(path),
  )

  /** Names of fields that a node lists as texts, as keys of a table, or with types of their own. */
  const listed = (node: ts.Node, tree: ts.SourceFile): string[] => {
    const keys = (all: readonly ts.NamedDeclaration[]): string[] => all.map(({ name }) => name?.getText(tree) ?? "")
    if (ts.isStringLiteral(node)) return node.text.includes(" ") ? node.text.split(" ") : []
    if (ts.isArrayLiteralExpression(node)) return node.elements.flatMap((e) => (ts.isStringLiteral(e) ? e.text : []))
    if (ts.isInterfaceDeclaration(node) || ts.isTypeLiteralNode(node))
      return keys(node.members.filter(ts.isPropertySignature))
    if (!ts.isObjectLiteralExpression(node)) return []
    return keys(
      node.properties.filter((p) => ts.isPropertyAssignment(p) && ts.isObjectLiteralExpression(p.initializer)),
    )
  }

  it("of more than four fields in one list or type, or of a field's flag", () => {
    expect(files.length).toBeGreaterThan(30)
    const faults: string[] = []
    for (const path of files) {
      const tree = ts.createSourceFile(path, readFileSync(root + path, "utf8"), ts.ScriptTarget.ES2023, true)
      const visit = (node: ts.Node): void => {
        const own = listed(node, tree).filter((name) => known.has(name))
        if (own.length > 4) faults.push(`${path} lists ${own.join(", ")}`)
        const isFlag = (ts.isCallExpression(node) || ts.isNewExpression(node)) && node.arguments?.[0]
        if (isFlag && ts.isStringLiteral(isFlag) && /^--\S+( [<[]|$)/.test(isFlag.text))
          if (/option$/i.test(node.expression.getText(tree)) && flags.has(isFlag.text.split(" ")[0]!))
            faults.push(`${path} declares ${isFlag.text}`)
        ts.forEachChild(node, visit)
      }
      visit(tree)
    }
    expect(faults).toEqual([])
  })
})

describe("docs/reference/job", () => {
  type Language = keyof Text
  const words = {
    en: {
      title: "# Fields of a job",
      about:
        "What `maille run` and `maille plan` take as flags, and job files as fields. Made by\n`UPDATE_GOLDEN=1 npx vitest run test/engine/job/fields.test.ts`.",
      head: "| field | flag | default | meaning |",
    },
    fr: {
      title: "# Champs d’un traitement",
      about:
        "Ce que `maille run` et `maille plan` acceptent comme options, et les fichiers de traitement comme champs. Page produite par\n`UPDATE_GOLDEN=1 npx vitest run test/engine/job/fields.test.ts`.",
      head: "| champ | option | défaut | sens |",
    },
  } as const

  const defaultText = ({ default: usual, fallback }: JobField, language: Language): string => {
    if (fallback) return fallback[language]
    return typeof usual === "string" || typeof usual === "number" ? `\`${usual}\`` : ""
  }

  const row = (name: string, field: JobField, language: Language): string => {
    const { help, more, names: some, choices = some, flag } = field
    const among = choices ? ` (${choices.map((one) => `\`${one}\``).join(", ")})` : ""
    const details = more ? `${language === "fr" ? " ;" : ";"} ${more[language]}` : ""
    const text = `${help[language][0]?.toUpperCase()}${help[language].slice(1)}${among}${details}`
    const shown = flag === undefined ? "" : `\`${flag.replaceAll("|", "\\|")}\``
    return `| \`${name}\` | ${shown} | ${defaultText(field, language)} | ${text} |`
  }

  const page = (language: Language): string => {
    const { title, about, head } = words[language]
    const groups = Object.entries(fieldGroups).map(([group, heading]) => {
      const own = rows.filter(([, field]) => field.group === group)
      return [
        `## ${heading[language]}`,
        "",
        head,
        "|---|---|---|---|",
        ...own.map(([name, field]) => row(name, field, language)),
      ].join("\n")
    })
    return `${[title, about, ...groups].join("\n\n")}\n`
  }

  it.each([
    ["en", "docs/reference/job.md"],
    ["fr", "docs/reference/fr/job.md"],
  ] as const)("shows the rows (%s)", (language, path) => {
    if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(root + path, page(language))
    else expect(readFileSync(root + path, "utf8")).toBe(page(language))
  })
})
