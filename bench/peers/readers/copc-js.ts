import { readFile } from "node:fs/promises"
import { Copc, type Hierarchy } from "copc"
import { createLazPerf } from "laz-perf"
import type { Reader } from "../peer.js"
import { outputOf, storedOf } from "./output.js"

type Options = NonNullable<Parameters<typeof Copc.loadPointDataView>[3]>

/** copc.js over a file in memory: every node, and its getters. It gives places in the CRS. */
export const openCopcJs = async (path: string): Promise<Reader> => {
  const bytes = await readFile(path)
  const get = async (begin: number, end: number): Promise<Uint8Array> => bytes.subarray(begin, end)
  const copc = await Copc.create(get)
  const nodes = await nodesOf(get, copc)
  const { scale, offset } = copc.header
  const options: Options = {
    lazPerf: (await createLazPerf()) as unknown as NonNullable<Options["lazPerf"]>,
    include: ["X", "Y", "Z", "Classification", "ReturnNumber"],
  }
  const count = nodes.reduce((sum, node) => sum + node.pointCount, 0)
  const { classification, returnNumber } = outputOf(count)
  const places = [0, 1, 2].map(() => new Float64Array(count)) as [Float64Array, Float64Array, Float64Array]
  const [x, y, z] = places
  return {
    pass: async () => {
      let done = 0
      for (const node of nodes) {
        const view = await Copc.loadPointDataView(get, copc, node, options)
        const [getX, getY, getZ] = [view.getter("X"), view.getter("Y"), view.getter("Z")]
        const [getClass, getReturn] = [view.getter("Classification"), view.getter("ReturnNumber")]
        for (let i = 0; i < node.pointCount; i++) {
          x[done] = getX(i)
          y[done] = getY(i)
          z[done] = getZ(i)
          classification[done] = getClass(i)
          returnNumber[done++] = getReturn(i)
        }
      }
      return done
    },
    columns: () => ({
      x: storedOf(x, scale[0], offset[0]),
      y: storedOf(y, scale[1], offset[1]),
      z: storedOf(z, scale[2], offset[2]),
      classification,
      returnNumber,
    }),
  }
}

/** Nodes with points, in order of their place in the file. */
const nodesOf = async (
  get: (begin: number, end: number) => Promise<Uint8Array>,
  copc: Copc,
): Promise<Hierarchy.Node[]> => {
  const nodes: Hierarchy.Node[] = []
  const pages = [copc.info.rootHierarchyPage]
  for (let page = pages.pop(); page !== undefined; page = pages.pop()) {
    const subtree = await Copc.loadHierarchyPage(get, page)
    for (const node of Object.values(subtree.nodes)) if (node !== undefined && node.pointCount > 0) nodes.push(node)
    for (const next of Object.values(subtree.pages)) if (next !== undefined) pages.push(next)
  }
  return nodes.sort((a, b) => a.pointDataOffset - b.pointDataOffset)
}
