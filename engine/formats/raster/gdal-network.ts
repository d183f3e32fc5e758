/** Lets GDAL reach the network for addresses only, never because a local file asks for it. */
import type { Gdal } from "./load-gdal.js"

type Mode = "local" | "remote"

/** An address where nothing can listen: port 0 is reserved. */
const nowhere = "http://127.0.0.1:0"
const proxyOptions = ["GDAL_HTTP_PROXY", "GDAL_HTTPS_PROXY"]
/** Hosts that skip the proxy would be reached. */
const exceptions = ["no_proxy", "NO_PROXY"]

let mode: Mode = "local"
let users = 0
const waiting: (() => void)[] = []

/**
 * Runs `use`, in which GDAL may contact servers only in mode `remote`. Files name servers in many
 * places: schemas (GML), CRS (GeoJSON), overviews (`.aux.xml`). GDAL has one setting per process,
 * so uses of the other mode wait.
 */
export const withNetwork = async <T>(gdal: Gdal, wanted: Mode, use: () => Promise<T>): Promise<T> => {
  while (users > 0 && mode !== wanted) await new Promise<void>((resolve) => void waiting.push(resolve))
  mode = wanted
  if (users++ === 0 && mode === "local") refuseAll(gdal)
  try {
    return await use()
  } finally {
    if (--users === 0) {
      allow(gdal)
      for (const resume of waiting.splice(0)) resume()
    }
  }
}

let options: readonly (readonly [string, string | null])[] = []
let variables: readonly (readonly [string, string | undefined])[] = []

const refuseAll = (gdal: Gdal): void => {
  options = proxyOptions.map((name) => [name, gdal.config.get(name)])
  variables = exceptions.map((name) => [name, process.env[name]])
  for (const name of proxyOptions) gdal.config.set(name, nowhere)
  for (const name of exceptions) delete process.env[name]
}

const allow = (gdal: Gdal): void => {
  for (const [name, value] of options) gdal.config.set(name, value)
  for (const [name, value] of variables) if (value !== undefined) process.env[name] = value
  options = []
  variables = []
}
