/** Opens SQLite files with the SQLite project's own WebAssembly build. */
import { closeSync, fstatSync, ftruncateSync, openSync, readSync, statSync, writeSync } from "node:fs"
import type { Database, Sqlite3Static, WasmPointer } from "@sqlite.org/sqlite-wasm"
import { EngineError } from "../../errors.js"

/** A file for SQLite, by the name under which SQLite knows it. */
interface OpenFile {
  readonly path: string
  readonly mode: "read" | "create"
  /** -1 until SQLite opens it. */
  descriptor: number
  /** What the system said when reading or writing failed. */
  failure?: Error
}

/** An open database. `close` must be called, also after an error. */
export interface SqliteFile {
  readonly database: Database
  /** What the system said when reading or writing failed. */
  readonly failure: Error | undefined
  close(): void
}

/** The files that are open in this thread; SQLite can open no other. */
const files = new Map<string, OpenFile>()
let opened = 0
let loading: Promise<Sqlite3Static> | undefined

/**
 * Opens a database for reading, or creates one; an existing file is replaced. SQLite opens this
 * file only: no journal, lock or other database. While a file is read, nobody may change it.
 *
 * @throws EngineError E_INPUT if there is no such file, or another program has it open and has not
 *   written everything into it
 */
export const openSqlite = async (path: string, mode: OpenFile["mode"]): Promise<SqliteFile> => {
  if (mode === "read") checkAtRest(path)
  loading ??= load()
  const sqlite = await loading
  const name = `/${opened++}`
  const file: OpenFile = { path, mode, descriptor: -1 }
  files.set(name, file)
  const forget = (): void => {
    files.delete(name)
    if (file.descriptor >= 0) closeSync(file.descriptor)
    file.descriptor = -1
  }
  try {
    const database = new sqlite.oo1.DB({ filename: name, flags: mode === "read" ? "r" : "c", vfs: VFS })
    return {
      database,
      get failure() {
        return file.failure
      },
      close: () => {
        database.close()
        forget()
      },
    }
  } catch (cause) {
    forget()
    throw file.failure ?? cause
  }
}

/** Refuses a file whose last changes are in a journal beside it. */
const checkAtRest = (path: string): void => {
  if (statSync(path, { throwIfNoEntry: false }) === undefined)
    throw new EngineError("E_INPUT", `${path}: no such file. Check the path.`, { file: path })
  for (const journal of [`${path}-wal`, `${path}-journal`]) {
    if ((statSync(journal, { throwIfNoEntry: false })?.size ?? 0) === 0) continue
    const text = `${path}: another program has it open (${journal}). Close it there, then run again.`
    throw new EngineError("E_INPUT", text, { file: path })
  }
}

const VFS = "maille"

const load = async (): Promise<Sqlite3Static> => {
  const { default: init } = await import("@sqlite.org/sqlite-wasm")
  const sqlite = await init()
  // It prints what it also throws.
  Object.assign((sqlite as unknown as { config: object }).config, { error: () => undefined, warn: () => undefined })
  install(sqlite)
  return sqlite
}

/** The structures of SQLite's C interface; the package's types lack a part of their fields. */
interface Struct {
  readonly pointer: WasmPointer
  dispose(): void
  [field: string]: unknown
}
type StructClass = (new (pointer?: WasmPointer) => Struct) & { readonly structInfo: { readonly sizeof: number } }

/** Registers the file system: Node.js's, restricted to {@link files}. */
const install = (sqlite: Sqlite3Static): void => {
  const { capi, wasm } = sqlite
  const classes = capi as unknown as Readonly<
    Record<"sqlite3_file" | "sqlite3_io_methods" | "sqlite3_vfs", StructClass>
  >
  const io = new classes.sqlite3_io_methods()
  const vfs = new classes.sqlite3_vfs()
  const byPointer = new Map<WasmPointer, { readonly file: OpenFile; readonly struct: Struct }>()
  const memory = (at: WasmPointer, length: number): Uint8Array => wasm.heap8u().subarray(at, at + length)
  const attempt = (pointer: WasmPointer, fault: number, call: (file: OpenFile) => number): number => {
    const file = byPointer.get(pointer)?.file
    if (file === undefined) return fault
    try {
      return call(file)
    } catch (error) {
      file.failure = error as Error
      return (error as NodeJS.ErrnoException).code === "ENOSPC" ? capi.SQLITE_FULL : fault
    }
  }
  const done = (): number => 0
  io["$iVersion"] = 1
  const ioMethods = {
    xClose: (pointer: WasmPointer) => {
      const { file, struct } = byPointer.get(pointer) ?? {}
      byPointer.delete(pointer)
      struct?.dispose()
      if (file !== undefined && file.descriptor >= 0) closeSync(file.descriptor)
      if (file !== undefined) file.descriptor = -1
      return 0
    },
    xRead: (pointer: WasmPointer, to: WasmPointer, length: number, from: bigint) =>
      attempt(pointer, capi.SQLITE_IOERR_READ, ({ descriptor }) => {
        const bytes = memory(to, length)
        let got = 0
        while (got < length) {
          const count = readSync(descriptor, bytes, got, length - got, Number(from) + got)
          if (count === 0) break
          got += count
        }
        if (got === length) return 0
        bytes.fill(0, got)
        return capi.SQLITE_IOERR_SHORT_READ
      }),
    xWrite: (pointer: WasmPointer, source: WasmPointer, length: number, to: bigint) =>
      attempt(pointer, capi.SQLITE_IOERR_WRITE, ({ descriptor }) => {
        const bytes = memory(source, length)
        for (let sent = 0; sent < length; ) sent += writeSync(descriptor, bytes, sent, length - sent, Number(to) + sent)
        return 0
      }),
    xTruncate: (pointer: WasmPointer, size: bigint) =>
      attempt(pointer, capi.SQLITE_IOERR_TRUNCATE, ({ descriptor }) => {
        ftruncateSync(descriptor, Number(size))
        return 0
      }),
    xFileSize: (pointer: WasmPointer, to: WasmPointer) =>
      attempt(pointer, capi.SQLITE_IOERR_FSTAT, ({ descriptor }) => {
        wasm.poke64(to, BigInt(fstatSync(descriptor).size))
        return 0
      }),
    xSync: done,
    xLock: done,
    xUnlock: done,
    xCheckReservedLock: (_: WasmPointer, to: WasmPointer) => {
      wasm.poke32(to, 0)
      return 0
    },
    xFileControl: () => capi.SQLITE_NOTFOUND,
    xSectorSize: () => 4096,
    // A file that nobody changes needs no lock and no write-ahead log.
    xDeviceCharacteristics: (pointer: WasmPointer) =>
      byPointer.get(pointer)?.file.mode === "read" ? capi.SQLITE_IOCAP_IMMUTABLE : 0,
  }
  vfs["$iVersion"] = 2
  vfs["$szOsFile"] = classes.sqlite3_file.structInfo.sizeof
  vfs["$mxPathname"] = 64
  vfs["$zName"] = wasm.allocCString(VFS, false)
  const vfsMethods = {
    xOpen: (_: WasmPointer, name: WasmPointer, pointer: WasmPointer, flags: number, chosen: WasmPointer) => {
      const file = files.get(wasm.cstrToJs(name) ?? "")
      if (file === undefined) return capi.SQLITE_CANTOPEN
      try {
        file.descriptor = openSync(file.path, file.mode === "read" ? "r" : "w+")
      } catch (error) {
        file.failure = error as Error
        return capi.SQLITE_CANTOPEN
      }
      const struct = new classes.sqlite3_file(pointer)
      struct["$pMethods"] = io.pointer
      byPointer.set(pointer, { file, struct })
      if (chosen !== 0) wasm.poke32(chosen, flags)
      return 0
    },
    xDelete: done,
    xAccess: (_: WasmPointer, name: WasmPointer, _flags: number, to: WasmPointer) => {
      wasm.poke32(to, files.has(wasm.cstrToJs(name) ?? "") ? 1 : 0)
      return 0
    },
    xFullPathname: (_: WasmPointer, name: WasmPointer, room: number, to: WasmPointer) => {
      const bytes = new TextEncoder().encode(`${wasm.cstrToJs(name)}\0`)
      if (bytes.length > room) return capi.SQLITE_CANTOPEN
      memory(to, bytes.length).set(bytes)
      return 0
    },
    // The same bytes each time: files must not depend on chance or on the clock.
    xRandomness: (_: WasmPointer, length: number, to: WasmPointer) => {
      memory(to, length).fill(1)
      return length
    },
    xSleep: done,
    xCurrentTimeInt64: (_: WasmPointer, to: WasmPointer) => {
      wasm.poke64(to, JULIAN_1970)
      return 0
    },
    xCurrentTime: (_: WasmPointer, to: WasmPointer) => {
      wasm.poke64f(to, Number(JULIAN_1970) / 86_400_000)
      return 0
    },
    xGetLastError: done,
  }
  const parts = { io: { struct: io, methods: ioMethods }, vfs: { struct: vfs, methods: vfsMethods } }
  sqlite.vfs.installVfs(parts as unknown as Parameters<typeof sqlite.vfs.installVfs>[0])
}

/** 1970-01-01 as SQLite counts milliseconds. */
const JULIAN_1970 = 210_866_760_000_000n
