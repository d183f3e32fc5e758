import { mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from "node:fs/promises"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { findInside, joinInside, removeInside } from "../../../../engine/core/files/join-inside.js"

let top: string
let out: string
const socket = createServer()

beforeAll(async () => {
  top = await mkdtemp(join(tmpdir(), "maille-inside-"))
  out = join(top, "out")
  await mkdir(join(out, "tiles"), { recursive: true })
  await mkdir(join(top, "elsewhere"))
  await writeFile(join(top, "elsewhere/precious.txt"), "precious")
  await writeFile(join(top, "precious.txt"), "precious")
  await writeFile(join(out, "tiles/0.glb"), "glb")
  await writeFile(join(out, "run.zip"), "zip")
  await symlink("../precious.txt", join(out, "link.txt"))
  await symlink("tiles/0.glb", join(out, "own.glb"))
  await symlink("../elsewhere", join(out, "folder"))
  await symlink("/dev/zero", join(out, "zero"))
  await symlink("loop", join(out, "loop"))
  await new Promise<void>((resolve) => socket.listen(join(out, "socket"), resolve))
  await symlink("out", join(top, "alias"))
})
afterAll(async () => {
  socket.close()
  await rm(top, { recursive: true, force: true })
})

const leaving = [
  "",
  ".",
  "..",
  "../precious.txt",
  "tiles/../../precious.txt",
  "tiles/..",
  "/etc/passwd",
  "//host/share",
  "a\0b",
  "..\\precious.txt",
  "tiles\\0.glb",
]

describe("joinInside", () => {
  it("joins what stays below the folder, as join does", () => {
    for (const path of ["tiles/0.glb", "...", "..a/b", ".work/x", "a/../b", "packs/run.3tz#12+5", "a:b"])
      expect(joinInside("out", path), path).toBe(join("out", path))
    expect(joinInside("/", "tiles/0.glb")).toBe("/tiles/0.glb")
  })

  it("refuses what leaves, and names the file that holds the path", () => {
    for (const path of leaving)
      expect(() => joinInside(out, path, "journal.jsonl"), JSON.stringify(path)).toThrow(
        expect.objectContaining({ code: "E_FORMAT", context: { file: "journal.jsonl" } }),
      )
    // JSON holds other things than texts where a path is expected.
    for (const path of [undefined, null, 7, {}]) expect(() => joinInside(out, path as string)).toThrow(/the path/)
  })
})

describe("findInside", () => {
  it("finds files, what does not exist, and links that stay inside; the folder itself may be a link", async () => {
    for (const path of ["tiles/0.glb", "tiles", "own.glb", "none/at/all", "run.zip/a/b", "run.zip#1+2", "loop"])
      expect(await findInside(out, path), path).toBe(join(out, path))
    expect(await findInside(join(top, "alias"), "tiles/0.glb")).toBe(join(top, "alias/tiles/0.glb"))
    expect(await findInside(join(top, "none"), "x")).toBe(join(top, "none/x"))
  })

  it("refuses links that lead out, devices and sockets", async () => {
    for (const path of ["link.txt", "folder", "folder/precious.txt", "folder/none", "zero", "socket", ...leaving])
      await expect(findInside(out, path), JSON.stringify(path)).rejects.toMatchObject({ code: "E_FORMAT" })
  })
})

describe("removeInside", () => {
  it("removes a file, or a link and not its target, and nothing behind a link", async () => {
    for (const path of ["tiles/0.glb", "link.txt", "none/at/all"]) await removeInside(out, path)
    await expect(stat(join(out, "tiles/0.glb"))).rejects.toThrow("ENOENT")
    for (const path of ["folder/precious.txt", ...leaving])
      await expect(removeInside(out, path), JSON.stringify(path)).rejects.toMatchObject({ code: "E_FORMAT" })
    for (const path of ["precious.txt", "elsewhere/precious.txt"])
      expect(await readFile(join(top, path), "utf8")).toBe("precious")
  })
})
