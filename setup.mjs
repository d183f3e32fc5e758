/**
 * Installs what a clone needs, without dependencies of its own: `node setup.mjs [--gdal |
 * --without-gdal | --from-source] [--yes]`.
 *
 * Run before the demonstration and the tests; when nothing is missing it ends at once. Steps:
 * 1. Node.js is recent enough.
 * 2. `npm ci --ignore-scripts`, when node_modules does not match package-lock.json.
 * 3. gdal-async, which is optional: its prebuilt binary if that can be downloaded, else a build
 *    against the system's GDAL, else none. It never compiles GDAL itself, which takes an hour:
 *    that is why step 2 ignores install scripts and this file calls gdal-async's own installer.
 *
 * On Debian as root it offers to install libgdal-dev with apt-get. `--yes` and CI=true accept;
 * without a terminal to ask on, nothing is installed. `--without-gdal` (or MAILLE_WITHOUT_GDAL=1)
 * leaves gdal-async out; `--gdal` tries again; `--from-source` builds it also where there is a
 * prebuilt binary, and fails where it cannot.
 */
import { spawnSync } from "node:child_process"
import { existsSync, readFileSync, readSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

const MINIMUM_NODE = [20, 19]
const DOWNLOAD_SECONDS = 120
// Against a build that hangs; a loaded machine takes ten times longer than a quiet one.
const BUILD_SECONDS = 3600
const root = dirname(fileURLToPath(import.meta.url))
const modules = join(root, "node_modules")
const gdalFolder = join(modules, "gdal-async")
// Where nothing finds it: it need not be fetched again when it is wanted after all.
const gdalLeftOut = join(modules, ".gdal-async-left-out")
const stampFile = join(modules, ".maille-setup.json")

const say = (line) => console.log(`setup: ${line}`)
const fromSource = process.argv.includes("--from-source")
const fail = (line) => {
  console.error(`setup: ${line}`)
  process.exit(1)
}

/**
 * Runs a program; true when it ended well. Else its last words are shown, or with `brief` the
 * reason it gives. `show`: all of it, as it comes.
 */
const run = (program, args, { env = {}, seconds, show = false, brief = false, cwd = root } = {}) => {
  const result = spawnSync(program, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ["ignore", show ? "inherit" : "pipe", show ? "inherit" : "pipe"],
    timeout: seconds === undefined ? undefined : seconds * 1000,
    killSignal: "SIGKILL",
    maxBuffer: 1 << 28,
  })
  if (result.status === 0) return true
  const words = String(result.stderr ?? "").trim()
  if (brief) say(/reason: .*|Error: .*/.exec(words)?.[0] ?? `no answer within ${seconds} s`)
  else if (!show) console.error(words.split("\n").slice(-25).join("\n"))
  return false
}
const isSet = (variable) => /^(1|true|yes)$/i.test(process.env[variable] ?? "")
const has = (program, ...args) => spawnSync(program, args, { stdio: "ignore" }).status === 0

const checkNode = () => {
  const [major, minor] = process.versions.node.split(".").map(Number)
  if (major > MINIMUM_NODE[0] || (major === MINIMUM_NODE[0] && minor >= MINIMUM_NODE[1])) return
  fail(`Node.js ${process.versions.node} found, ${MINIMUM_NODE.join(".")} or later needed: https://nodejs.org`)
}

const installPackages = () => {
  say("installing the packages of package-lock.json (npm ci) …")
  // npm's own entry file when npm started us: the same npm, and no shell is needed on any system.
  const entry = process.env.npm_execpath
  const command = entry?.endsWith(".js") ? [process.execPath, entry] : ["npm"]
  const args = ["ci", "--ignore-scripts", "--include=dev", "--include=optional", "--no-audit", "--no-fund"]
  if (!run(command[0], [...command.slice(1), ...args], { show: true }))
    fail("npm ci failed; its messages above say why")
}

const gdalLoads = () => has(process.execPath, "-e", `require(${JSON.stringify(gdalFolder)})`)

const preGyp = (args, options) => {
  const tool = join(gdalFolder, "node_modules", "@mapbox", "node-pre-gyp", "bin", "node-pre-gyp")
  return run(process.execPath, [tool, ...args], { cwd: gdalFolder, ...options })
}

/**
 * Tells node-gyp to take the headers that came with this Node.js, where there are any, instead of
 * downloading them.
 */
const nodeHeaders = () => {
  const prefix = dirname(dirname(process.execPath))
  const here = process.env.npm_config_nodedir === undefined && existsSync(join(prefix, "include", "node", "node.h"))
  return here ? { npm_config_nodedir: prefix } : {}
}

/**
 * Merges the sources of gdal-async into four files, which include them: most of the time of a
 * compilation is that of the headers. A list of sources of another form stays as it is.
 */
const mergeSources = () => {
  const recipe = join(gdalFolder, "binding.gyp")
  const text = readFileSync(recipe, "utf8")
  const [list, names = ""] = /"sources_node_gdal": \[([^\]]*)\]/.exec(text) ?? []
  const sources = [...names.matchAll(/"src\/([^"]+\.cpp)"/g)].map(([, path]) => path)
  if (list === undefined || sources.length < 10) return
  const merged = [0, 1, 2, 3].map((part) => {
    const lines = sources.filter((_, i) => i % 4 === part).map((path) => `#include "${path}"\n`)
    writeFileSync(join(gdalFolder, "src", `merged-${part}.cpp`), lines.join(""))
    return `"src/merged-${part}.cpp"`
  })
  writeFileSync(
    recipe,
    text.replace(list, () => `"sources_node_gdal": [${merged.join(", ")}]`),
  )
}

/**
 * True when system packages may be installed: by `--yes`, in CI, or by an answer on the terminal.
 */
const mayInstall = (packages) => {
  if (process.argv.includes("--yes") || isSet("CI")) return true
  if (!process.stdin.isTTY || !process.stdout.isTTY) return false
  process.stdout.write(`setup: install ${packages} with apt-get, to build gdal-async (optional)? [y/N] `)
  const answer = Buffer.alloc(64)
  return /^y/i.test(answer.toString("utf8", 0, readSync(0, answer)))
}

/**
 * True when everything to build against the system's GDAL is there, installed with apt-get where
 * that is allowed.
 */
const prepareBuild = () => {
  const missing = () => !has("gdal-config", "--version") || !has("g++", "--version") || !has("make", "--version")
  if (!missing()) return true
  const packages = ["libgdal-dev", "g++", "make", "python3"]
  const isRoot = process.getuid?.() === 0
  if (isRoot && has("apt-get", "--version") && mayInstall(packages.join(", "))) {
    say(`installing ${packages.join(", ")} with apt-get …`)
    const env = { DEBIAN_FRONTEND: "noninteractive" }
    const install = ["install", "-y", "-qq", "--no-install-recommends", ...packages]
    if (!run("apt-get", install, { env })) {
      run("apt-get", ["update", "-qq"], { env })
      run("apt-get", install, { env })
    }
    if (!missing()) return true
  }
  say(`no system GDAL to build against. On Debian: apt-get install ${packages.join(" ")}`)
  return false
}

/** Gives how gdal-async was installed: "there already", "prebuilt", "built" or "none". */
const installGdal = () => {
  if (gdalLoads()) return "there already"
  if (!fromSource) {
    say("gdal-async: trying its prebuilt binary …")
    if (preGyp(["install"], { seconds: DOWNLOAD_SECONDS, brief: true }) && gdalLoads()) return "prebuilt"
    say("gdal-async: no prebuilt binary can be had")
  }
  say("gdal-async: building it against the system's GDAL (a minute or two) …")
  if (!prepareBuild()) return "none"
  // Only what stands between GDAL's library and JavaScript is compiled: a quarter of the time less,
  // for code in which nothing is computed.
  const flags = `${process.env.CXXFLAGS ?? ""} -O1`.trim()
  mergeSources()
  const env = { npm_config_shared_gdal: "true", CXXFLAGS: flags, ...nodeHeaders() }
  if (preGyp(["install", "--build-from-source", "-j", "max"], { env, seconds: BUILD_SECONDS }) && gdalLoads())
    return "built"
  return "none"
}

const readJson = (path) => {
  try {
    return JSON.parse(readFileSync(path, "utf8"))
  } catch {
    return {}
  }
}

/**
 * True when npm's own record of node_modules holds every package of package-lock.json in its
 * version; optional ones may be absent.
 */
const packagesMatch = () => {
  const wanted = readJson(join(root, "package-lock.json")).packages ?? {}
  const installed = readJson(join(modules, ".package-lock.json")).packages ?? {}
  return Object.entries(wanted).every(([path, { version, optional }]) => {
    if (path === "") return true
    const found = installed[path]?.version
    return found === version || (found === undefined && optional === true)
  })
}

checkNode()
const withoutGdal = process.argv.includes("--without-gdal") || isSet("MAILLE_WITHOUT_GDAL")
const retry = process.argv.includes("--gdal")
const abi = process.versions.modules
const before = readJson(stampFile)
if (!withoutGdal && !existsSync(gdalFolder) && existsSync(gdalLeftOut)) renameSync(gdalLeftOut, gdalFolder)
const gdalUnsettled = before.gdal === undefined || before.gdal === "left out" || before.abi !== abi || retry
const packagesMissing = !packagesMatch() || (!withoutGdal && gdalUnsettled && !existsSync(gdalFolder))
const gdalWanted = !withoutGdal && (gdalUnsettled || packagesMissing)

if (packagesMissing || gdalWanted) {
  let gdal = before.gdal
  if (packagesMissing) installPackages()
  if (gdalWanted) {
    gdal = installGdal()
    if (gdal === "none" && fromSource) fail("gdal-async was not built; the messages above say why")
    if (gdal === "none") {
      say("going on without gdal-async, which VRT, JPEG 2000 and Shapefile need. To try again: node setup.mjs --gdal")
    } else say(`gdal-async is ready (${gdal})`)
  } else {
    rmSync(gdalLeftOut, { recursive: true, force: true })
    if (existsSync(gdalFolder)) renameSync(gdalFolder, gdalLeftOut)
    gdal = "left out"
    say("gdal-async is left out, as asked")
  }
  writeFileSync(stampFile, JSON.stringify({ abi, gdal }))
  say("done")
}
