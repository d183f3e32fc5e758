import { describe, expect, it } from "vitest"
import { EngineError, isOutputLost, isTransient, unreadable } from "../../engine/errors.js"

const systemError = (code: string): Error => Object.assign(new Error(`${code}: refused, write`), { code })

describe("errors as data", () => {
  it.each([
    ["ENOSPC", "E_RESOURCE", /Make room/],
    ["EROFS", "E_OUTPUT", /--out/],
    ["EACCES", "E_OUTPUT", /permissions/],
    ["EIO", "E_OUTPUT", /disk/],
  ])("%s of the system is no fault of maille", (system, code, remedy) => {
    const data = EngineError.toData(systemError(system))
    expect(data.code).toBe(code)
    expect(data.message).toMatch(remedy)
    expect(data.stack).toBeUndefined()
  })

  it("an input is not at fault where the machine lacks open files", () => {
    expect(unreadable("a.laz", systemError("EMFILE"))).toMatchObject({
      code: "E_RESOURCE",
      message: expect.stringMatching(/a.laz: cannot be read: EMFILE.*fewer --workers/),
    })
    expect(unreadable("a.laz", systemError("EACCES")).code).toBe("E_INPUT")
  })

  it("a folder that cannot be made although those above it can is a disk without room for further files", () => {
    const error = Object.assign(new Error("ENOENT: no such file or directory, mkdir"), {
      code: "ENOENT",
      syscall: "mkdir",
    })
    const data = EngineError.toData(error)
    expect(data).toMatchObject({ code: "E_RESOURCE", message: expect.stringContaining("df -i") })
    expect(isOutputLost(data)).toBe(true)
    expect(EngineError.toData(Object.assign(new Error("open"), { code: "ENOENT", syscall: "open" })).code).toBe(
      "E_INTERNAL",
    )
  })

  it.each([
    "Array buffer allocation failed",
    "no memory for a surface of 2001 × 2001 cells. Use a smaller --tile-size.",
    "WebAssembly.Memory(): could not allocate memory",
    "WebAssembly.Instance(): Out of memory: Cannot allocate Wasm memory for new instance",
    "WebAssembly.Memory.grow(): Unable to grow instance memory",
  ])("%s: memory is short, and no kernel is at fault", (message) => {
    const data = EngineError.toData(new RangeError(message))
    expect(data.code).toBe("E_RESOURCE")
    expect(data.message).toMatch(/--workers/)
  })

  it.each([
    'Could not load the "sharp" module using the linux-x64 runtime\nPossible solutions:',
    "Failed to load native binding",
  ])("%s: a package of the installation is missing, and maille is not at fault", (message) => {
    const data = EngineError.toData(new Error(message))
    expect(data).toMatchObject({ code: "E_RESOURCE", message: expect.stringContaining("--include=optional") })
    expect(data.message).not.toContain("\n")
    expect(data.stack).toBeUndefined()
  })

  it("keep their code and place over a message port", () => {
    const data = EngineError.toData(new EngineError("E_FORMAT", "cut short", { file: "a.laz" }), { tile: "1/2/3" })
    expect(EngineError.fromData(structuredClone(data))).toMatchObject({
      code: "E_FORMAT",
      message: "cut short",
      context: { file: "a.laz", tile: "1/2/3" },
    })
  })

  it("tell what may pass at another try: the system's failures, wherever they were wrapped, never the data's", () => {
    const wrapped = (code: string): EngineError =>
      new EngineError("E_INPUT", "a.laz: cannot be read", {}, new Error("read", { cause: systemError(code) }))
    for (const code of ["EIO", "EMFILE", "EAGAIN", "ENOSPC", "ECONNRESET", "ESTALE"]) {
      expect(isTransient(EngineError.toData(wrapped(code))), code).toBe(true)
      expect(isTransient(structuredClone(EngineError.toData(systemError(code)))), code).toBe(true)
    }
    for (const code of ["ENOENT", "EACCES", "EROFS", "ERR_OUT_OF_RANGE"])
      expect(isTransient(EngineError.toData(wrapped(code))), code).toBe(false)
    expect(isTransient(EngineError.toData(new EngineError("E_FORMAT", "cut short")))).toBe(false)
    expect(isOutputLost(EngineError.toData(wrapped("ENOSPC")))).toBe(true)
    expect(isOutputLost(EngineError.toData(wrapped("EIO")))).toBe(false)
  })

  it("of unknown kind are maille's own, with the stack", () => {
    expect(EngineError.toData(new TypeError("x is undefined"))).toMatchObject({ code: "E_INTERNAL" })
    expect(EngineError.toData("text")).toMatchObject({ code: "E_INTERNAL", message: "text" })
  })
})
