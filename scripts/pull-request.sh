#!/usr/bin/env bash
# What .github/workflows/modelyard-plan.yml does with a pull request, so that it can be run and tested anywhere:
#
#   pull-request.sh plan BASE FILE                  check, plan against BASE, write the comment to FILE; never fails,
#                                                   the plan's exit code goes to $GITHUB_OUTPUT
#   pull-request.sh comment REPOSITORY NUMBER FILE  write FILE as the one comment of the request, or rewrite that one
#   pull-request.sh decide EXIT_CODE ENVIRONMENT    fail where the plan's exit code says so
set -euo pipefail
modelyard=${MODELYARD:-.venv/bin/modelyard}
marker='<!-- modelyard plan -->'

plan() {
    local base=$1 comment=$2 code=0 said
    said=$(mktemp)
    # Annotations are this command's standard output; what it finds fails the plan below as well.
    "$modelyard" check --all-environments --github || true
    "$modelyard" plan --all-environments --base "$base" --markdown >"$comment" 2>"$said" || code=$?
    if [ "$code" = 1 ] || [ "$code" = 2 ]; then
        # shellcheck disable=SC2016 # the backticks are Markdown
        { printf '%s\n### modelyard plan: nothing could be planned\n\n```\n' "$marker" && head -c 60000 "$said" && printf '```\n'; } >"$comment"
        cat "$said" >&2
    fi
    rm -f "$said"
    if [ -n "${GITHUB_STEP_SUMMARY:-}" ]; then cat "$comment" >>"$GITHUB_STEP_SUMMARY"; fi
    if [ -n "${GITHUB_OUTPUT:-}" ]; then echo "exit_code=$code" >>"$GITHUB_OUTPUT"; fi
    echo "modelyard plan ended with exit code $code"
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
    local code=$1 environment=${2:-}
    case $code in
        0) echo "nothing speaks against this change" ;;
        3)
            if [ -z "$environment" ]; then
                echo "::error::plan_policy asks for an approval, and the variable MODELYARD_APPROVAL_ENVIRONMENT names no environment whose reviewers could give it"
                exit 3
            fi
            echo "plan_policy asks for an approval of environment $environment"
            ;;
        4) echo "::error::plan_policy forbids what this change would cost: see the plan" && exit 4 ;;
        *) echo "::error::nothing could be planned: see the step before" && exit 1 ;;
    esac
}

case ${1:-} in
    plan | comment | decide) "$@" ;;
    *) echo "pull-request.sh: say plan, comment or decide" >&2 && exit 2 ;;
esac
