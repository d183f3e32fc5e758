/** The scripts of `maille completion`, run by their shells. */
import { execFileSync, spawnSync } from "node:child_process"
import { beforeAll, describe, expect, it } from "vitest"
import { maille } from "./maille.js"

const scripts: Record<string, string> = {}
beforeAll(async () => {
  for (const shell of ["bash", "zsh", "fish"]) scripts[shell] = (await maille("completion", shell)).stdout
})

/** What bash offers at the end of a line. */
const complete = (line: string): string[] => {
  // Bash splits words at "=" too.
  const words = line.split(/ |(?<==)|(?==)/)
  const program = `${scripts["bash"]}
compopt() { :; }
COMP_WORDS=(${words.map((word) => `'${word}'`).join(" ")}); COMP_CWORD=${words.length - 1}
_maille; printf '%s\\n' "\${COMPREPLY[@]}"`
  return execFileSync("bash", ["-c", program], { encoding: "utf8", cwd: import.meta.dirname })
    .split("\n")
    .filter(Boolean)
}

describe("maille completion bash", () => {
  it.each([
    ["maille ru", ["run"]],
    ["maille submit sl", ["slurm"]],
    ["maille run --prod", ["--products"]],
    ["maille run x.laz --products d", ["dtm", "dsm", "dhm"]],
    ["maille run x.laz --products dtm,ve", ["dtm,vector"]],
    ["maille plan --layers bui", ["building"]],
    ["maille convert out --to=gp", ["gpkg"]],
    ["maille kernels raster.ds", ["raster.dsm", "raster.dsm-file"]],
    ["maille run --set raster.dtm.ce", ["raster.dtm.cell="]],
    ["maille --lang fr completion fi", ["fish"]],
    ["maille hash --help --l", ["--list", "--lang"]],
    // File names elsewhere.
    ["maille run completion.te", ["completion.test.ts"]],
    ["maille run --job completion.te", ["completion.test.ts"]],
  ])("completes %s", (line, found) => expect(complete(line)).toEqual(found))
})

describe.each(["zsh", "fish"])("maille completion %s", (shell) => {
  it.skipIf(spawnSync(shell, ["--version"]).error !== undefined)("is a script of that shell", () => {
    expect(spawnSync(shell, ["-n"], { input: scripts[shell], encoding: "utf8" })).toMatchObject({
      status: 0,
      stderr: "",
    })
  })

  it("names commands, options and words", () => {
    for (const text of ["slurm", "tile-size", "dtm", "raster.dtm"]) expect(scripts[shell]).toContain(text)
  })
})
