/** Computes how far beyond the work tile each kernel of a chain must read and deliver. */

/** What the halo of a chain is computed from: ports by name and the kernel's own halo, metres. */
export interface HaloNode {
  readonly id: string
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly halo: number
}

/** How far beyond the work tile a kernel must deliver (`output`) and read (`input`), metres. */
export interface Growth {
  readonly output: number
  readonly input: number
}

/**
 * Growth of each kernel of a chain in order of execution: a kernel must deliver as far as its farthest reader reads, so that the reach of a
 * chain is the SUM of the halos along its longest path.
 */
export const chainGrowth = (chain: readonly HaloNode[]): ReadonlyMap<string, Growth> => {
  const growths = new Map<string, Growth>()
  for (let i = chain.length - 1; i >= 0; i--) {
    const node = chain[i]
    if (!node) continue
    let output = 0
    for (const reader of chain.slice(i + 1)) {
      if (reader.inputs.some((port) => node.outputs.includes(port))) {
        output = Math.max(output, growths.get(reader.id)?.input ?? 0)
      }
    }
    growths.set(node.id, { output, input: output + node.halo })
  }
  return growths
}
