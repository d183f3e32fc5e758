/**
 * maille: LiDAR HD point clouds and aerial imagery → textured meshes, rasters and vector layers.
 *
 * @packageDocumentation
 */

export { hashOutput } from "./check/hash-output.js"
export { validateOutput } from "./check/validate-output.js"
export {
  type ComparedGroups,
  type ComparedVector,
  type CompareRequest,
  type Comparison,
  compareVector,
  type LoneObject,
  type MatchedObjects,
  type Spread,
} from "./compare/compare-vector.js"
export { type CopcFile, type CopcProgress, type CopcRequest, type CopcSummary, convertToCopc } from "./copc.js"
export { Box2 } from "./core/box.js"
export { type Camera, type Shot, scaleCamera } from "./core/camera.js"
export { locatePixels, pixelRay, projectPoints } from "./core/projection.js"
export { type CroppedFile, type CropRequest, type CropSummary, cropPoints } from "./crop.js"
export { EngineError, type ErrorCode } from "./errors.js"
export { type ConvertedFile, type ConvertRequest, convertLayers } from "./export/convert-layers.js"
export { type ContentsRequest, type ExportedContents, exportContents } from "./export/export-contents.js"
export type { ExportFormat, ExportRequest } from "./export/export-formats.js"
export { type ExportedTile, exportTile } from "./export/export-tile.js"
export { type FetchedFile, type FetchProgress, type FetchRequest, type FetchSummary, fetchTiles } from "./fetch.js"
export {
  type OrientationOptions,
  type Orientations,
  readOrientations,
} from "./formats/orientation/read-orientations.js"
export { type Job, type JobInput, resolveJob } from "./job/job.js"
export { type LoadedKernel, loadKernels } from "./job/load-kernels.js"
export { type Plan, planJob } from "./job/plan.js"
export { readPoints } from "./job/read-points.js"
export {
  defineKernel,
  type Features,
  type Image,
  type Kernel,
  type Mesh,
  type Points,
  type Raster,
  type Texture,
  type Tile,
} from "./kernel.js"
export type { LayerName } from "./preview/preview-choices.js"
export { type Preview, type PreviewRequest, previewOutput } from "./preview/preview-output.js"
export type { RunEvent, RunSummary, TileOutcome } from "./report/outcome.js"
export type { StageTime, StageTimes, StageTotal } from "./report/stage-times.js"
export { type RunOptions, runJob } from "./run.js"
export { type Catalogue, openCatalogue } from "./spatial/catalogue.js"
export { catalogueShots, type ShotCatalogue } from "./spatial/shot-catalogue.js"
