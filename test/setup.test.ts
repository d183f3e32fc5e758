/** What setup.mjs installs on the system: only what it was allowed to. */
import { spawnSync } from "node:child_process"
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import { root } from "./source-tree.js"

const folder = mkdtempSync(join(tmpdir(), "maille-setup-"))
afterAll(() => rmSync(folder, { recursive: true }))
const log = join(folder, "apt-get.log")
const write = (path: string, text: string): void => {
  mkdirSync(join(folder, path, ".."), { recursive: true })
  writeFileSync(join(folder, path), text)
}
// A clone whose packages are there, but for the binary of gdal-async, on a system without GDAL.
cpSync(join(root, "setup.mjs"), join(folder, "setup.mjs"))
write("package-lock.json", "{}")
write("node_modules/.package-lock.json", "{}")
write("node_modules/gdal-async/index.js", "throw new Error('no binary')")
write("node_modules/gdal-async/node_modules/@mapbox/node-pre-gyp/bin/node-pre-gyp", "process.exit(1)")
write("bin/apt-get", `#!/bin/sh\nif [ "$1" != --version ]; then echo "$@" >>'${log}'; fi\n`)
chmodSync(join(folder, "bin/apt-get"), 0o755)

/**
 * Runs setup without a terminal, or on one where `typed` is answered; gives what it said and what
 * apt-get was called with.
 */
const setup = (args: readonly string[], env: NodeJS.ProcessEnv = {}, typed?: string): { said: string; apt: string } => {
  rmSync(log, { force: true })
  const command = [process.execPath, join(folder, "setup.mjs"), "--gdal", ...args]
  const [program, ...rest] =
    typed === undefined
      ? command
      : ["/usr/bin/script", "-qec", command.map((word) => `'${word}'`).join(" "), "/dev/null"]
  const { status, stdout, stderr } = spawnSync(program!, rest, {
    cwd: folder,
    env: { PATH: join(folder, "bin"), ...env },
    input: typed ?? "",
    encoding: "utf8",
  })
  expect(status, stderr).toBe(0)
  return { said: stdout, apt: existsSync(log) ? readFileSync(log, "utf8") : "" }
}

describe("setup.mjs", () => {
  it("installs nothing where it cannot ask, says what to run, and goes on", () => {
    const { said, apt } = setup([])
    expect(apt).toBe("")
    expect(said).toContain("apt-get install libgdal-dev g++ make python3")
    expect(said).toContain("going on without gdal-async")
  })

  const isRoot = process.getuid?.() === 0
  it.skipIf(!isRoot)("installs with --yes and in CI", () => {
    expect(setup(["--yes"]).apt).toMatch(/^install .*libgdal-dev/)
    expect(setup([], { CI: "true" }).apt).toMatch(/^install .*libgdal-dev/)
    expect(setup([], { CI: "false" }).apt).toBe("")
  })

  it.skipIf(!isRoot || !existsSync("/usr/bin/script"))("asks on a terminal", () => {
    const declined = setup([], {}, "\n")
    expect(declined.said).toContain("install libgdal-dev, g++, make, python3 with apt-get, to build gdal-async")
    expect(declined.apt).toBe("")
    expect(setup([], {}, "y\n").apt).toMatch(/^install .*libgdal-dev/)
  })
})
