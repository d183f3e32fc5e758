import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { encodeFlatGeobuf, readFlatGeobuf } from "../../../engine/formats/vector/flatgeobuf/flatgeobuf.js"
import { digestOf, figuresOf } from "../figures.js"
import { requirePeerGdal } from "../gdal.js"
import type { PeerEntry, Work } from "../peer.js"

/** What a written layer holds, read again by one reader for all. */
export interface LayerProof {
  readonly bytes: number
  readonly features: number
  readonly vertices: number
  /** Of ids, coordinates and attributes, whatever the order of features. */
  readonly digest: string
}

const proofOf = async (bytes: Uint8Array): Promise<LayerProof & Readonly<Record<string, unknown>>> => {
  const folder = await mkdtemp(join(tmpdir(), "maille-layer-"))
  try {
    const path = join(folder, "layer.fgb")
    await writeFile(path, bytes)
    const { features } = await readFlatGeobuf(path)
    const { features: count, vertices } = figuresOf(features)
    return { bytes: bytes.length, features: count, vertices, digest: digestOf(features) }
  } finally {
    await rm(folder, { recursive: true })
  }
}

const openOurs = async (path: string): Promise<Work> => {
  const { features, name, epsg = 2154 } = await readFlatGeobuf(path)
  let bytes: Uint8Array = new Uint8Array(0)
  return {
    pass: () => {
      bytes = encodeFlatGeobuf(features, { name, epsg, metadata: {} })
      return features.ids.length
    },
    proof: async () => ({ ...(await proofOf(bytes)) }),
  }
}

const openGdal = async (path: string): Promise<Work> => {
  const gdal = await requirePeerGdal()
  const source = gdal.open(path)
  const layer = gdal.vectorTranslate("memory", source, ["-f", "Memory"])
  const count = layer.layers.get(0).features.count()
  const to = "/vsimem/layer.fgb"
  let written = false
  return {
    pass: () => {
      if (written) gdal.vsimem.release(to)
      gdal.vectorTranslate(to, layer, ["-f", "FlatGeobuf"]).close()
      written = true
      return count
    },
    proof: async () => {
      written = false
      return { ...(await proofOf(gdal.vsimem.release(to))) }
    },
  }
}

/** Writing a layer of features as FlatGeobuf with its spatial index. */
export const layerPeers: readonly PeerEntry[] = [
  { name: "maille encodeFlatGeobuf", work: "features in memory to a file in memory, indexed", open: openOurs },
  { name: "GDAL FlatGeobuf", work: "gdal-async: a layer in memory to a file in memory, indexed", open: openGdal },
]
