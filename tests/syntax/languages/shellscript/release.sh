#!/usr/bin/env bash
# Makes a release.
set -euo pipefail

source "$(dirname "$0")/lib/log.sh"
. ./common.sh
source lib/colors.sh
[ -f ~/.release ] && . ~/.release

readonly VERSION="1.4.2"
declare -r DIST=dist
declare -A SIZES=([small]=1 [big]=9)
export PATH="$DIST/bin:$PATH" EDITOR=vi
name=größe
NAMES=(ada grace)
: "${TARGET:=linux}"
alias ll='ls -l'
count=0 total=1 # both
if [ -t 1 ]; then BOLD=1; else BOLD=; fi
[ -n "$CI" ] && QUIET=1

# Says something on the error channel.
# Second line.
log() {
    local level=$1 message
    message="${2:-none}"
    printf '%s %s\n' "$level" "$message" >&2
}

function die {
    log error "$@"
    exit 1
}

function build() (
    cd "$DIST" || die "no $DIST"
    for name in "${NAMES[@]}"; do
        make "$name" | tee -a build.log
    done
)

größe_von() {
    helper() { stat -c %s "$1"; }
    helper "$1"
}

check-all() {
    if ! command -v git >/dev/null 2>&1; then
        die "git is missing"
    elif [[ $VERSION =~ ^[0-9]+ && -d $DIST ]]; then
        log info "version $VERSION"
    else
        return 1
    fi
    while read -r line; do
        case "$line" in
            v*) build "$line" ;;
            *) log debug "$(größe_von "$line")" ;;
        esac
    done < <(git tag --list)
    cat <<EOF
Hello $VERSION $(date)
EOF
}

trap cleanup EXIT
cleanup() { rm -rf "${TMP:?}"; }

sudo build --all
DEBUG=1 check-all "$@" || die failed
main() { check-all; }
main "$@"
