#!/usr/bin/env bash
# create-environment.sh FOLDER PYTHON LOCK...: a virtual environment that holds exactly what the hashed locks name.
# The second and later locks are installed without their dependencies: model wheels declare engines that we do not use.
set -euo pipefail
folder=$1 python=$2
shift 2

version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) || {
    echo "make: no interpreter called \"$python\" was found: install Python 3.11, or name one with make PYTHON=/path/to/python3.11" >&2
    exit 1
}
if [ "$version" != 3.11 ]; then
    echo "make: \"$python\" is Python $version, and the locks are made for 3.11: name one with make PYTHON=/path/to/python3.11" >&2
    exit 1
fi
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    echo "make: \"$python\" lacks the venv module: on Debian, install the package python3.11-venv" >&2
    exit 1
fi

# Measured with `pip download` on 2026-11-21; a later lock moves them a little.
download_mb() {
    case $1 in
        .venv) echo 260 ;;
        .venv-engine) echo 270 ;;
        *) echo "some" ;;
    esac
}

need_mb=4000
free_mb=$(df --output=avail -m . | tail -n 1 | tr -d ' ')
if [ "$free_mb" -lt "$need_mb" ]; then
    echo "make: this disk has ${free_mb} MB free, and the environments with their downloads need about ${need_mb} MB: free some space" >&2
    exit 1
fi

packages=$(cat "$@" | grep -cE '^[a-zA-Z0-9]')
echo "setting up $folder: $packages packages pinned by hash in $*; the first time about $(download_mb "$folder") MB are downloaded"
rm -rf "$folder"
"$python" -m venv "$folder"
pip=("$folder/bin/pip" --disable-pip-version-check install --quiet --require-hashes)
"${pip[@]}" -r "$1"
shift
for lock in "$@"; do
    "${pip[@]}" --no-deps -r "$lock"
done
