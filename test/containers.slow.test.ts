/**
 * The image of containers/: built on a Debian 13 made here, then used as a stranger would. Needs
 * root, mmdebstrap, buildah and netavark, and takes mirror and registry from the configuration of
 * apt and npm.
 */
import { execFile } from "node:child_process"
import { chown, cp, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { promisify } from "node:util"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { decodePixels } from "../engine/formats/raster/sheet.js"
import { root } from "./source-tree.js"

const SUITE = "trixie"
const USER = 1000

const run = async (program: string, args: readonly string[]): Promise<string> =>
  (await promisify(execFile)(program, [...args], { cwd: root, maxBuffer: 1 << 28 })).stdout.trim()
/** The same, or nothing where it fails. */
const ask = (program: string, ...args: readonly string[]): Promise<string> => run(program, args).catch(() => "")

/** apt's mirror of Debian 13. */
const mirrorOf = async (): Promise<string | undefined> => {
  const targets = await ask("apt-get", "indextargets", "--format", "$(RELEASE) $(SITE)", "Created-By: Packages")
  return targets
    .split("\n")
    .map((line) => line.split(" "))
    .find(([suite, site]) => suite === SUITE && site?.startsWith("http"))?.[1]
}

const mirror = await mirrorOf()
const tools = await Promise.all(["mmdebstrap", "buildah"].map((name) => ask(name, "--version")))
const able = process.getuid?.() === 0 && mirror !== undefined && !tools.includes("")

let folder = ""
let image = ""
let out = ""
/** Overlay where the file system can hold one: vfs copies the whole system for each layer. */
let driver: "overlay" | "vfs" = "overlay"
const buildah = (...args: readonly string[]): Promise<string> => {
  const storage = ["--root", join(folder, driver), "--runroot", join(folder, "run"), "--storage-driver", driver]
  return run("buildah", [...storage, ...args])
}
/** An empty container, with the driver that works here. */
const fromScratch = async (): Promise<{ base: string; system: string }> => {
  try {
    const base = await buildah("from", "scratch")
    return { base, system: await buildah("mount", base) }
  } catch (cause) {
    if (driver === "vfs") throw cause
    driver = "vfs"
    return fromScratch()
  }
}

/** Gives a Debian the configuration of apt and npm that this machine has, and its npm. */
const configure = async (system: string): Promise<void> => {
  await rm(join(system, "etc/apt/sources.list"), { force: true })
  for (const name of ["sources.list", "sources.list.d", "apt.conf.d", "keyrings", "trusted.gpg.d", "auth.conf.d"]) {
    await cp(`/etc/apt/${name}`, join(system, "etc/apt", name), { recursive: true }).catch(() => undefined)
  }
  // As slim images of Debian have it: nothing is lost when the machine stops; no manuals.
  const unread = ["doc", "man", "locale"].map((name) => `path-exclude /usr/share/${name}/*\n`)
  await writeFile(join(system, "etc/dpkg/dpkg.cfg.d/slim"), `force-unsafe-io\n${unread.join("")}`)
  // Folders of this machine are no source in another system.
  for (const name of await readdir(join(system, "etc/apt/sources.list.d")).catch(() => [])) {
    const path = join(system, "etc/apt/sources.list.d", name)
    if ((await readFile(path, "utf8")).includes("file:")) await rm(path)
  }
  await cp(join(await run("npm", ["root", "--global"]), "npm"), join(system, "usr/lib/node_modules/npm"), {
    recursive: true,
    dereference: true,
  })
  for (const name of ["npm", "npx"])
    await symlink(`../lib/node_modules/npm/bin/${name}-cli.js`, join(system, "usr/bin", name))
  const setting = (name: string): Promise<string> => run("npm", ["config", "get", name])
  const files = await Promise.all(["globalconfig", "userconfig"].map(setting))
  const texts = await Promise.all(files.map((path) => readFile(path, "utf8").catch(() => "")))
  await mkdir(join(system, "usr/etc"), { recursive: true })
  await writeFile(join(system, "usr/etc/npmrc"), [...texts, `registry=${await setting("registry")}`, ""].join("\n"))
  const authorities = await setting("cafile")
  if (authorities !== "null") {
    await mkdir(join(system, dirname(authorities)), { recursive: true })
    await cp(authorities, join(system, authorities), { dereference: true })
  }
}

/**
 * Flags for the machine's own limits: the higher ones that buildah asks for are not to be had
 * everywhere.
 */
const limits = async (): Promise<string[]> => {
  const text = (await readFile("/proc/self/limits", "utf8")).replaceAll("unlimited", "-1")
  const limit = (name: string): string =>
    /^ +(\S+) +(\S+)/
      .exec(text.split(name)[1] ?? "")
      ?.slice(1)
      .join(":") ?? ""
  return ["--ulimit", `nofile=${limit("Max open files")}`, "--ulimit", `nproc=${limit("Max processes")}`]
}

/** Makes Debian with its Node.js, and the image on it; gives a container of the image. */
const build = async (): Promise<string> => {
  const { base, system } = await fromScratch()
  const packages = "nodejs,libnode-dev,ca-certificates"
  await run("mmdebstrap", ["--variant=minbase", `--include=${packages}`, SUITE, system, mirror!])
  await configure(system)
  await buildah("umount", base)
  await buildah("commit", "--quiet", "--rm", base, "base")
  // With what is built of the clone: compiling it again would show nothing, and takes half a
  // minute.
  const ignored = join(folder, "ignored")
  await writeFile(ignored, (await readFile(join(root, ".dockerignore"), "utf8")).replace(/^dist$/m, ""))
  const args = ["--build-arg", "BASE=localhost/base", "--file", "containers/Dockerfile", "--ignorefile", ignored]
  await buildah("build", "--isolation", "chroot", ...(await limits()), ...args, "--tag", "maille", ".")
  return buildah("from", ...(await limits()), "localhost/maille")
}

/** Runs maille in the container, as the image's user. */
const inImage = (...args: readonly string[]): Promise<string> =>
  buildah("run", "--isolation", "chroot", "--volume", `${out}:/out`, image, "--", "maille", ...args)

const filesUnder = async (path: string): Promise<string[]> =>
  (await readdir(path, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))

describe.skipIf(!able)("the image of containers/", () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "maille-image-"))
    out = join(folder, "out")
    await mkdir(out)
    await chown(out, USER, USER)
    image = await build()
  }, 1_800_000)
  afterAll(async () => {
    await buildah("umount", "--all").catch(() => undefined)
    // The driver mounts its own folder, once.
    await ask("umount", "--recursive", join(folder, driver, driver))
    await rm(folder, { recursive: true, force: true })
  })

  it("has the versions of package-lock.json and no compiler", async () => {
    const system = await buildah("mount", image)
    const packages = async (path: string): Promise<[string, { version: string }][]> =>
      Object.entries((JSON.parse(await readFile(path, "utf8")) as { packages: object }).packages)
    const locked = Object.fromEntries(await packages(join(root, "package-lock.json")))
    const installed = await packages(join(system, "opt/maille/node_modules/.package-lock.json"))
    expect(installed.length).toBeGreaterThan(50)
    expect(installed.filter(([path, { version }]) => locked[path]?.version !== version)).toEqual([])
    expect(installed.map(([path]) => path)).not.toContain("node_modules/typescript")
    await expect(stat(join(system, "usr/bin/gcc"))).rejects.toThrow()
  })

  it("makes textures, a map and a GeoPackage as its own user, and writes nothing elsewhere", async () => {
    await inImage("demo", "--out", "/out/demo")
    const contents = (await filesUnder(join(out, "demo/result/tiles"))).filter((path) => path.endsWith(".glb"))
    expect(contents.length).toBeGreaterThan(0)
    const bytes = await Promise.all(contents.map((path) => readFile(path)))
    expect(bytes.some((content) => content.includes("image/jpeg"))).toBe(true)
    expect((await stat(contents[0]!)).uid).toBe(USER)

    await inImage("preview", "/out/demo/result", "--out", "/out/map.png")
    const map = await decodePixels(await readFile(join(out, "map.png")))
    expect(new Set(new Uint32Array(map.data.buffer)).size).toBeGreaterThan(1000)

    const converted = await inImage(
      "convert",
      "/out/demo/result",
      "--to",
      "gpkg",
      "--out",
      "/out/layers.gpkg",
      "--json",
    )
    const layers = JSON.parse(converted).files[0].layers as { name: string; features: number }[]
    expect(layers.find(({ name }) => name === "building")?.features).toBeGreaterThan(0)
    expect((await readFile(join(out, "layers.gpkg"))).toString("latin1", 0, 15)).toBe("SQLite format 3")

    const system = await buildah("mount", image)
    const written = await run("find", [system, "-xdev", "-uid", String(USER), "-not", "-path", `${system}/tmp/*`])
    expect(written).toBe("")
  })
})
