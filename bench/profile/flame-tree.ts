import { type CpuProfile, selfTimes } from "./cpu-profile.js"
import { type FrameName, nameFrame } from "./frame-name.js"

/** A frame under one chain of callers. Times in milliseconds. */
export interface FlameNode extends FrameName {
  selfMs: number
  /** With everything that it called. */
  totalMs: number
  readonly children: Map<string, FlameNode>
}

/** Profiles that are shown as one, as the threads of a pool. */
export interface FlameThreads {
  readonly name: string
  readonly profiles: readonly CpuProfile[]
}

const newNode = (frame: FrameName): FlameNode => ({ ...frame, selfMs: 0, totalMs: 0, children: new Map() })

/** Frames that are no work of their own: the thread waits, in V8 or in Atomics.wait between two tasks of the pool. */
const WAITS: readonly string[] = ["(idle)", "atomicsWaitLoop"]

/**
 * Merges profiles: equal chains of callers become one, whatever the thread, and what waits is left out. The root's children are the groups of threads.
 *
 * @param root URL of the folder of the compiled files
 */
export const flameTree = (groups: readonly FlameThreads[], root: string): FlameNode => {
  const top = newNode({ name: "all threads", place: "", kind: "node" })
  for (const { name, profiles } of groups) {
    const group = childOf(top, { name, place: "", kind: "node" })
    for (const profile of profiles) addProfile(group, profile, root)
  }
  addUp(top)
  return top
}

const childOf = (parent: FlameNode, frame: FrameName): FlameNode => {
  const key = `${frame.name}\n${frame.place}`
  const known = parent.children.get(key)
  if (known !== undefined) return known
  const made = newNode(frame)
  parent.children.set(key, made)
  return made
}

const addProfile = (group: FlameNode, profile: CpuProfile, root: string): void => {
  const times = selfTimes(profile)
  const byId = new Map(profile.nodes.map((node) => [node.id, node]))
  const [first] = profile.nodes
  if (first === undefined) return
  // A stack of our own: recursion in what was profiled must not be ours.
  const open: { id: number; into: FlameNode }[] = [{ id: first.id, into: group }]
  for (let entry = open.pop(); entry !== undefined; entry = open.pop()) {
    const { id, into } = entry
    if (!WAITS.includes(byId.get(id)?.callFrame.functionName ?? "")) into.selfMs += times.get(id) ?? 0
    for (const child of byId.get(id)?.children ?? []) {
      const frame = byId.get(child)?.callFrame
      if (frame === undefined) continue
      open.push({ id: child, into: childOf(into, nameFrame(frame, into.place === "" ? undefined : into, root)) })
    }
  }
}

const addUp = (node: FlameNode): number => {
  node.totalMs = node.selfMs
  for (const child of node.children.values()) node.totalMs += addUp(child)
  return node.totalMs
}

/** A function over all its chains of callers. */
export interface FrameTotal extends FrameName {
  readonly selfMs: number
  /** With what it called; of a function that calls itself, counted once. */
  readonly totalMs: number
}

/** Functions by the time that they themselves took, the dearest first. */
export const frameTotals = (root: FlameNode): FrameTotal[] => {
  const totals = new Map<string, { frame: FrameName; selfMs: number; totalMs: number }>()
  const visit = (node: FlameNode, above: ReadonlySet<string>): void => {
    for (const [key, child] of node.children) {
      const { name, place, kind } = child
      const total = totals.get(key) ?? { frame: { name, place, kind }, selfMs: 0, totalMs: 0 }
      total.selfMs += child.selfMs
      if (!above.has(key)) total.totalMs += child.totalMs
      totals.set(key, total)
      visit(child, above.has(key) ? above : new Set([...above, key]))
    }
  }
  // The groups of threads are no functions.
  for (const group of root.children.values()) visit(group, new Set())
  return [...totals.values()]
    .filter(({ totalMs }) => totalMs > 0)
    .map(({ frame, selfMs, totalMs }) => ({ ...frame, selfMs, totalMs }))
    .sort((a, b) => b.selfMs - a.selfMs || (a.name < b.name ? -1 : 1))
}
