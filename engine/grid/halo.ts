/** Computes how far beyond the work tile each kernel of a chain must read and deliver. */

/** A kernel as {@link chainGrowth} sees it: its ports by name, and its own halo in metres. */
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
 * Growth of each kernel of a chain, given in order of execution. A kernel must deliver as far as
 * its farthest reader reads. The reach of a chain is therefore the SUM of the halos along its
 * longest path.
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
