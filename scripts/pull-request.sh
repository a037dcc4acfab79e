#!/usr/bin/env bash
# What .github/workflows/modelyard-plan.yml does with a pull request, so that it can be run and tested anywhere.
# It runs in a checkout of the branch that the request goes into; what the request holds is data, read from git's objects.
#
#   pull-request.sh fetch REMOTE NUMBER BASE         fetch the request; print the commit that merging it into BASE would make
#   pull-request.sh plan BASE MERGED FOLDER          check, plan MERGED against BASE, write FOLDER/plan.json; never fails
#   pull-request.sh receive FOLDER FILE              hold FOLDER/plan.json against its form, write its comment to FILE; the
#                                                    exit code of the plan goes to $GITHUB_OUTPUT
#   pull-request.sh comment REPOSITORY NUMBER FILE   write FILE as the one comment of the request, or rewrite that one
#   pull-request.sh decide EXIT_CODE ENVIRONMENT     fail where the plan's exit code says so
#
# MODELYARD names the command, MODELYARD_CATALOG the catalog's folder (docs/costs.md).
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
modelyard=${MODELYARD:-.venv/bin/modelyard}
python=${MODELYARD_PYTHON:-python3}
marker='<!-- modelyard plan -->'

fetch() {
    local remote=$1 number=$2 base=$3 head tree
    case $number in '' | *[!0-9]*) echo "pull-request.sh: no number of a request" >&2 && exit 2 ;; esac
    git fetch --quiet --no-tags --no-recurse-submodules "$remote" "+refs/pull/$number/head:refs/modelyard/head"
    head=$(git rev-parse --verify --end-of-options 'refs/modelyard/head^{commit}')
    # In memory: no file of the request is written, so no filter, hook or link of its own can work.
    if ! tree=$(git merge-tree --write-tree "$base" "$head"); then
        echo "pull-request.sh: the request cannot be merged without conflicts" >&2
        exit 1
    fi
    GIT_AUTHOR_NAME=modelyard GIT_AUTHOR_EMAIL=modelyard@localhost \
        GIT_COMMITTER_NAME=modelyard GIT_COMMITTER_EMAIL=modelyard@localhost \
        git commit-tree "${tree%%$'\n'*}" -p "$base" -p "$head" -m merged
}

plan() {
    local base=$1 merged=$2 folder=$3 code=0
    mkdir -p "$folder"
    # Annotations are this command's standard output; what it finds fails the plan below as well.
    "$modelyard" check --head "$merged" --all-environments --github || true
    "$modelyard" plan --base "$base" --head "$merged" --all-environments --markdown >"$folder/comment.md" || code=$?
    "$python" -I "$here/plan_artifact.py" write "$code" "$folder"
    if [ -n "${GITHUB_STEP_SUMMARY:-}" ]; then cat "$folder/comment.md" >>"$GITHUB_STEP_SUMMARY"; fi
    rm -f "$folder/comment.md"
    echo "modelyard plan ended with exit code $code"
}

receive() {
    local folder=$1 file=$2 code
    code=$("$python" -I "$here/plan_artifact.py" read "$folder" "$file")
    if [ -n "${GITHUB_OUTPUT:-}" ]; then echo "exit_code=$code" >>"$GITHUB_OUTPUT"; fi
}

comment() {
    local repository=$1 number=$2 file=$3 known
    # The newest page last; the first of ours is the one that every run rewrites.
    known=$(gh api --paginate "repos/$repository/issues/$number/comments" \
        --jq ".[] | select(.user.login == \"github-actions[bot]\" and (.body | startswith(\"$marker\"))) | .id")
    known=${known%%$'\n'*}
    if [ -n "$known" ]; then
        gh api --silent --method PATCH "repos/$repository/issues/comments/$known" --field "body=@$file"
    else
        gh api --silent --method POST "repos/$repository/issues/$number/comments" --field "body=@$file"
    fi
}

decide() {
    local code=$1 environment=${2:-} what
    case $code in
        0) echo "nothing speaks against this change" && return ;;
        3) what="plan_policy asks for an approval" ;;
        5) what="the change edits prices, policy or account, by which its cost is judged, which needs an approval" ;;
        6) what="AWS refuses an update of this change, which needs an approval of the way around it" ;;
        4) echo "::error::plan_policy forbids what this change would cost: see the plan" && exit 4 ;;
        *) echo "::error::nothing could be planned: see the step before" && exit 1 ;;
    esac
    if [ -z "$environment" ]; then
        echo "::error::$what, and the variable MODELYARD_APPROVAL_ENVIRONMENT names no environment whose reviewers could give it"
        exit "$code"
    fi
    echo "$what: reviewers of the approval environment decide"
}

case ${1:-} in
    fetch | plan | receive | comment | decide) "$@" ;;
    *) echo "pull-request.sh: say fetch, plan, receive, comment or decide" >&2 && exit 2 ;;
esac
