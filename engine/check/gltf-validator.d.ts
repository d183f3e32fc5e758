/** Types for the used part of Khronos's glTF validator, which has none. */
declare module "gltf-validator" {
  export function validateBytes(
    bytes: Uint8Array,
    options?: { readonly maxIssues?: number; readonly writeTimestamp?: boolean },
  ): Promise<{
    readonly issues: {
      readonly numErrors: number
      readonly numWarnings: number
      readonly messages: readonly { code: string; message: string; severity: number; pointer?: string }[]
    }
  }>
}
