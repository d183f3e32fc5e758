/**
 * maille: LiDAR HD point clouds and aerial imagery → textured meshes, rasters and vector layers.
 *
 * @packageDocumentation
 */

export { validateOutput } from "./check/validate-output.js"
export type { LayerComparison } from "./compare/compare-layers.js"
export type { MeshComparison, MeshDistance } from "./compare/compare-meshes.js"
export type { RasterComparison } from "./compare/compare-rasters.js"
export {
  type ComparedResults,
  compareResults,
  type ResultsRequest,
} from "./compare/compare-results.js"
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
export type { ResultsComparison } from "./compare/results-comparison.js"
export { type Camera, type Shot, scaleCamera } from "./core/camera/camera.js"
export { locatePixels, pixelRay, projectPoints } from "./core/camera/projection.js"
export { Box2 } from "./core/geometry/box.js"
export { EngineError, type ErrorCode } from "./errors.js"
export { type ClosedRequest, type ClosedScene, exportClosed } from "./export/closed/export-closed.js"
export { type ConvertedFile, type ConvertRequest, convertLayers } from "./export/convert-layers.js"
export { type CopcFile, type CopcProgress, type CopcRequest, type CopcSummary, convertToCopc } from "./export/copc.js"
export { type CroppedFile, type CropRequest, type CropSummary, cropPoints } from "./export/crop.js"
export { type ContentsRequest, type ExportedContents, exportContents } from "./export/export-contents.js"
export type { ExportFormat, ExportRequest } from "./export/export-formats.js"
export { type ExportedTile, exportTile } from "./export/export-tile.js"
export {
  type FetchedFile,
  type FetchProgress,
  type FetchRequest,
  type FetchSummary,
  fetchTiles,
} from "./fetch/fetch.js"
export {
  type OrientationOptions,
  type Orientations,
  readOrientations,
} from "./formats/orientation/read-orientations.js"
export { type ExternalPaths, type Job, type JobInput, resolveJob } from "./job/job.js"
export { type LoadedKernel, loadKernels } from "./job/kernels/load-kernels.js"
export type { StepTime, StepTimes } from "./journal/journal-record.js"
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
export { type Plan, planJob } from "./plan/plan.js"
export { type Preview, type PreviewRequest, previewOutput } from "./preview/preview-output.js"
export { hashOutput } from "./report/hash-output.js"
export type { MessageLevel, RunEvent, RunSummary } from "./report/outcome.js"
export type { Language } from "./report/report-texts.js"
export type { StepTotal } from "./report/step-totals.js"
export type { TileOutcome } from "./report/tile-outcome.js"
export { runJob } from "./run/run.js"
export type { RunOptions } from "./run/run-options.js"
export { type Catalogue, openCatalogue } from "./spatial/catalogue.js"
export { catalogueShots, type ShotCatalogue } from "./spatial/shot-catalogue.js"
