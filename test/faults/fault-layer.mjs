/**
 * A layer under the file calls of a run, loaded before it by `--import`, in its engine process and
 * its threads. MAILLE_FAULT_LAYER says what it does, as JSON:
 *
 * - `out`: the calls on files below this folder are counted, each class apart
 * - `counts`: file that gets the counts when the process ends
 * - `trace`: folder that gets what reaches the disk, call by call, for `power-cut.ts`
 * - `fail`: the n-th call of a class fails, and all that follow where it is lasting
 */
import fs from "node:fs"
import { syncBuiltinESMExports } from "node:module"
import { join, resolve, sep } from "node:path"
import timers from "node:timers/promises"
import { getEnvironmentData, isMainThread, setEnvironmentData } from "node:worker_threads"

/** Classes of calls, by their places among the counts. */
const classes = ["write", "sync", "rename", "link", "mkdir", "open", "remove", "allocation"]
const MEGABYTE = 1 << 20

const name = "maille-fault-layer"
const variable = process.env.MAILLE_FAULT_LAYER
const original = { ...fs, promises: { ...fs.promises } }

// The engine that the supervisor starts first, and its threads: none that is started again, and no
// other process.
if (isMainThread && variable !== undefined && process.env.MAILLE_RESTART === "0") begin(JSON.parse(variable))
if (isMainThread && process.env.MAILLE_RESTART !== undefined) delete process.env.MAILLE_FAULT_LAYER

/** Gives all threads the same counts, which are written down when the process ends. */
function begin(asked) {
  const shared = new Int32Array(new SharedArrayBuffer(4 * classes.length))
  process.on("exit", () => {
    const told = Object.fromEntries(classes.map((one, i) => [one, shared[i]]))
    original.writeFileSync(asked.counts, JSON.stringify(told))
  })
  setEnvironmentData(name, { ...asked, shared })
}

const { out = "", trace, fail, shared } = getEnvironmentData(name) ?? {}
const root = resolve(out)
const inside = (path) => typeof path === "string" && `${resolve(path)}${sep}`.startsWith(root + sep)
const relative = (path) => resolve(path).slice(root.length + 1)
const writes = (flags) => (typeof flags === "number" ? (flags & 3) !== 0 : /[wa+]/.test(flags ?? "r"))

const texts = { EIO: "i/o error", ENOSPC: "no space left on device", EMFILE: "too many open files" }
const failure = (call) =>
  Object.assign(new Error(`${fail.code}: ${texts[fail.code]}, ${call}`), { code: fail.code, syscall: call })

/** Counts a call; true where it is to fail. */
const strikes = (one) => {
  const count = Atomics.add(shared, classes.indexOf(one), 1) + 1
  return fail?.class === one && (fail.lasting ? count >= fail.n : count === fail.n)
}
const strike = (one, call) => {
  if (strikes(one)) throw failure(call)
}
/** A write that fails half-way, as on a disk that fills. */
const failWriting = async (data, write) => {
  if (fail.half && (typeof data === "string" || data instanceof Uint8Array))
    await write(data.slice(0, data.length >> 1))
  throw failure("write")
}
/** How much of a single write is taken: the system may take less than it is given, and say so. */
const taken = (length) => {
  if (!strikes("write")) return length
  if (!fail.half || length < 2) throw failure("write")
  return length >> 1
}

let blobs = 0
const thread = `${process.pid}-${process.hrtime.bigint()}`
const note = (line) => {
  if (trace !== undefined) original.appendFileSync(join(trace, "calls.jsonl"), `${JSON.stringify(line)}\n`)
}
/** What a file holds now, by its descriptor or path. */
const noteContent = (file) => {
  if (trace === undefined) return
  const [{ ino }, path] =
    typeof file === "number" ? [original.fstatSync(file), `/proc/self/fd/${file}`] : [original.lstatSync(file), file]
  const blob = `${thread}-${blobs++}`
  original.writeFileSync(join(trace, blob), original.readFileSync(path))
  note({ call: "content", ino, blob })
}
const noteOpen = (fd, path, wasThere) => {
  if (trace === undefined || original.fstatSync(fd).isDirectory()) return
  if (!wasThere) note({ call: "create", path: relative(path), ino: original.fstatSync(fd).ino })
  noteContent(fd)
}

if (shared !== undefined) {
  overPaths(fs.promises)
  overWholeFiles(fs.promises)
  overDescriptors()
  if (fail === undefined || fail.class === "allocation") overMemory()
  // A failure that may pass is tried again: nobody waits here for it to pass.
  const wait = timers.setTimeout
  timers.setTimeout = (ms, ...more) => wait(ms / 50, ...more)
  syncBuiltinESMExports()
}

/** Calls that take paths. */
function overPaths(fsp) {
  const opened = new WeakMap()
  fsp.open = async (path, flags = "r", ...more) => {
    if (!inside(path)) return original.promises.open(path, flags, ...more)
    strike("open", "open")
    const wasThere = original.existsSync(path)
    const handle = await original.promises.open(path, flags, ...more)
    opened.set(handle, path)
    overHandles(Object.getPrototypeOf(handle), opened)
    if (writes(flags)) noteOpen(handle.fd, path, wasThere)
    return handle
  }
  const wrap = (method, one, before, after) => {
    fsp[method] = async (...args) => {
      if (!args.slice(0, 2).some(inside)) return original.promises[method](...args)
      strike(one, method)
      const known = before(...args)
      const result = await original.promises[method](...args)
      after(known, ...args)
      return result
    }
  }
  for (const call of ["rename", "link"])
    wrap(
      call,
      call,
      () => undefined,
      (_, from, to) => note({ call, from: relative(from), to: relative(to) }),
    )
  wrap("mkdir", "mkdir", missingFolders, (missing) => {
    for (const folder of missing) note({ call: "mkdir", path: relative(folder) })
  })
  for (const method of ["rm", "rmdir", "unlink"])
    wrap(method, "remove", original.existsSync, (was, path) => {
      if (was && !original.existsSync(path)) note({ call: "remove", path: relative(path) })
    })
  wrap(
    "truncate",
    "write",
    () => undefined,
    (_, path) => noteContent(path),
  )
}

/** The folders that are made with this one, from above. */
function missingFolders(path) {
  const folders = []
  for (let at = resolve(path); at.length > root.length; at = resolve(at, "..")) folders.unshift(at)
  return folders.filter((folder) => !original.existsSync(folder))
}

/** Calls that open a file, write all of it and close it. */
function overWholeFiles(fsp) {
  for (const method of ["writeFile", "appendFile"]) {
    const whole = original.promises[method]
    fsp[method] = async (path, data, ...more) => {
      if (!inside(path)) return whole(path, data, ...more)
      strike("open", "open")
      const wasThere = original.existsSync(path)
      if (strikes("write")) await failWriting(data, (half) => whole(path, half, ...more))
      await whole(path, data, ...more)
      if (!wasThere) note({ call: "create", path: relative(path), ino: original.lstatSync(path).ino })
      noteContent(path)
    }
  }
}

/** Methods of all file handles, for those that were opened here. */
function overHandles(prototype, opened) {
  if (Object.hasOwn(prototype, Symbol.for(name))) return
  prototype[Symbol.for(name)] = true
  const over = (method, change) => {
    const whole = prototype[method]
    prototype[method] = function (...args) {
      const call = (...changed) => whole.apply(this, changed)
      return opened.has(this) ? change(this, call, args) : call(...args)
    }
  }
  for (const method of ["writeFile", "appendFile"])
    over(method, async ({ fd }, call, [data, ...more]) => {
      if (strikes("write")) await failWriting(data, (half) => call(half, ...more))
      await call(data, ...more)
      noteContent(fd)
    })
  over("write", async ({ fd }, call, [bytes, offset = 0, length = bytes.length - offset, ...more]) => {
    const written = await call(bytes, offset, taken(length), ...more)
    noteContent(fd)
    return written
  })
  for (const method of ["writev", "truncate"])
    over(method, async ({ fd }, call, args) => {
      strike("write", method)
      const result = await call(...args)
      noteContent(fd)
      return result
    })
  for (const method of ["sync", "datasync"])
    over(method, async (handle, call) => {
      strike("sync", "fsync")
      await call()
      if (trace === undefined) return
      const found = original.fstatSync(handle.fd)
      const path = relative(opened.get(handle))
      note(found.isDirectory() ? { call: "sync-folder", path } : { call: "sync", ino: found.ino })
    })
}

/** The synchronous calls on descriptors. */
function overDescriptors() {
  const descriptors = new Set()
  fs.openSync = (path, flags = "r", ...more) => {
    if (!inside(path)) return original.openSync(path, flags, ...more)
    strike("open", "open")
    const wasThere = original.existsSync(path)
    const fd = original.openSync(path, flags, ...more)
    descriptors.add(fd)
    if (writes(flags)) noteOpen(fd, path, wasThere)
    return fd
  }
  fs.closeSync = (fd) => {
    descriptors.delete(fd)
    original.closeSync(fd)
  }
  fs.writeSync = (fd, bytes, offset = 0, length = bytes.length - offset, ...more) => {
    if (!descriptors.has(fd)) return original.writeSync(fd, bytes, offset, length, ...more)
    const written = original.writeSync(fd, bytes, offset, taken(length), ...more)
    noteContent(fd)
    return written
  }
}

/** Buffers of a megabyte and more, and memory of WebAssembly. */
function overMemory() {
  const over = (holder, one, bytesOf, text) => {
    holder[one] = new Proxy(holder[one], {
      construct: (target, args, made) => {
        if (bytesOf(target, args) >= MEGABYTE && strikes("allocation")) throw new RangeError(text)
        return Reflect.construct(target, args, made === holder[one] ? target : made)
      },
    })
  }
  const length = ([first]) => (typeof first === "number" ? first : 0)
  const refused = "Array buffer allocation failed"
  for (const one of ["ArrayBuffer", "SharedArrayBuffer"]) over(globalThis, one, (_, args) => length(args), refused)
  const kinds = [
    "Uint8",
    "Uint8Clamped",
    "Int8",
    "Uint16",
    "Int16",
    "Uint32",
    "Int32",
    "Float32",
    "Float64",
    "BigInt64",
  ]
  for (const one of [...kinds, "BigUint64"])
    over(globalThis, `${one}Array`, (target, args) => target.BYTES_PER_ELEMENT * length(args), refused)
  over(WebAssembly, "Memory", () => MEGABYTE, "WebAssembly.Memory(): could not allocate memory")
  const module = "WebAssembly.Instance(): Out of memory: Cannot allocate Wasm memory for new instance"
  over(WebAssembly, "Instance", () => MEGABYTE, module)
  const { grow } = WebAssembly.Memory.prototype
  WebAssembly.Memory.prototype.grow = function (pages) {
    if (strikes("allocation")) throw new RangeError("WebAssembly.Memory.grow(): Unable to grow instance memory")
    return grow.call(this, pages)
  }
}
