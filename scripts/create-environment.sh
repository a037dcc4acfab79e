#!/usr/bin/env bash
# create-environment.sh FOLDER PYTHON LOCK...: a virtual environment that holds exactly what the hashed locks name.
# The locks are complete, so nothing is resolved: some wheels declare dependencies that are left out on purpose.
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

# MB to download and MB on disk with the downloads, measured on 2026-11-21; a later lock moves them a little.
case $folder in
    .venv) download_mb=300 need_mb=2000 ;;
    .venv-engine) download_mb=270 need_mb=1500 ;;
    .venv-bench) download_mb=150 need_mb=1500 ;;
    .venv-vllm) download_mb=3000 need_mb=9000 ;;
    .venv-site) download_mb=15 need_mb=200 ;;
    .venv-flink) download_mb=360 need_mb=2000 ;;
esac
free_mb=$(df --output=avail -m . | tail -n 1 | tr -d ' ')
if [ "$free_mb" -lt "$need_mb" ]; then
    echo "make: this disk has ${free_mb} MB free, and $folder with its downloads needs about ${need_mb} MB: free some space" >&2
    exit 1
fi

packages=$(cat "$@" | grep -cE '^[a-zA-Z0-9]')
echo "setting up $folder: $packages packages pinned by hash in $*; the first time about ${download_mb} MB are downloaded"
rm -rf "$folder"
"$python" -m venv "$folder"
for lock in "$@"; do
    "$folder/bin/pip" --disable-pip-version-check install --quiet --require-hashes --no-deps -r "$lock"
done
