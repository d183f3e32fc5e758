/** Addresses, configuration and signatures of S3 stores (AWS Signature Version 4). */
import { EngineError } from "../errors.js"

/** True for an address of an object in an S3 store, `s3://bucket/key`. */
export const isS3 = (path: string): boolean => /^s3:\/\//i.test(path)

/** Bucket and key of such an address. Throws E_INPUT when one of them is missing. */
export const partsOfS3 = (address: string): { readonly bucket: string; readonly key: string } => {
  const match = /^s3:\/\/([^/?#]+)\/(.+)$/i.exec(address)
  // `fetch` would resolve these segments and reach another folder, or another bucket.
  const climbs = match?.[2]?.split("/").some((part) => part === "." || part === "..")
  if (match && !climbs) return { bucket: match[1]!, key: match[2]! }
  const text = `${address}: not the address of an object. Write it as s3://bucket/folder/tile.copc.laz.`
  throw new EngineError("E_INPUT", text, { file: address })
}

/** Address and credentials of a store, from the environment variables of the AWS tools. */
export interface S3Store {
  /** Address of a store that is not Amazon's; the bucket is then the first folder of the path. */
  readonly endpoint?: string
  readonly region: string
  /** Absent: requests are not signed, as for public buckets. */
  readonly credentials?: {
    readonly accessKeyId: string
    readonly secretAccessKey: string
    readonly sessionToken?: string
  }
}

/**
 * Reads `AWS_ENDPOINT_URL_S3` or `AWS_ENDPOINT_URL`, `AWS_REGION` or `AWS_DEFAULT_REGION`,
 * `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`.
 */
export const s3Store = (env: NodeJS.ProcessEnv = process.env): S3Store => {
  const variable = (...names: string[]): string | undefined => names.map((name) => env[name]).find((value) => value)
  const endpoint = variable("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL")
  const [accessKeyId, secretAccessKey] = [variable("AWS_ACCESS_KEY_ID"), variable("AWS_SECRET_ACCESS_KEY")]
  const sessionToken = variable("AWS_SESSION_TOKEN")
  return {
    ...(endpoint === undefined ? {} : { endpoint: endpoint.replace(/\/+$/, "") }),
    region: variable("AWS_REGION", "AWS_DEFAULT_REGION") ?? "us-east-1",
    ...(accessKeyId === undefined || secretAccessKey === undefined
      ? {}
      : { credentials: { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) } }),
  }
}

/** The same store as configuration options of GDAL's reader of `/vsis3/`. */
export const gdalS3Options = (
  { endpoint, region, credentials }: S3Store = s3Store(),
): Readonly<Record<string, string>> => ({
  AWS_REGION: region,
  ...(endpoint === undefined
    ? {}
    : {
        AWS_S3_ENDPOINT: endpoint.replace(/^https?:\/\//, ""),
        AWS_HTTPS: endpoint.startsWith("https:") ? "YES" : "NO",
        AWS_VIRTUAL_HOSTING: "FALSE",
      }),
  AWS_NO_SIGN_REQUEST: credentials === undefined ? "YES" : "NO",
})

/**
 * The `http(s)` request for an object, signed anew at each call (AWS Signature Version 4). The body
 * is not signed: TLS protects it, or the store is the user's own.
 *
 * @param query of the request, such as `uploads` or `partNumber=1&uploadId=…`
 */
export const signS3 = async (
  address: string,
  request: { readonly method?: string; readonly headers?: Readonly<Record<string, string>>; readonly query?: string },
  store: S3Store = s3Store(),
) => {
  const { bucket, key } = partsOfS3(address)
  const path = key.split("/").map(encodeURIComponent).join("/")
  const { endpoint, region, credentials } = store
  // Amazon's certificates cover no bucket names with dots: these are in the path.
  const base =
    endpoint !== undefined
      ? `${endpoint}/${bucket}`
      : bucket.includes(".")
        ? `https://s3.${region}.amazonaws.com/${bucket}`
        : `https://${bucket}.s3.${region}.amazonaws.com`
  const query = request.query === undefined ? "" : `?${request.query}`
  const url = `${base}/${path}${query}`
  const { method = "GET", headers = {} } = request
  if (credentials === undefined) return { url, headers }
  const { AwsV4Signer } = await import("aws4fetch")
  const signer = new AwsV4Signer({ ...credentials, service: "s3", region, method, url, headers })
  const signed = await signer.sign()
  return { url: String(signed.url), headers: Object.fromEntries(signed.headers) }
}
