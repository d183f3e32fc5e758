/**
 * French lines of the help by their English ones. Fields of a job have both languages in their
 * table; texts of kernels are English.
 */
export const french: Readonly<Record<string, string>> = {
  // Words of every help.
  "Usage:": "Utilisation :",
  "Options:": "Options :",
  "Commands:": "Commandes :",
  "Every command:": "Toutes les commandes :",
  "Exit codes:": "Codes de retour :",
  "All options:": "Toutes les options :",
  "Options: maille COMMAND --help. Exit codes: maille --help-all.":
    "Options : maille COMMANDE --help. Codes de retour : maille --help-all.",
  "default:": "par défaut :",
  "one of": "parmi",
  required: "obligatoire",
  "the common options": "les options courantes",
  "all options with details": "toutes les options en détail",
  "language of help and report.html: en or fr (also MAILLE_LANG)":
    "langue de l’aide et de report.html : en ou fr (aussi MAILLE_LANG)",
  "print only errors and the result": "n’afficher que les erreurs et le résultat",
  "print stages, tasks and decisions too": "afficher aussi étapes, tâches et décisions",

  // Exit codes.
  done: "terminé",
  "some tasks failed, something asked for is missing, or a check found a fault":
    "des tâches ont échoué, il manque une partie de la demande, ou un contrôle a trouvé un défaut",
  "wrong usage": "commande ou option incorrecte",
  "unusable input": "entrée inutilisable",
  "out of memory or disk space": "mémoire ou espace disque insuffisant",
  "a bug in maille": "un défaut de maille",
  "stopped early, or an earlier phase is not finished: run the command again":
    "arrêt anticipé, ou phase précédente inachevée : relancer la commande",
  "stopped by Ctrl-C: run the same command again to resume":
    "arrêt par Ctrl-C : relancer la même commande pour reprendre",

  // Groups of commands and options.
  "Build:": "Calculer :",
  "Inputs:": "Entrées :",
  "Look and check:": "Voir et contrôler :",
  "Exchange:": "Échanger :",
  "Many machines:": "Plusieurs machines :",
  "About maille:": "À propos de maille :",
  "Products:": "Produits :",
  "Place:": "Emprise :",
  "Resources:": "Ressources :",
  "Output:": "Sortie :",
  "Advanced:": "Options avancées :",
  "Kernel options:": "Options des noyaux (en anglais) :",
  "One shard of a plan:": "Un lot d’un plan :",
  "Plan:": "Plan :",
  "Slurm:": "Slurm :",

  // maille
  "build meshes, rasters and vector layers from LiDAR and aerial images":
    "calculer maillages, rasters et couches vecteur",
  "maille demo --out demo/                        # try it on a synthetic scene":
    "maille demo --out demo/                        # essai, scène synthétique",
  "maille run lidar/ --imagery ortho/ --out out/  # build all products":
    "maille run lidar/ --imagery ortho/ --out out/  # tous les produits",

  // Texts of several commands.
  "output folder of maille run": "dossier de sortie de maille run",
  "output folder of maille plan --shards": "dossier de sortie de maille plan --shards",
  "output folder": "dossier de sortie",
  "print one JSON document": "afficher un document JSON",
  "worker threads (default: one per processor)": "fils d’exécution (par défaut : un par processeur)",
  "CRS of points that state none": "CRS des points qui n’en ont pas",
  "CRS of files that state none": "CRS des fichiers qui n’en ont pas",
  "may be repeated": "peut être répétée",
  "Exit code 1: some inputs failed; 3: all failed.":
    "Code de retour 1 : des entrées ont échoué ; 3 : toutes ont échoué.",

  // maille run
  "build meshes, textures, rasters and vector layers": "calculer maillages, textures, rasters et couches vecteur",
  "Interrupted? Run the same command again: finished tiles are kept.":
    "Interrompu ? Relancez la même commande : les tuiles finies sont gardées.",
  "Then look at the result: maille view out/": "Voir ensuite le résultat : maille view out/",
  "job file (JSON); other options win over it": "fichier de traitement (JSON) ; les autres options priment",
  "run the kernels that the job file names": "exécuter les noyaux que nomme le fichier de traitement",
  "kernels are code; without this option they are refused":
    "les noyaux sont du code ; sans cette option ils sont refusés",
  "accept VRT images that read raw bytes, compute or download":
    "accepter les images VRT qui lisent des octets bruts, calculent ou téléchargent",
  "also MAILLE_TRUST_VRT=1, which maille submit passes on": "aussi MAILLE_TRUST_VRT=1, que maille submit transmet",
  "add products or layers to the output folder": "ajouter des produits ou des couches au dossier",
  "what it holds is kept": "son contenu est gardé",
  "replace the job of the output folder": "remplacer le traitement du dossier de sortie",
  "products that this job does not make are removed at the end":
    "les produits que ce traitement ne calcule pas sont supprimés à la fin",
  "take results of another output folder that fit this job (repeatable)":
    "reprendre les résultats d’un autre dossier qui conviennent (répétable)",
  "for scenarios, other products or areas; DIR is not changed":
    "pour des scénarios, d’autres produits ou emprises ; DIR n’est pas modifié",
  "show what a run would build, keep and remove": "montrer ce qui serait calculé, gardé, supprimé",
  "form of the log: text or json lines (default: text)": "forme du journal : text ou lignes json (par défaut : text)",
  "print the result as one JSON document": "afficher le résultat en un document JSON",
  "exit code 1 if not fit for release": "code de retour 1 si impropre à la diffusion",
  "report.html shows why; for a plan of shards, in the last phase":
    "report.html dit pourquoi ; pour un plan de lots, dans la dernière phase",
  "time for running tiles after SIGTERM or SIGUSR1 (default: 20)":
    "délai des tuiles en cours après SIGTERM ou SIGUSR1 (par défaut : 20)",
  "then the run stops with exit code 75": "puis le calcul s’arrête, code de retour 75",
  "compare finished files with their hashes and repair them":
    "comparer les fichiers finis à leurs empreintes et les réparer",
  "reads every byte of the output folder": "lit chaque octet du dossier de sortie",
  "build only shard i; needs --job OUT/plan/job.json": "ne calculer que le lot i ; demande --job OUT/plan/job.json",
  "without i, the number is SLURM_ARRAY_TASK_ID, JOB_COMPLETION_INDEX, AWS_BATCH_JOB_ARRAY_INDEX":
    "sans i, le numéro est SLURM_ARRAY_TASK_ID, JOB_COMPLETION_INDEX ou AWS_BATCH_JOB_ARRAY_INDEX",
  "number to add to that of the shard (default: 0)": "nombre à ajouter au numéro du lot (par défaut : 0)",
  "for the second and later arrays of a plan": "pour le deuxième tableau d’un plan et les suivants",
  "phase of the plan (default: tile)": "phase du plan (par défaut : tile)",
  "region has shards of its own; job and finish are one task each":
    "region a ses propres lots ; job et finish sont chacune une tâche",
  "replace the folder FROM in paths of the job by TO":
    "remplacer le dossier FROM par TO dans les chemins du traitement",
  "for containers, which mount folders elsewhere; may be repeated (also MAILLE_MAP_PATH=FROM=TO;…)":
    "pour les conteneurs, qui montent les dossiers ailleurs ; peut être répétée (aussi MAILLE_MAP_PATH=FROM=TO;…)",

  // maille update, retry, status
  "update products after inputs changed": "mettre à jour les produits quand les entrées ont changé",
  "Source tiles were changed, added or removed: builds only what depends on them, and removes products of tiles that are gone.":
    "Dalles source changées, ajoutées ou retirées : ne recalcule que ce qui en dépend, et supprime les produits des tuiles disparues.",
  "Without INPUT, it reads the inputs of the job again.": "Sans INPUT, les entrées du traitement sont relues.",
  "all inputs from now on, instead of those of the job":
    "toutes les entrées désormais, au lieu de celles du traitement",
  "show the tasks to run again, and why": "montrer les tâches à relancer, et pourquoi",
  "run failed and quarantined tasks again": "relancer les tâches échouées ou en quarantaine",
  "Use it after you repaired an input or gave more memory. Finished tasks are kept.":
    "À utiliser après avoir réparé une entrée ou donné plus de mémoire. Les tâches finies sont gardées.",
  "It also runs tasks that crashed the engine, which maille run skips.":
    "Relance aussi les tâches qui ont fait tomber le moteur, que maille run saute.",
  "show the progress of a run or of a plan": "montrer l’avancement d’un calcul ou d’un plan",
  "For a plan that was submitted to Slurm it also shows waiting and running jobs.":
    "Pour un plan soumis à Slurm, montre aussi les travaux en attente et en cours.",
  "Exit code 0: finished; 1: finished, but some tasks failed; 75: tasks are left.":
    "Code de retour 0 : fini ; 1 : fini, mais des tâches ont échoué ; 75 : il reste des tâches.",
  "output folder of maille run or of maille plan --shards":
    "dossier de sortie de maille run ou de maille plan --shards",

  // maille demo
  "try maille on a small synthetic scene": "essayer maille sur une petite scène synthétique",
  "Makes a scene of 200 m × 200 m, with four LAS files and an orthophoto, and builds all its products. Needs no network.":
    "Fabrique une scène de 200 m × 200 m, avec quatre fichiers LAS et une orthophoto, et calcule tous ses produits. Sans réseau.",
  "folder for the scene (input/) and its products (result/)":
    "dossier de la scène (input/) et de ses produits (result/)",
  "new folder for the files that the guide's commands read; builds nothing":
    "nouveau dossier pour les fichiers que lisent les commandes du guide ; ne calcule rien",

  // maille fetch
  "download point tiles and images that an index lists": "télécharger dalles de points et images d’après un index",
  "The index is an answer of IGN's WFS, as GeoJSON. Every file is checked after its download.":
    "L’index est une réponse du WFS de l’IGN, en GeoJSON. Chaque fichier est contrôlé après téléchargement.",
  "Interrupted? Run the same command again: finished files are kept and partial files completed. Exit code 1: some files failed; 3: all failed.":
    "Interrompu ? Relancez la même commande : les fichiers finis sont gardés, les partiels complétés. Code de retour 1 : des fichiers ont échoué ; 3 : tous ont échoué.",
  "tiles by name: LHD_FXX_0770_6278_PTS_LAMB93_IGN69 or 0770_6278":
    "dalles par nom : LHD_FXX_0770_6278_PTS_LAMB93_IGN69 ou 0770_6278",
  "index of the tiles (GeoJSON); repeat it for several pages":
    "index des dalles (GeoJSON) ; à répéter pour plusieurs pages",
  "folder for the files": "dossier des fichiers",
  "or: tiles that touch this box, CRS metres": "ou : dalles qui touchent cette boîte, en mètres du CRS",
  "or: tiles of départements, such as 34,67": "ou : dalles de départements, comme 34,67",
  "polygons of the départements, with codes; FlatGeobuf, GeoJSON, GeoPackage or Shapefile":
    "polygones des départements, avec leurs codes ; FlatGeobuf, GeoJSON, GeoPackage ou Shapefile",
  "also tiles up to this distance, for the halo; 1000 is enough (default: 0)":
    "aussi les dalles à cette distance au plus, pour le halo ; 1000 suffit (par défaut : 0)",
  "CRS of the tiles, if the index has several": "CRS des dalles, si l’index en a plusieurs",
  "requests per second (default: 1)": "requêtes par seconde (par défaut : 1)",
  "show the files to download, send no request": "montrer les fichiers à télécharger, sans requête",

  // maille inspect, crop, copc
  "describe point files, images, orientations and GLB files": "décrire fichiers de points, images, orientations et GLB",
  "Point files: extent, CRS, density, classes, faults, and gaps between files. Density is points per 1 m cell that has any.":
    "Points : emprise, CRS, densité, classes, défauts, et trous entre fichiers. La densité compte les mailles de 1 m qui ont des points.",
  "Images: size, place and date, or why maille run cannot use them.":
    "Images : taille, lieu et date, ou pourquoi maille run ne peut les utiliser.",
  "Orientation files (OPK, MicMac, conic XML): shots, cameras, and shots without image where images are given too.":
    "Orientations (OPK, MicMac, XML conique) : clichés, caméras, et clichés sans image quand des images sont données aussi.",
  "GLB files of a tileset: triangles, texture and infrared texture.":
    "Fichiers GLB d’un tileset : triangles, texture et texture infrarouge.",
  "Exit code 1: some inputs cannot be used; 3: none can.":
    "Code de retour 1 : des entrées sont inutilisables ; 3 : toutes le sont.",
  "LAS, LAZ, COPC, image, orientation and GLB files, folders, globs, http(s) and s3:// addresses":
    "fichiers LAS, LAZ, COPC, images, orientations et GLB, dossiers, motifs de noms, adresses http(s) et s3://",
  "CRS of points that state none; without points, CRS of the images (default: EPSG:2154)":
    "CRS des points qui n’en ont pas ; sans points, CRS des images (par défaut : EPSG:2154)",
  "read every point of files over 10 million points, not a sample":
    "lire tous les points au-delà de 10 millions par fichier, non un échantillon",
  "draw footprints, density and gaps as .png, .jpg or .webp":
    "dessiner emprises, densité et trous en .png, .jpg ou .webp",
  "extract the points inside a box into one file": "extraire les points d’une boîte dans un fichier",
  "Point records are copied unchanged, so all inputs must have the same point format. The left and lower edges belong to the box.":
    "Les points sont copiés tels quels : toutes les entrées doivent avoir le même format de point. Les bords gauche et bas font partie de la boîte.",
  "Exit code 1: some inputs failed; 3: no point was found.":
    "Code de retour 1 : des entrées ont échoué ; 3 : aucun point trouvé.",
  "box minX,minY,maxX,maxY in CRS metres": "boîte minX,minY,maxX,maxY en mètres du CRS",
  "file to write: .laz or .copc.laz": "fichier à écrire : .laz ou .copc.laz",
  "rewrite point files as COPC": "réécrire des fichiers de points en COPC",
  "With --to, points in degrees, in feet or in another CRS are reprojected, within 1 mm; heights become metres.":
    "Avec --to, les points en degrés, en pieds ou dans un autre CRS sont reprojetés, à 1 mm près ; les altitudes passent en mètres.",
  "CRS of points that state none; with --to, also in place of a wrong one":
    "CRS des points qui n’en indiquent pas ; avec --to, remplace aussi un CRS faux",
  "reproject the points to this CRS in metres": "reprojeter les points dans ce CRS en mètres",
  "Writes NAME.copc.laz for each file and keeps all attributes and VLRs; point formats 0 to 3 become 6 or 7.":
    "Écrit NOM.copc.laz pour chaque fichier et garde attributs et VLR ; les formats de point 0 à 3 deviennent 6 ou 7.",
  "A second run writes only missing and changed files. Exit code 1: some inputs failed; 3: all failed.":
    "Un second appel n’écrit que les fichiers manquants ou changés. Code de retour 1 : des entrées ont échoué ; 3 : toutes ont échoué.",
  "write unchanged files again too": "réécrire aussi les fichiers inchangés",
  "show the files to write, write nothing": "montrer les fichiers à écrire, ne rien écrire",

  // maille view, preview, validate
  "look at products in a browser": "voir les produits dans un navigateur",
  "Serves the output folder, read-only, and a page that shows it, until Ctrl-C. The page needs no network.":
    "Sert le dossier de sortie, en lecture seule, et une page qui le montre, jusqu’à Ctrl-C. La page se passe de réseau.",
  "On a remote machine: ssh -L 8080:localhost:8080 HOST, and run maille view there.":
    "Sur une machine distante : ssh -L 8080:localhost:8080 HÔTE, et y lancer maille view.",
  "port to listen on; 0: any free port": "port d’écoute ; 0 : un port libre",
  "address to listen on; 0.0.0.0 lets other machines in": "adresse d’écoute ; 0.0.0.0 admet les autres machines",
  "let web pages of other servers read the folder, such as CesiumJS":
    "laisser des pages d’autres serveurs lire le dossier, comme CesiumJS",
  "print one JSON document when it listens": "afficher un document JSON dès l’écoute",
  "draw products as a map, without a browser": "dessiner les produits en carte, sans navigateur",
  "The map has a scale bar, coordinates, a legend and the attribution.":
    "La carte porte échelle, coordonnées, légende et mention de source.",
  "Without --layer it shows the aerial image (else shaded relief), water, vegetation, buildings, contours and tiles.":
    "Sans --layer : image aérienne (sinon relief ombré), eau, végétation, bâtiments, courbes de niveau et tuiles.",
  "picture to write: .png, .jpg or .webp": "image à écrire : .png, .jpg ou .webp",
  "longest side, 320 to 8192 pixels": "plus grand côté, 320 à 8192 pixels",
  "only this box, CRS metres": "cette boîte seulement, en mètres du CRS",
  "check the products of a run": "contrôler les produits d’un calcul",
  "Checks glTF files with the Khronos validator, seams between tiles, meshes against the points, rasters and vector layers. Exit code 1: a check failed.":
    "Contrôle les fichiers glTF (validateur de Khronos), les raccords entre tuiles, l’écart des maillages aux points, les rasters et les couches vecteur. Code de retour 1 : un contrôle a échoué.",
  "only compare every file with its recorded hash": "comparer seulement chaque fichier à son empreinte notée",

  // maille zonal
  "statistics of rasters by zone": "statistiques de rasters par zone",
  "Each cell counts by its exact area in the zone; cells without data do not count.":
    "Chaque cellule compte pour sa surface exacte dans la zone ; les cellules sans données ne comptent pas.",
  "Statistics: mean, min, max, std, median, p0 to p100, sum (value × area), area (m² with data), and area with a comparison such as area:>0.2.":
    "Statistiques : mean, min, max, std, median, p0 à p100, sum (valeur × surface), area (m² avec données), et area avec une comparaison, comme area:>0.2.",
  "output folder of maille run, or a GeoTIFF or VRT": "dossier de sortie de maille run, GeoTIFF ou VRT",
  "rasters of the folder": "rasters du dossier",
  "zones: a layer of the folder, or a file of polygons": "zones : couche du dossier, ou fichier de polygones",
  "statistics (default: mean,min,max,area)": "statistiques (par défaut : mean,min,max,area)",
  "write zones and statistics as .fgb, .geojson, .geojsonl, .gpkg, .parquet, .pmtiles or .csv":
    "écrire zones et statistiques en .fgb, .geojson, .geojsonl, .gpkg, .parquet, .pmtiles ou .csv",

  // maille compare, hash
  "compare two results, or a layer with a reference": "comparer deux résultats, ou une couche à une référence",
  "Compares what both have: rasters cell by cell, layers object by object, the mesh by contents, objects and distance.":
    "Compare ce que les deux contiennent : rasters cellule par cellule, couches objet par objet, maillage par contenus, objets et distance.",
  "Exit code: 0 whether they differ or not; 1 above --fail-above; 3 where CRS or cells differ.":
    "Code de retour : 0, qu’ils diffèrent ou non ; 1 au-dessus de --fail-above ; 3 si CRS ou cellules diffèrent.",
  "output folder to compare with it": "dossier de sortie à lui comparer",
  "smallest difference of values that counts (default: 0)":
    "plus petite différence de valeurs qui compte (par défaut : 0)",
  "measure all rasters in these zones": "mesurer tous les rasters dans ces zones",
  "statistics of the zones, as in maille zonal": "statistiques des zones, comme dans maille zonal",
  "new or empty folder for difference rasters, layers, zones, compare.json and compare.html":
    "dossier nouveau ou vide pour les rasters de différences, couches, zones, compare.json et compare.html",
  "exit code 1 above area=M2 of a raster or objects=N of a layer":
    "code de retour 1 au-dessus de area=M2 d’un raster ou objects=N d’une couche",
  "compare the polygons of two layers": "comparer les polygones de deux couches",
  "Pairs polygons by their best IoU (intersection over union); groups pair objects that the two layers divide differently.":
    "Apparie les polygones par leur meilleur IoU (intersection sur union) ; des groupes apparient les objets que les deux couches découpent autrement.",
  "Polygons only in A are missing, polygons only in B are extra.":
    "Les polygones de A seul manquent, ceux de B seul sont en trop.",
  "reference: output folder, FlatGeobuf or GeoJSON; other formats need GDAL":
    "référence : dossier de sortie, FlatGeobuf ou GeoJSON ; les autres formats demandent GDAL",
  "layer to compare with it, in the same formats": "couche à lui comparer, dans les mêmes formats",
  "layer of an output folder": "couche d’un dossier de sortie",
  "smallest IoU of a match (default: 0.5)": "IoU minimal d’un appariement (par défaut : 0.5)",
  "only objects that are wholly inside this box, CRS metres":
    "seulement les objets entièrement dans cette boîte, en mètres du CRS",
  "draw matched, missing and extra objects as .png, .jpg or .webp":
    "dessiner les objets appariés, manquants et en trop en .png, .jpg ou .webp",
  "print one JSON document, with all matches, missing and extra objects":
    "afficher un document JSON, avec les objets appariés, manquants et en trop",
  "print one hash of all products": "afficher une empreinte de tous les produits",
  "The SHA-256 covers the paths and bytes of all products; two runs with equal products have equal hashes.":
    "Le SHA-256 porte sur les chemins et les octets de tous les produits : à produits égaux, empreintes égales.",
  "It leaves out job.json, plan.json, journal*.jsonl, report.*, quarantine/ and .work/.":
    "Il ignore job.json, plan.json, journal*.jsonl, report.*, quarantine/ et .work/.",
  "print the hash of every file too": "afficher aussi l’empreinte de chaque fichier",

  // maille catalogue
  "write a STAC catalogue of the products": "écrire un catalogue STAC des produits",
  "Writes catalogue/ into the folder: a collection for each product, an item for each work tile, pack or layer,":
    "Écrit catalogue/ dans le dossier : une collection par produit, un élément par tuile, archive ou couche,",
  "and inputs.vpc, a virtual point cloud of the source tiles. Run it again after each run or update.":
    "et inputs.vpc, un nuage virtuel des tuiles sources. À relancer après chaque calcul ou mise à jour.",

  // maille export, convert, publish
  "write meshes as OBJ, PLY, STL or plain glTF": "écrire les maillages en OBJ, PLY, STL ou glTF simple",
  "--closed writes one watertight solid, for simulations and 3D print: ground, water and buildings on a level base, united with bridge decks.":
    "--closed écrit un seul solide étanche, pour simulations et impression 3D : sol, eau et bâtiments sur un socle plat, réunis aux tabliers de ponts.",
  "one watertight solid of at most 1 km², with skirt and base":
    "un seul solide étanche de 1 km² au plus, avec jupe et socle",
  "with --closed: the part to write, CRS metres (default: everything)":
    "avec --closed : la partie à écrire, en mètres du CRS (par défaut : tout)",
  "with --closed: height of the base, metres (default: 1 to 2 m below the surface)":
    "avec --closed : altitude du socle, en mètres (par défaut : 1 à 2 m sous la surface)",
  "with --closed: trees and canopies too": "avec --closed : aussi les arbres et les canopées",
  "OBJ has one group per object, binary PLY the class and object of each face. Their coordinates are CRS metres from the tile's south-west corner, which the file states.":
    "OBJ a un groupe par objet, PLY binaire la classe et l’objet de chaque face. Coordonnées en mètres du CRS depuis le coin sud-ouest de la tuile, que le fichier indique.",
  "GLB has colours, textures and attributes, without compression.":
    "GLB a couleurs, textures et attributs, sans compression.",
  "tile to write, as in tiles/L/X/Y.glb": "tuile à écrire, comme dans tiles/L/X/Y.glb",
  "or: tile at this place, CRS metres": "ou : tuile de ce lieu, en mètres du CRS",
  "with --at: level of the tile (default: the finest)": "avec --at : niveau de la tuile (par défaut : le plus fin)",
  "the whole tileset as GLB, into a new folder": "tout le tileset en GLB, dans un nouveau dossier",
  "format to write (default: by --out, else obj)": "format à écrire (par défaut : d’après --out, sinon obj)",
  "file to write (default: L-X-Y.FORMAT, or scene.FORMAT with --closed); with --all a folder":
    "fichier à écrire (par défaut : L-X-Y.FORMAT, ou scene.FORMAT avec --closed) ; avec --all un dossier",
  "{ path, key, format, sizeBytes, vertices, triangles, objects, epsg, offset }; of GLB { format, paths, contents, sizeBytes }; with --closed { path, format, sizeBytes, vertices, triangles, volumeM3, base, voids, filledM2, thinTriangles, crossings, parts, looseTrees, looseDecks, epsg, offset }":
    "{ path, key, format, sizeBytes, vertices, triangles, objects, epsg, offset } ; pour GLB { format, paths, contents, sizeBytes } ; avec --closed { path, format, sizeBytes, vertices, triangles, volumeM3, base, voids, filledM2, thinTriangles, crossings, parts, looseTrees, looseDecks, epsg, offset }",
  "convert vector layers to another format": "convertir les couches vecteur en un autre format",
  "gpkg and pmtiles (vector tiles for web maps) write one file; geojson, geojsonl and parquet write one file per layer.":
    "gpkg et pmtiles (tuiles vecteur pour cartes web) écrivent un fichier ; geojson, geojsonl et parquet un fichier par couche.",
  "output folder of maille run, or a FlatGeobuf file": "dossier de sortie de maille run, ou un fichier FlatGeobuf",
  "format to write": "format à écrire",
  "file to write; for geojson, geojsonl and parquet a folder":
    "fichier à écrire ; pour geojson, geojsonl et parquet un dossier",
  "only these layers (default: all)": "ces couches seulement (par défaut : toutes)",
  "attribute names of maille, or of BD TOPO for buildings":
    "noms des attributs : ceux de maille, ou de la BD TOPO pour les bâtiments",
  "geojson: coordinates in the CRS of the layer, not in degrees":
    "geojson : coordonnées dans le CRS de la couche, non en degrés",
  "pmtiles: zoom levels (default: 8-16)": "pmtiles : niveaux de zoom (par défaut : 8-16)",
  "upload products to an S3 store": "envoyer les produits vers un stockage S3",
  "Uploads only new and changed files, the root tileset last, and removes files that the folder no longer has.":
    "N’envoie que les fichiers nouveaux ou changés, le tileset racine en dernier, et supprime ceux que le dossier n’a plus.",
  "The environment names store and credentials: AWS_ENDPOINT_URL_S3, AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN.":
    "L’environnement nomme le stockage et les clés : AWS_ENDPOINT_URL_S3, AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN.",
  "s3://BUCKET/PREFIX": "s3://SEAU/PRÉFIXE",
  "files to upload at the same time": "fichiers envoyés en même temps",
  "show the files to upload and remove, change nothing":
    "montrer les fichiers à envoyer et à supprimer, sans rien changer",

  // maille plan, colours
  "show the tasks of a run with time and memory, or split it":
    "montrer tâches, temps et mémoire d’un calcul, ou le découper",
  "Takes the options of maille run and reads only the headers of the inputs.":
    "Prend les options de maille run et ne lit que les en-têtes des entrées.",
  "With --shards it writes a plan for many machines to out/plan/; next: maille submit.":
    "Avec --shards, écrit dans out/plan/ un plan pour plusieurs machines ; ensuite : maille submit.",
  "index of tiles (GeoJSON of IGN's WFS) instead of inputs":
    "index des dalles (GeoJSON du WFS de l’IGN) au lieu des entrées",
  "no point file is read; repeat it for several pages":
    "aucun fichier de points n’est lu ; à répéter pour plusieurs pages",
  "split the job for n tasks at a time, and write the plan":
    "découper le traitement pour n tâches à la fois, écrire le plan",
  "estimate from a finished run in this output folder": "estimer d’après le calcul fini de ce dossier",
  "draw tiles by cost, and the inputs, as .png, .jpg or .webp":
    "dessiner tuiles par coût et entrées, en .png, .jpg ou .webp",
  "print the plan as one JSON document": "afficher le plan en un document JSON",
  "match the colours of images for a plan made from an index":
    "accorder les couleurs des images d’un plan fait d’un index",
  "Run it once, before the first shard of maille plan --tile-index --shards, where images and points can be read.":
    "À lancer une fois, avant le premier lot de maille plan --tile-index --shards, là où images et points sont lisibles.",
  "It writes colours.json to the plan, for all shards. Corrections in the output folder are kept.":
    "Écrit colours.json dans le plan, pour tous les lots. Les corrections du dossier de sortie sont gardées.",

  // maille submit, resume, cancel
  "submit a plan to a cluster": "soumettre un plan à une grappe de calcul",
  "First make the plan: maille plan lidar/ --out out/ --shards 100":
    "Faire d’abord le plan : maille plan lidar/ --out out/ --shards 100",
  "submit a plan to Slurm": "soumettre un plan à Slurm",
  "Submits the unfinished tasks as job arrays, phase after phase. After each phase the chain submits missing tasks again.":
    "Soumet les tâches inachevées en tableaux de travaux, phase après phase. Après chaque phase, la chaîne soumet de nouveau celles qui manquent.",
  "Next: maille status out/, maille resume out/ or maille cancel out/.":
    "Ensuite : maille status out/, maille resume out/ ou maille cancel out/.",
  partition: "partition (file d’attente)",
  account: "compte",
  "quality of service": "qualité de service",
  "features that nodes must have": "caractéristiques exigées des nœuds",
  "time limit of a task, or auto (default: the partition's)":
    "durée limite d’une tâche, ou auto (par défaut : celle de la partition)",
  "in the form of sbatch; auto: from the estimates of the plan":
    "dans la forme de sbatch ; auto : d’après les estimations du plan",
  "time limit of phases with one task (default: that of --time)":
    "durée limite des phases à une tâche (par défaut : celle de --time)",
  "longest limit that auto may set (default: none)": "plus longue limite que auto peut fixer (par défaut : aucune)",
  "processors of a task, one worker each (default: 1)": "processeurs d’une tâche, un fil chacun (par défaut : 1)",
  "memory of a task, such as 8G (default: 2G per processor)":
    "mémoire d’une tâche, comme 8G (par défaut : 2G par processeur)",
  "shards with larger tiles get twice or four times as much, and so on":
    "les lots à plus grosses tuiles en ont le double, le quadruple, etc.",
  "memory of phases with one task (default: by the number of tiles)":
    "mémoire des phases à une tâche (par défaut : d’après le nombre de tuiles)",
  "most memory that a node can give to a task": "mémoire maximale qu’un nœud peut donner à une tâche",
  "most tasks of an array that run at the same time": "tâches simultanées d’un tableau, au plus",
  "time before the time limit at which tasks stop (default: 180)":
    "délai avant la durée limite où les tâches s’arrêtent (par défaut : 180)",
  "submissions without progress after which the chain stops (default: 3)":
    "soumissions sans progrès après lesquelles la chaîne s’arrête (par défaut : 3)",
  "further option of sbatch, such as --sbatch=--exclusive; may be repeated":
    "autre option de sbatch, comme --sbatch=--exclusive ; peut être répétée",
  'shell line before the command, as "module load nodejs"':
    "ligne de shell avant la commande, comme « module load nodejs »",
  "command that starts maille on a node": "commande qui lance maille sur un nœud",
  "such as a container's (default: the command that runs now)":
    "comme celle d’un conteneur (par défaut : la commande en cours)",
  "MaxArraySize of the cluster (default: from scontrol)": "MaxArraySize de la grappe (par défaut : d’après scontrol)",
  "print the scripts, submit nothing": "afficher les scripts, ne rien soumettre",
  "print the submitted jobs as one JSON document": "afficher les travaux soumis en un document JSON",
  "write Kubernetes Indexed Jobs for a plan": "écrire les Indexed Jobs Kubernetes d’un plan",
  "Prints one Job per phase for kubectl apply. All but the first are suspended; docs/reference/clusters.md shows how to start them.":
    "Affiche un Job par phase pour kubectl apply. Tous sauf le premier sont suspendus ; docs/reference/clusters.md dit comment les lancer.",
  "memory of a task (default: that of the largest tile)":
    "mémoire d’une tâche (par défaut : celle de la plus grosse tuile)",
  "time for running tiles after a signal (default: 60)": "délai des tuiles en cours après un signal (par défaut : 60)",
  "print the manifest, send nothing": "afficher le manifeste, ne rien envoyer",
  "container image of maille": "image de conteneur de maille",
  namespace: "espace de noms",
  "volume claim that all pods share, and its mount path; may be repeated":
    "volume (claim) que partagent tous les pods, et où le monter ; peut être répétée",
  "pods at the same time (default: as planned with --shards)":
    "pods simultanés (par défaut : ceux prévus par --shards)",
  "retries of a shard (default: 5)": "nouveaux essais d’un lot (par défaut : 5)",
  "print one JSON document, a List": "afficher un document JSON, une List",
  "write AWS Batch array jobs for a plan": "écrire les tableaux de travaux AWS Batch d’un plan",
  "Prints one JSON document with the bodies of RegisterJobDefinition and of one SubmitJob per phase; see docs/reference/clusters.md.":
    "Affiche un document JSON avec le corps de RegisterJobDefinition et un SubmitJob par phase ; voir docs/reference/clusters.md.",
  "job queue": "file de travaux",
  "EFS file system, and its mount path; may be repeated":
    "système de fichiers EFS, et où le monter ; peut être répétée",
  "retries of a task, at most 9 (default: 5)": "nouveaux essais d’une tâche, 9 au plus (par défaut : 5)",
  "time limit of a task (default: none)": "durée limite d’une tâche (par défaut : aucune)",
  "write projects of IGN's GPAO for a plan": "écrire les projets GPAO (IGN) d’un plan",
  "Prints the JSON document for PUT /api/project: one project per phase, one job per shard.":
    "Affiche le document JSON de PUT /api/project : un projet par phase, un travail par lot.",
  "command that starts maille on a client (default: maille)":
    "commande qui lance maille sur un client (par défaut : maille)",
  "tag of jobs with a tile that needs more memory than --mem":
    "étiquette des travaux dont une tuile demande plus que --mem",
  "submit the unfinished tasks of a plan to Slurm again": "soumettre à Slurm ce qui reste d’un plan",
  "Uses the options of the last submission; options given here win over them.":
    "Reprend les options de la dernière soumission ; celles données ici priment.",
  "submit failed and quarantined tasks too": "soumettre aussi les tâches échouées ou en quarantaine",
  "cancel the Slurm jobs of a plan": "annuler les travaux Slurm d’un plan",
  "Finished tasks are kept; maille resume submits the others again.":
    "Les tâches finies sont gardées ; maille resume soumet de nouveau les autres.",
  "print the ids of the jobs as one JSON document": "afficher les identifiants des travaux en un document JSON",

  // maille kernels, completion, bench
  "list the kernels, their ports and options": "lister les noyaux, leurs ports et leurs options",
  "Set an option with maille run --set KERNEL.OPTION=VALUE.":
    "Fixer une option : maille run --set NOYAU.OPTION=VALEUR.",
  "only these kernels (default: all)": "ces noyaux seulement (par défaut : tous)",
  "list the kernels of these modules or packages too": "lister aussi les noyaux de ces modules ou paquets",
  "start a package of a kernel of your own": "commencer un paquet d’un noyau à vous",
  "It copies a package that works: kernel, types, test, benchmark and page. Change it step by step.":
    "Copie un paquet qui fonctionne : noyau, types, test, mesure et page. Changez-le pas à pas.",
  "new or empty folder": "dossier nouveau ou vide",
  "name of the package (default: that of the folder)": "nom du paquet (par défaut : celui du dossier)",
  "print the JSON schema of job files": "afficher le schéma JSON des fichiers de traitement",
  "set one option of a kernel, such as dtm.cell=1": "fixer une option d’un noyau, comme dtm.cell=1",
  "may be repeated; maille kernels ID lists the options": "peut être répétée ; maille kernels ID liste les options",
  "print a script that completes maille in a shell": "afficher le script de complétion d’un shell",
  "It completes commands, options, products, layers and kernels, and file names elsewhere.":
    "Complète commandes, options, produits, couches et noyaux, et ailleurs les noms de fichiers.",
  "source <(maille completion bash)   # in ~/.bashrc": "source <(maille completion bash)   # dans ~/.bashrc",
  "source <(maille completion zsh)    # in ~/.zshrc, after compinit":
    "source <(maille completion zsh)    # dans ~/.zshrc, après compinit",
  "bash, zsh or fish": "bash, zsh ou fish",
  "check for GDAL, or install it": "vérifier la présence de GDAL, ou l’installer",
  "Only JPEG 2000, VRT, Shapefile and a few other inputs need GDAL, through the package gdal-async.":
    "Seules les entrées JPEG 2000, VRT, Shapefile et quelques autres demandent GDAL, par le paquet gdal-async.",
  "Without --install, prints the command that installs it for this maille; exit code 3 if it is missing.":
    "Sans --install, affiche la commande qui l’installe pour ce maille ; code de retour 3 s’il manque.",
  "run that command": "exécuter cette commande",
  "measure the speed of the reader and of every kernel": "mesurer la vitesse du lecteur et de chaque noyau",
  "Rates are points per second of processor time, with the kernels' default options.":
    "Les débits sont en points par seconde de processeur, avec les options par défaut des noyaux.",
  "With --compare, the exit code is 1 when a rate became lower.":
    "Avec --compare, le code de retour est 1 quand un débit a baissé.",
  "LAS, LAZ or COPC files of one tile (default: the scene of maille demo)":
    "fichiers LAS, LAZ ou COPC d’une tuile (par défaut : la scène de maille demo)",
  "orthophotos of the tile, for the texture kernels": "orthophotos de la tuile, pour les noyaux de texture",
  "side of the work tile in the middle": "côté de la tuile de travail au milieu",
  "compare with an earlier run, written by maille bench --json":
    "comparer à une mesure antérieure, écrite par maille bench --json",
  "smallest loss of speed that counts as a regression": "plus petite perte de vitesse qui compte comme régression",
}
