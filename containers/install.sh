#!/bin/sh
# Installs maille in /opt/maille, with the versions of package-lock.json and with gdal-async over
# Debian's GDAL.
# Needs Debian 13, Node.js, npm and root. Two steps, so that an image needs no compiler:
#
#   install.sh build     builds the clone in the current folder
#   install.sh runtime   installs the libraries of /opt/maille, and the command maille
set -eu
maille=/opt/maille
export DEBIAN_FRONTEND=noninteractive

packages() {
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends "$@"
}

case "${1:-}" in
build)
  packages libgdal-dev g++ make python3
  node setup.mjs --from-source
  npm run build --silent
  npm pack --ignore-scripts --silent --pack-destination /tmp
  mkdir -p $maille
  tar -xzf /tmp/maille-*.tgz -C $maille --strip-components=1
  cp package-lock.json containers/install.sh $maille
  # The packages of the clone, less those for development; the lockfile's versions stay.
  mv node_modules $maille
  cd $maille
  npm install --omit=dev --ignore-scripts --save-prod --save-exact "gdal-async@$(node -p "require('gdal-async/package.json').version")"
  # Of gdal-async what it reads at run time, without the sources of GDAL (200 MB).
  mv node_modules/gdal-async /tmp
  mkdir node_modules/gdal-async
  (cd /tmp/gdal-async && cp -r --parents package.json lib node_modules deps/libcurl/cacert.pem deps/libproj/proj/data \
    deps/libgdal/gdal/data deps/libgdal/gdal/frmts/grib/data $maille/node_modules/gdal-async)
  dpkg-query -W -f '${Depends}' libgdal-dev | grep -o 'libgdal[0-9][0-9]*' | head -n 1 >debian-packages
  ;;
runtime)
  packages "$(cat $maille/debian-packages)"
  rm -rf /var/lib/apt/lists/*
  chmod 755 $maille/dist/bundle/cli/main.js
  ln -sf $maille/dist/bundle/cli/main.js /usr/local/bin/maille
  node -e "require('$maille/node_modules/gdal-async')"
  maille --version
  ;;
*)
  echo "usage: install.sh build|runtime" >&2
  exit 2
  ;;
esac
