import type { CallFrame } from "./cpu-profile.js"

/** Whose code a frame is. */
export type FrameKind = "kernel" | "engine" | "package" | "wasm" | "node" | "native" | "collector"

/** A frame as people read it. */
export interface FrameName {
  readonly name: string
  /** Where it stands: file and line, package, module of Node.js. */
  readonly place: string
  readonly kind: FrameKind
}

/** What V8 calls what is no function. */
const OF_V8: Readonly<Record<string, FrameName>> = {
  "(garbage collector)": { name: "garbage collection", place: "V8", kind: "collector" },
  "(program)": { name: "native code outside every function", place: "V8 and Node.js", kind: "native" },
}

/**
 * Names a frame. WebAssembly functions keep the name that their module gives them (else their number), with the file or package that called them; native functions
 * that have none are named after their caller's package.
 *
 * @param caller name of the nearest frame above
 * @param root URL of the folder of the compiled files, with a slash at its end
 */
export const nameFrame = (frame: CallFrame, caller: FrameName | undefined, root: string): FrameName => {
  const { functionName, url, lineNumber } = frame
  const ofV8 = OF_V8[functionName]
  if (url === "" && ofV8 !== undefined) return ofV8
  const home = homeOf(caller)
  if (url.startsWith("wasm:")) return { name: `${wasmName(functionName)} [wasm]`, place: home, kind: "wasm" }
  if (url === "") return { name: `${functionName || "(unnamed)"} [native]`, place: home, kind: "native" }
  const name = functionName || "(anonymous)"
  if (url.startsWith("node:")) return { name, place: url, kind: "node" }
  const inside = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)
  if (inside !== null) return { name, place: inside[1] ?? "", kind: "package" }
  const file = (url.startsWith(root) ? url.slice(root.length) : url).replace(/\.js$/, "")
  const place = `${file}:${lineNumber + 1}`
  if (!file.startsWith("kernels/")) return { name, place, kind: "engine" }
  // Every kernel's own function is called run.
  const kernel = name === "run" ? `${file.slice("kernels/".length).replace("/", ".")}: run` : name
  return { name: kernel, place, kind: "kernel" }
}

/** "kernels/wasm/assembly/coder/decodeBit" → "decodeBit": the file stands in the place. */
const wasmName = (name: string): string => name.slice(name.lastIndexOf("/") + 1)

/** File or package of a caller, without the line. */
const homeOf = (caller: FrameName | undefined): string => caller?.place.replace(/:\d+$/, "") ?? ""
