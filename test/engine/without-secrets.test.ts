import { describe, expect, it } from "vitest"
import { withoutSecrets } from "../../engine/without-secrets.js"

const shown: readonly (readonly [address: string, shown: string])[] = [
  ["https://h/a.laz", "https://h/a.laz"],
  ["https://h/w?SERVICE=WMS&LAYERS=a,b&CRS=EPSG:2154", "https://h/w?SERVICE=WMS&LAYERS=a,b&CRS=EPSG:2154"],
  ["https://ann:se%20cret@h:8080/a.laz", "https://***@h:8080/a.laz"],
  ["https://ann@h/a.laz#x", "https://***@h/a.laz#x"],
  ["https://h/a.laz?token=hush", "https://h/a.laz?***"],
  ["https://h/a.laz?apikey=hush&LAYERS=a", "https://h/a.laz?LAYERS=a&***"],
  [
    "https://h/a?x=1&X-Amz-Algorithm=A&X-Amz-Credential=hush%2F1&X-Amz-Date=2&X-Amz-Expires=3&X-Amz-Signature=hush",
    "https://h/a?x=1&***",
  ],
  [
    "https://b.blob.core.windows.net/c/a.laz?sv=2024&st=1&se=2&sr=b&sp=r&sig=hush%3D",
    "https://b.blob.core.windows.net/c/a.laz?***",
  ],
  ["https://h/a?AWSAccessKeyId=hush&Expires=17&Signature=hush", "https://h/a?***"],
  ["https://h/a?OSSAccessKeyId=hush&Expires=17&Signature=hush", "https://h/a?***"],
  ["https://h/a?%73ig=hush", "https://h/a?***"],
  // Without a signature these are words of the file's own.
  ["https://h/a?expires=never&se=south-east", "https://h/a?expires=never&se=south-east"],
  ["s3://ann:hush@bucket/a.laz", "s3://***@bucket/a.laz"],
  ["/vsicurl/https://ann:hush@h/a.tif", "/vsicurl/https://***@h/a.tif"],
  ["a/b.laz", "a/b.laz"],
]

describe("withoutSecrets", () => {
  it.each(shown)("%s", (address, expected) => {
    expect(withoutSecrets(address)).toBe(expected)
    expect(withoutSecrets(expected)).toBe(expected)
    expect(expected).not.toContain("hush")
  })

  it("finds addresses in a text", () => {
    const text = 'run "https://u:p@h/a?sig=1" and (https://h/b?token=2): 404. {"url":"https://h/c?key=3&d=4"}'
    const expected = 'run "https://***@h/a?***" and (https://h/b?***): 404. {"url":"https://h/c?d=4&***"}'
    expect(withoutSecrets(text)).toBe(expected)
  })
})
