/**
 * Mistakes that users made, a row each: what they typed, the exit code, and what the messages must
 * say. Paths are those of `mistakes-scene.ts`.
 */

export interface Mistake {
  /**
   * Words with a space between each; OUT: a folder that is not there; MADE: a copy of the output
   * folder `made`.
   */
  readonly args: string | readonly string[]
  readonly code: number
  /** What was found, what was expected, what to do. */
  readonly says: readonly RegExp[]
  /** What no message may contain. */
  readonly never?: RegExp
}

const rows = (
  ...list: readonly (readonly [args: string | readonly string[], code: number, ...says: RegExp[]])[]
): Mistake[] => list.map(([args, code, ...says]) => ({ args, code, says, never: /ENOENT|EACCES|ENOTDIR/ }))

const small = "--out OUT --tile-size 50"
const run = `run lidar ${small}`
const degrees = "3.8,43.5,3.9,43.6"
const areDegrees = /look like degrees; give metres of EPSG:2154/
const noOutput =
  /(not an output folder of maille \(no job\.json\)|no such folder)\. Give the folder that "maille (run|plan)/

/** Into a folder of another job, or of another program. */
const folders = rows(
  ["run lidar --out MADE --tile-size 50 --products vector --layers contour", 2, /products/, /--replace/],
  ["run lidar --out MADE --tile-size 50 --products vector --layers contour --dry-run", 2, /products/, /--replace/],
  ["run lidar --out MADE --tile-size 100 --products dtm,mesh,vector --layers contour", 2, /tile/i, /--replace|--out/],
  ["run lidar --out MADE --tile-size 50 --products dtm,dsm,mesh,vector --layers contour", 2, /dsm/, /--add/],
  ["run lidar --out MADE --tile-size 50 --products dtm,mesh,vector --layers contour,tree", 2, /tree/, /--add/],
  [
    "run lidar no-ground.las --out MADE --tile-size 50 --products dtm,mesh,vector --layers contour",
    2,
    /no-ground\.las|input/,
    /maille update/,
  ],
  [
    "run lidar --out MADE --tile-size 50 --products dtm,mesh,vector --layers contour --set raster.dtm.cell=1",
    2,
    /cell/,
    /--replace/,
  ],
  ["run lidar --out MADE --tile-size 50 --products dsm --add --set raster.dtm.cell=1", 2, /cell/],
  ["run lidar --out foreign --tile-size 50", 2, /foreign/, /--out/],
  ["run lidar --out foreign --tile-size 50 --dry-run", 2, /foreign/, /--out/],
  ["run lidar --out lidar --tile-size 50", 2, /lidar/, /--out/],
  ["preview empty -o OUT.png", 3, noOutput],
  ["validate empty", 3, noOutput],
  ["view empty", 3, noOutput],
  ["convert empty --to geojson --out OUT", 3, noOutput],
  ["hash empty", 3, noOutput],
  ["retry empty", 3, noOutput],
  ["update empty", 3, noOutput],
  ["status empty", 3, noOutput],
  ["export empty --tile 18/15400/125540 --format obj --out OUT.obj", 3, noOutput],
  ["publish empty s3://bucket/x", 3, noOutput],
  ["catalogue empty", 3, noOutput],
  ["validate nowhere", 3, noOutput],
  ["validate empty --hashes", 3, noOutput],
  ["plan lidar --out OUT --shards 2 --costs-from empty", 3, noOutput],
  ["submit slurm empty", 3, noOutput],
  ["resume empty", 3, noOutput],
  ["cancel empty", 3, noOutput],
  ["compare vector empty lidar", 3, noOutput],
  ["compare made", 2, /<b>|two output folders/],
  ["compare made lidar", 3, noOutput],
  [
    "compare vector made made --tolerance 1",
    2,
    /--tolerance: it is an option of maille compare A B, not of compare vector/,
  ],
  ["compare vector made made --fail-above area=1", 2, /--fail-above: it is an option of maille compare A B/],
  ["compare made made --by building", 2, /unknown option "--by"/, /--by is an option of maille compare vector/],
  ["compare made made --tolerance x", 2, /--tolerance: "x" is not valid; expected a number from 0 up/],
  ["compare made made --stat mean", 2, /--stat: it needs zones\. Give them with --zones/],
  ["compare made made --out made", 2, /--out: made is not empty: it contains .*\. Give a new or empty folder/],
  ["compare made made --out photo.png", 2, /--out: photo\.png is a file\. Give a new or empty folder/],
  ["compare made made --zones none.geojson", 3, /none\.geojson: no such file/],
  ["compare made made --tolerance -1", 2, /--tolerance/, /from 0 up/],
  ["compare made made --fail-above surface=1", 2, /--fail-above/, /area=M2 or objects=N/],
  ["zonal made", 2, /--raster is missing\. Give some of .*dtm/],
  ["zonal made --raster dtn", 2, /unknown raster "dtn"\. Did you mean "dtm"/],
  ["zonal made --raster dtm --by countour", 2, /unknown layer "countour"\. Did you mean "contour"/],
  ["zonal made --raster dtm --by contour", 3, /contour\.fgb: (no polygons|LineString features)/],
  ["zonal made --raster dtm --by contour --stat average", 2, /no statistic "average"/, /mean/],
  ["zonal made --raster dtm --by none.geojson", 3, /none\.geojson: no such file/],
  ["zonal made --raster dtm --by paris.geojson --out paris.geojson", 2, /--out: paris\.geojson is one of the inputs/],
  ["zonal made --raster dtm --by paris.geojson --out made/vector/contour.fgb", 2, /contour\.fgb is a file of made/],
  ["zonal made --raster dtm --by contour --out zones.shp", 2, /expected a name that ends in \.fgb/],
  ["hash lidar", 3, noOutput],
)

/** What happened without a word. */
const silence = rows(
  [`${run} --products texture`, 2, /--imagery/],
  [`${run} --products mesh,texture --imagery photo.png`, 3, /no image can be used/, /georeference|place/],
  [`${run} --products mesh,texture --imagery plain.tif`, 3, /no image can be used/, /georeference|place/],
  [`${run} --products mesh,texture --imagery far`, 3, /no image can be used/, /outside.*leave --imagery out/],
  [`${run} --products mesh,texture --imagery corner`, 0, /1 of 2 tiles without images, 1 covered only in part/],
  [
    "run lidar no-crs.las --out OUT --tile-size 50 --products dtm",
    1,
    /1 of 3 files left out \(no-crs\.las\)/,
    /--crs EPSG:n/,
  ],
  [
    `run lidar zones --crs EPSG:2154 ${small} --products dtm`,
    1,
    /inputs: 4 of 6 files left out \(zone0\.las, zone1\.las, zone2\.las, …\): the first says EPSG:3942/,
    /missing: 4 of 6 input files left out\. To accept that: --allow-missing inputs\n/,
  ],
  [`run lidar zones --crs EPSG:2154 ${small} --products dtm --allow-missing inputs`, 0, /4 of 6 files left out/],
  [`run lidar zones --crs EPSG:2154 ${small} --products dtm --dry-run`, 1, /missing: 4 of 6 input files/],
  [`plan lidar zones --crs EPSG:2154 ${small} --products dtm`, 1, /missing: 4 of 6 input files/],
  [`plan lidar zones --crs EPSG:2154 ${small} --products dtm --shards 1`, 1, /missing: 4 of 6 input files/],
  [
    `${run} --products vector --layers bridge,building`,
    1,
    /missing: 2 layers without features \(bridge, building\)\. To accept that: --allow-missing bridge,building\n/,
  ],
  [`${run} --products vector --layers bridge --allow-missing bridge`, 0, /2 tiles done/],
  [`${run} --layers bridge --allow-missing roof`, 2, /"roof" is neither inputs nor a layer of --layers/],
  ["run no-ground.las --out OUT --tile-size 50 --products dtm", 3, /class 2, 9 or 66/],
  [`${run} --products dtm`, 0, /source not stated/, /To fix: --source/],
)

const wild = rows(["run wild.las -o OUT --tile-size 50 --products dtm", 0, /1 point/, /left out/])

const boxes = rows(
  [`${run} --bbox ${degrees}`, 3, /no source is inside --bbox/, areDegrees],
  [`plan lidar --out OUT --shards 2 --bbox ${degrees}`, 3, /The sources cover 770000/, areDegrees],
  [`crop lidar/a.las -o OUT.laz --bbox ${degrees}`, 3, /no point of 1 file/, areDegrees],
  [`fetch --tile-index index.geojson --to OUT --bbox ${degrees}`, 3, /No tile of the index/, areDegrees],
  [`preview made -o OUT.png --bbox ${degrees}`, 2, /is outside made/, areDegrees],
  [`${run} --bbox 770100,6277100,770000,6277000`, 2, /each max above its min/, /Example/],
  [`${run} --bbox 770000 6277000 770050 6277050`, 2, /"770000 6277000 770050 6277050"/, /with commas/],
  [`${run} --bbox 770000,6277000,770050`, 2, /"770000,6277000,770050"/, /four numbers/],
  [`${run} --bbox 770000;6277000;770050;6277050`, 2, /four numbers minX,minY,maxX,maxY/],
)

const noPoints = rows(
  ["run text.las --out OUT", 3, /text \("x y z"\), not LAS, LAZ or COPC/, /pdal translate/],
  ["run points.xyz --out OUT", 3, /text \(/, /pdal translate/],
  ["run cut.laz --out OUT", 3, /cut short/],
  ["run --out OUT", 2, /inputs/, /Give LAS, LAZ or COPC/],
  ["run lidar", 2, /--out/, /Give/],
  ["run nowhere.laz --out OUT", 3, /nowhere\.laz: no such file or folder/, /Check the path/],
  ["run empty --out OUT", 3, /no \.las, \.laz/, /Give another/],
  ["run http://127.0.0.1:9/x.laz --out OUT", 3, /no answer after 6 tries/, /Check the address/],
  ["inspect photo.png", 3, /photo\.png: no georeference/],
  ["inspect plain.tif", 3, /plain\.tif: no georeference/],
  ["inspect ortho", 0, /ortho\.tif +240 × 140 +0\.5/],
  ["inspect made", 3, /an output folder of maille/, /maille view made/],
  ["inspect made/tileset.json", 3, /JSON, not LAS, LAZ or COPC/],
  ["copc photo.png --out OUT", 3, /a PNG image, not/],
)

const systems = rows(
  ["run lidar --out OUT --crs EPSG:3946", 3, /says EPSG:2154/, /--crs says EPSG:3946/, /Leave --crs out/],
  ["run no-crs.las --out OUT", 3, /states no CRS/, /--crs EPSG:n/],
  ["run degrees.las --out OUT", 3, /is in degrees/, /maille copc .* --to EPSG:/],
  ["run no-crs.las --out OUT --crs EPSG:999999", 3, /EPSG:999999/],
  ["run lidar --out OUT --crs 2154.5", 2, /"2154\.5" is not valid/, /such as EPSG:2154/],
  [`${run} --geoid ortho/ortho.tif`, 3, /3 bands of 8 bits/, /fr_ign_RAF20\.tif/],
  [`${run} --geoid nowhere.tif`, 3, /--geoid: .*no such file/, /Check the path/],
  [`${run} --heights geoid`, 2, /orthometric .* or ellipsoidal/],
)

const names = rows(
  [`${run} --products ortho`, 2, /unknown product "ortho"/, /Known: dtm, dsm/],
  [`${run} --layers buildings`, 2, /Did you mean "building"\?/],
  [`${run} --set raster.dtm.cel=1`, 2, /Did you mean "cell"\?/],
  [`${run} --set dtmm.cell=1`, 2, /unknown kernel "dtmm"/, /Did you mean "dtm"\?/],
  [`${run} --set building.cel=1`, 2, /option of .*vector\.building.* "cel"/, /Did you mean "cell"\?/],
  [`${run} --smooth 2`, 2, /unknown option "--smooth"/, /--set vector\.\S+\.smooth=VALUE/],
  ["rum lidar", 2, /Did you mean "run"\?/],
  [`${run} --celll 1`, 2, /Did you mean "--cell"\?/],
  ["run lidar --out OUT --tile_size 50", 2, /Did you mean "--tile-size"\?/],
  ["kernels raster.dtm", 0, /^raster\.dtm: /m, /cell/],
  ["kernels raster.dtn", 2, /Did you mean "raster\.dtm"\?/],
  ["preview made -o OUT.png --layer canopy", 2, /unknown layer "canopy"/, /Known: relief/],
  ["preview made -o OUT.png --layer dtm-source", 2, /Open made\/raster\/dtm-source\.vrt in QGIS/],
  [
    `${run} --products vector --footprints paris.geojson --dry-run`,
    0,
    /warning: --footprints: no feature of \S+paris\.geojson meets the points of the job/,
  ],
  [
    `${run} --kernel simulation.viewshed --set simulation.viewshed.observers=2.1,48.8 --dry-run`,
    2,
    /2\.1,48\.8 is outside the points of the job: 770001,6277001/,
    /or up to 500 m away/,
  ],
  [
    `${run} --kernel simulation.viewshed --dry-run`,
    2,
    /simulation\.viewshed\.observers is missing/,
    /842100,6520200 842300,6520200,25", or --observers FILE/,
  ],
  [
    `${run} --kernel simulation.viewshed --set simulation.viewshed.observers=1,2;3,x`,
    2,
    /simulation\.viewshed\.observers: "3,x" is not valid/,
  ],
  [
    `${run} --kernel simulation.shadow --set simulation.shadow.time=2026-06-21 --dry-run`,
    2,
    /simulation\.shadow\.time: "2026-06-21" is not valid/,
    /Give it as 2026-06-21T12:00Z/,
  ],
  [`plan lidar --out OUT --kernel simulation.irradiation --set simulation.irradiation.linke=3,3`, 2, /"3,3"/, /twelve/],
  [
    `${run} --kernel simulation.flow --set simulation.flow-tile.outlets=1,2`,
    2,
    /flow-tile\.outlets: 1,2 is outside the points of the job/,
    /Give a place on them/,
  ],
  [`${run} --kernel simulation.flood --dry-run`, 2, /flood-tile\.level is missing/, /flood-tile\.level=VALUE/],
  [
    `${run} --kernel simulation.flood --set simulation.flood-tile.level=2 --set simulation.flood-tile.from=1;2`,
    2,
    /flood-tile\.from: "1"/,
    /places x,y/,
  ],
  [`${run} --departement 34`, 2, /--limits/, /ADMIN EXPRESS/],
)

const values = rows(
  ["run lidar --out OUT --tile-size 5000", 2, /one of 1000, 500/],
  ["run lidar --out OUT --tile-size 100m", 2, /"100m" is not valid/, /without a unit/],
  [`${run} --cell 0.5m`, 2, /"0\.5m"/, /from 0\.1 to 50 m/],
  [`${run} --workers 0`, 2, /from 1 to 1024/],
  [`${run} --workers 1.5`, 2, /--workers: 1\.5 is no integer from 1 to 1024/],
  ["run ftp://a.org/tile.laz --out OUT", 3, /ftp:\/\/a\.org\/tile\.laz: maille does not read/, /http, https or s3/],
  ["colours nowhere", 3, /Give the folder that "maille plan --shards" wrote/],
  [
    "colours made",
    3,
    /made: no plan for many machines \(plan\/shards\.json\)/,
    /maille plan INPUT… --out \S+ --shards N/,
  ],
  ["inspect ftp://a.org/tile.laz", 3, /: ftp:\/\/a\.org\/tile\.laz: maille does not read/, /http, https or s3/],
  [
    `${run} --imagery sftp://a.org/ortho`,
    3,
    /--imagery: sftp:\/\/a\.org\/ortho: maille does not read/,
    /http, https or s3/,
  ],
  ["export made --closed --out OUT.xyz", 2, /--out: "\.xyz"/, /\.obj, \.ply, \.stl, \.glb/],
  ["submit sbatch", 2, /Did you mean "maille submit slurm"\?/],
  ["submit pbs", 2, /slurm, kubernetes, aws-batch and gpao/, /--shard i/],
  ["--versoin", 2, /Did you mean "--version"\?/],
  [`${run} --memory 10`, 2, /at least 256M/],
  ["run lidar --out /proc/maille", 4, /cannot be made \(its file system has no new folders\)/, /choose another --out/],
  ["run lidar --out /proc/x/out", 4, /cannot be made/, /choose another --out/],
  ["run lidar --out photo.png", 2, /is a file/],
  [`${run} --breaklines photo.png --dry-run`, 3, /a PNG image, not lines/],
  [`${run} --footprints page.html --dry-run`, 3, /a web page, not polygons/],
  [`${run} --breaklines lines.geojson`, 3, /no lines/],
  [`${run} --aoi photo.png`, 3, /a PNG image, not GeoJSON or FlatGeobuf polygons/],
  ["fetch --tile-index photo.png --to OUT 0770_6278", 3, /a PNG image, not the GeoJSON/],
  ["fetch --tile-index page.html --to OUT 0770_6278", 3, /503 Service Unavailable/, /OUTPUTFORMAT/],
  ["fetch --tile-index made/job.json --to OUT 0770_6278", 3, /JSON without features, not the FeatureCollection/],
  ["publish made s3:/bad", 2, /s3:\/bad/, /such as s3:\/\/bucket/],
  ["publish made s3://bucket/x --dry-run", 3, /no answer after 1 try/, /AWS_ENDPOINT_URL_S3/],
)

/** Beyond what first users met. */
const further = rows(
  ["run zero.las --out OUT", 3, /empty \(0 bytes\)/],
  ["run zipped.laz --out OUT", 3, /gzip data, not/, /Unpack it/],
  ["run lidar/a.las, --out OUT", 3, /Separate inputs by spaces/],
  ["run C:\\data\\a.las --out OUT", 2, /a path of Windows/, /\/mnt\/c\/data\/a\.las in WSL/],
  ["run lidar/*.lax --out OUT", 3, /no file matches/],
  ["run spaces in name.las --out OUT", 3, /no such file/],
  ["run --imagery ortho lidar --out OUT", 2, /--imagery takes all paths after it/],
  ["run ortho --imagery lidar --out OUT", 3, /has images: give them with --imagery/],
  ["run ortho/ortho.tif --out OUT", 3, /a TIFF image, not/, /--imagery/],
  ["run made --out OUT", 3, /an output folder of maille/],
  [`${run} --products dtm dsm`, 2, /expected names with commas/, /--products dtm,dsm/],
  // Both count: the last does not hide the first.
  [`${run} --products ortho --products dtm`, 2, /unknown product "ortho"/],
  ["run lidar --out OUT --tile-size 1km", 2, /without a unit/],
  [`${run} --crs EPSG:2154 --crs EPSG:3946`, 3, /--crs says EPSG:3946/],
  [`${run} --workers many`, 2, /expected a number/],
  [`${run} --max-error 0`, 2, /mesh\.surface.*from 0\.01 to 50/],
  [`${run} --set maxError`, 2, /kernel\.option=value/],
  ["hash", 2, /<dir> is missing/],
  ["run lidar -x OUT", 2, /unknown option "-x"/],
  ["update theirs --dry-run", 2, /maille: \S*theirs\/job\.json: names kernels/, /theirs\.mjs.*--trust-kernels/],
  ["run --job jobs/unknown.json", 2, /unknown field "tilesize"/, /Did you mean "tileSize"\?/],
  ["run --job jobs/broken.json", 2, /broken\.json is not JSON/],
  ["run --job jobs/none.json", 2, /inputs is missing/],
  ["run --job made", 2, /Give --job made\/job\.json/],
  [`${run} --kernel photo.png`, 2, /Give a JavaScript module/],
  [`${run} --mesh modell`, 2, /expected one of model, ground, surface/],
  [`${run} --vector-format shp`, 2, /Known: fgb, gpkg/],
  ["preview made -o OUT.tiff", 2, /ends in \.png, \.jpg or \.webp/],
  ["preview made -o OUT.png --size 100", 2, /from 320 to 8192/],
  ["convert made --to shp --out OUT", 2, /expected one of gpkg/],
  ["convert photo.png --to geojson --out OUT", 3, /not a FlatGeobuf file/],
  ["compare vector photo.png lines.geojson", 3, /a PNG image, not polygons/],
  ["export made --tile 1/2/3 --format obj --out OUT.obj", 3, /no mesh of tile 1\/2\/3/],
  ["fetch --tile-index index.geojson --to OUT", 2, /nothing to fetch/],
  ["fetch --tile-index index.geojson --to OUT nope", 2, /unknown tile "nope"/],
)

/** Habits of other programs. */
const habits = rows(
  ["run -i lidar --out OUT", 2, /unknown option "-i"/, /maille run lidar\/ --out out\//],
  ["run --input lidar --output OUT", 2, /unknown option "--input"/, /Inputs need no option/],
  ["run --input=lidar --out OUT", 2, /Inputs need no option/],
  ["run lidar --output OUT", 2, /Did you mean "--out"\?/],
  ["run lidar --output-dir OUT", 2, /Did you mean "--out"\?/],
  ["run lidar --outdir OUT", 2, /Did you mean "--out"\?/],
  ["plan --input lidar --out OUT", 2, /Inputs need no option/],
  ["inspect --input lidar", 2, /Inputs need no option/],
  ["crop lidar/a.las --bbox 1,2,3,4 --output OUT.laz", 2, /--out is missing\. Give --out/],
  [`${run} --epsg 2154`, 2, /Did you mean "--crs"\?/],
  [`${run} --a_srs EPSG:2154`, 2, /Did you mean "--crs"\?/],
  [`${run} --srs 2154`, 2, /Did you mean "--crs"\?/],
  [`${run} --threads 2`, 2, /Did you mean "--workers"\?/],
  [`${run} -j 2`, 2, /Did you mean "--workers"\?/],
  [`${run} --bounds 1,2,3,4`, 2, /Did you mean "--bbox"\?/],
  [`${run} --extent 1,2,3,4`, 2, /Did you mean "--bbox"\?/],
  [`${run} --resolution 1`, 2, /Did you mean "--cell"\?/],
  [`${run} --gsd 1`, 2, /Did you mean "--cell"\?/],
  [`${run} --ram 8G`, 2, /Did you mean "--memory"\?/],
  [`${run} --overwrite`, 2, /Did you mean "--replace"\?/],
  [`${run} --ortho ortho`, 2, /Did you mean "--imagery"\?/],
  [`${run} --polygon paris.geojson`, 2, /Did you mean "--aoi"\?/],
  [`${run} -v`, 2, /Did you mean "--verbose"\?/],
  [`${run} -q`, 2, /Did you mean "--quiet"\?/],
  ["lidar --out OUT", 2, /unknown command "lidar"/, /maille run lidar --out out\//],
  ["lidar/ --out OUT", 2, /maille run lidar\/ --out out\//],
  ["lidar/a.las", 2, /maille run lidar\/a\.las --out/],
  ["nowhere/b.laz", 2, /maille run nowhere\/b\.laz --out/],
  ["hepl", 2, /Did you mean "help"\?/],
  ["hlep run", 2, /Did you mean "help"\?/],
  ["version", 2, /Did you mean "--version"\?/],
  ["help rnu", 2, /Did you mean "run"\?/],
  ["run --job jobs/pipeline.json --out OUT", 2, /a pipeline of PDAL, not a job/, /maille run IN\.laz --out/],
  ["run --job jobs/stages.json --out OUT", 2, /a pipeline of PDAL, not a job/],
)

/** Places that look right. */
const swapped = "6277000,770000,6277050,770050"
const axes = /x and y are swapped: give --bbox 770000,6277000,770050,6277050\./
const places = rows(
  [`${run} --bbox ${swapped}`, 3, /no source is inside/, axes],
  [`plan lidar --out OUT --bbox ${swapped}`, 3, axes],
  [`crop lidar/a.las -o OUT.laz --bbox ${swapped}`, 3, axes],
  [`preview made -o OUT.png --bbox ${swapped}`, 2, axes],
  [`${run} --bbox 900000,6277000,900050,6277050`, 3, /Choose an area inside/],
  ["run lidar --out C:\\out", 2, /a path of Windows/, /\/mnt\/c\/out in WSL/],
  ["run lidar --out=D:\\out", 2, /a path of Windows/],
  ["run \\\\server\\lidar --out OUT", 2, /a path of Windows/],
  ["view C:/out", 2, /a path of Windows/],
  ["run lidar --out lidar/out --tile-size 50", 2, /is inside the inputs/, /Choose a folder outside/],
  ["run . --out OUT --dry-run", 2, /is inside the inputs/],
  ["plan lidar --out lidar/out", 2, /is inside the inputs/],
  [`${run} --workers 1000 --dry-run`, 0, /1000 workers on \d+ processors? save no time/, /Use --workers \d/],
)

/** Values, files and folders that one of the commands cannot use. */
const more = rows(
  ["run lidar --out s3://bucket/out", 2, /--out: s3:\/\/bucket\/out is an address/, /maille publish/],
  ["plan lidar --out https://host/out", 2, /is an address/, /Give a folder/],
  [`${run} --bbox ,,,`, 2, /four numbers minX,minY,maxX,maxY/],
  [`${run} --bbox NaN,0,1,1`, 2, /Example: 770500/],
  [`${run} --products`, 2, /--products needs a value/],
  [`${run} --products ,`, 2, /Known: dtm, dsm/],
  [`${run} --layers contour --products dtm`, 2, /Add vector to --products/],
  [`${run} --workers -1`, 2, /a whole number from 1 to 1024/],
  [`${run} --memory 8Go`, 2, /such as 2G or 800M/],
  [`${run} --crs lambert93`, 2, /such as EPSG:2154/],
  [`${run} --set raster.dtm.cell=`, 2, /from 0\.1 to 50 m/],
  [`${run} --set =1`, 2, /kernel\.option=value/],
  [`${run} --cell 0,5`, 2, /"0,5" is not valid/],
  [`${run} --kernel nowhere.mjs`, 2, /nowhere\.mjs: no such file or folder/, /Check the path/],
  [`${run} --dtm plain.tif`, 2, /cannot be used together with them. Leave one/],
  ["run --dtm plain.tif --out OUT --products dtm --kernel simulation.flow", 3, /no georeference/, /gdal_translate/],
  ["run --dsm nowhere.tif --out OUT --products dsm --kernel simulation.shadow", 3, /no such file/, /Check the path/],
  [
    "run --dsm made/raster/dtm.vrt --out OUT --products dsm --kernel simulation.shadow --set simulation.shadow.under=ground",
    2,
    /"class", which is made from points, and the job has only --dsm\. Give point files instead/,
    /leave out --set simulation\.shadow\.under/,
  ],
  [
    "run --dtm made/raster/dtm.vrt --out OUT --products vector --layers building",
    2,
    /reads points/,
    /Give point files/,
  ],
  [`${run} --aoi nowhere.geojson`, 3, /no such file/, /Check the path/],
  [`${run} --aoi lines.geojson`, 3, /no polygons/],
  [`${run} --aoi paris.geojson`, 3, /The sources cover 770000/, /Choose an area inside/],
  [`${run} --classify trees`, 2, /expected one of ground/],
  [`${run} --classes 300`, 2, /Known: lidarhd, asprs/],
  [`${run} --add --replace`, 2, /Leave one of the two out/],
  ["run --out OUT --job jobs/nowhere.json", 3, /no such file/, /Check the path/],
  [`${run} --shard 0`, 2, /which maille plan --shards writes/],
  ["crop lidar/a.las --bbox 770000,6277000,770010,6277010 -o OUT.png", 2, /ends in \.laz/],
  ["copc lidar --out OUT --to EPSG:1", 2, /such as EPSG:2154/],
  ["convert made --to geojson --out OUT --layer nope", 2, /unknown layer "nope"\. Known: contour/],
  ["export made --bbox 1,2,3,4 --format obj --out OUT.obj", 2, /Give --closed too/],
  ["export made --all --format stp --out OUT", 2, /one of obj, ply, stl, glb/],
  ["export made --out OUT.obj --format obj", 2, /one of --tile L\/X\/Y, --at x,y and --all/],
  ["validate made/job.json", 3, /a file, not an output folder/],
  ["view made --port 99999", 2, /from 0 to 65535/],
  ["update lidar --dry-run", 3, noOutput],
  ["compare made", 2, /Give two output folders/],
  ["publish made http://host/x", 2, /such as s3:\/\/bucket/],
  ["plan lidar --out OUT --shards many", 2, /from 1 to 100000/],
  ["submit slurm nowhere", 3, /Give the folder that "maille plan --shards" wrote/],
  ["kernels new lidar", 2, /is not empty\. Give a new or empty folder/],
  ["demo --out foreign", 2, /which no demo wrote\. Choose another folder/],
  ["demo --guide lidar", 2, /Choose a new folder/],
  ["zonal made --raster nope --by contour", 2, /Known: dtm/],
  ["zonal made --by contour", 2, /--raster is missing/],
)

export const mistakes: readonly Mistake[] = [
  ...[...folders, ...silence, ...wild],
  ...[...boxes, ...noPoints, ...systems, ...names, ...values, ...further],
  ...[...habits, ...places, ...more],
]
