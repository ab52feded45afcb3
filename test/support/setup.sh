#!/usr/bin/env bash
# Brings what tests, demo, bench and lab need, on a fresh Debian machine: packages of npm, real etcd 3.4 and 3.5, Redis,
# strace, openssl, and the built program. Quiet when nothing is to do.
#
# etcd is unpacked into a cache folder instead of installed: Debian's package would start a service on port 2379.
# Set STORMWATCH_ETCD_35 and STORMWATCH_ETCD_34 to etcd binaries (etcdctl beside them) to use others.
set -euo pipefail

project=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cache="${XDG_CACHE_HOME:-$HOME/.cache}/stormwatch"
# The suites of Debian that hold etcd 3.4, 3.5 and the newest 3.5.
suites_34=(bookworm)
suites_35=(trixie sid)

main() {
  cd "$project"
  need_node
  # Here, outside of every substitution, so that a wrong override ends the set-up.
  wanted_suites >/dev/null
  nothing_to_do && return
  need_flock
  mkdir -p "$cache"
  # A second set-up waits here, then finds everything done.
  exec 9>"$cache/lock"
  flock 9
  install_npm_packages
  install_tools
  fetch_etcd
  forget_lists
  build
}

say() { printf 'setup: %s\n' "$*" >&2; }

has() { command -v "$1" >/dev/null; }

fail() {
  say "$@"
  exit 1
}

nothing_to_do() {
  has_npm_packages && has_tools && has_every_etcd && is_built
}

# --- npm ---

need_node() {
  { has node && has npm; } ||
    fail 'Node.js 20.12 or later and npm are missing: install them first'
  node -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 20 || (a == 20 && b >= 12) ? 0 : 1)' ||
    fail "Node.js 20.12 or later is needed, this is $(node --version)"
}

# npm writes this file last.
has_npm_packages() {
  [[ -e node_modules/.package-lock.json && ! package-lock.json -nt node_modules/.package-lock.json ]]
}

install_npm_packages() {
  has_npm_packages && return
  say 'npm packages'
  quietly npm ci --no-audit --no-fund
  touch node_modules/.package-lock.json
}

# --- redis-server, strace, openssl ---

has_tools() { [[ -z $(missing_packages) ]]; }

missing_packages() {
  has_redis || echo redis-tools
  has strace || echo strace
  has openssl || echo openssl
}

has_redis() { has redis-server || [[ -x $cache/bin/redis-server ]]; }

install_tools() {
  local packages
  mapfile -t packages < <(missing_packages)
  ((${#packages[@]})) || return 0
  # redis-tools brings the same binary as redis-server, without its service.
  has redis-check-rdb || has_redis || apt_install redis-tools
  has strace || apt_install strace
  has openssl || apt_install openssl
  has_redis || link_redis
}

link_redis() {
  mkdir -p "$cache/bin"
  ln -sfn "$(command -v redis-check-rdb)" "$cache/bin/redis-server"
}

apt_install() {
  need_apt
  need_root
  system_lists
  say "$1 (apt)"
  quietly as_root apt-get "${private_apt[@]}" install -y --no-install-recommends "$1"
}

# --- etcd ---

has_every_etcd() { [[ -z $(missing_suites) ]]; }

missing_suites() {
  local suite
  for suite in $(wanted_suites); do
    [[ -x $cache/etcd/$suite/etcd && -x $cache/etcd/$suite/etcdctl ]] || echo "$suite"
  done
}

wanted_suites() {
  is_given STORMWATCH_ETCD_34 || printf '%s\n' "${suites_34[@]}"
  is_given STORMWATCH_ETCD_35 || printf '%s\n' "${suites_35[@]}"
}

is_given() {
  [[ -n ${!1:-} ]] || return 1
  [[ -x ${!1} && -x $(dirname "${!1}")/etcdctl ]] ||
    fail "$1 is ${!1}: want an etcd binary with etcdctl beside it"
}

fetch_etcd() {
  local suites suite
  mapfile -t suites < <(missing_suites)
  ((${#suites[@]})) || return 0
  need_apt
  # Left by a set-up that was ended in the middle.
  rm -rf "$cache"/unpack.*
  etcd_lists "${suites[@]}"
  for suite in "${suites[@]}"; do unpack_etcd "$suite"; done
}

# The result is cache/etcd/VERSION/{etcd,etcdctl} and a link cache/etcd/SUITE to it, made last.
unpack_etcd() {
  local suite=$1 work version package
  work=$(mktemp -d "$cache/unpack.XXXXXX")
  chmod 755 "$work"
  (cd "$work" && quietly apt-get "${etcd_apt[@]}" download "etcd-server/$suite" "etcd-client/$suite")
  for package in "$work"/*.deb; do quietly dpkg -x "$package" "$work/root"; done
  version=$("$work/root/usr/bin/etcd" --version | sed -n 's/^etcd Version: //p')
  [[ -n $version ]] || fail "etcd of Debian $suite does not run on this machine"
  mkdir -p "$cache/etcd/$version"
  mv -f "$work"/root/usr/bin/{etcd,etcdctl} "$cache/etcd/$version/"
  ln -sfn "$version" "$cache/etcd/$suite"
  rm -rf "$work"
  say "etcd $version (Debian $suite)"
}

# --- apt, with lists and caches of our own: the system's stay as they are ---

private_apt=(
  -o "Dir::State::Lists=$cache/apt/system/lists/"
  -o "Dir::Cache=$cache/apt/system/cache/"
)
etcd_apt=(
  -o "Dir::Etc::SourceList=$cache/apt/etcd/sources.list"
  -o Dir::Etc::SourceParts=-
  -o Dir::Etc::Preferences=-
  -o Dir::Etc::PreferencesParts=-
  -o APT::Default-Release=
  -o "Dir::State::Lists=$cache/apt/etcd/lists/"
  -o "Dir::Cache=$cache/apt/etcd/cache/"
  -o APT::Sandbox::User=root
)
# One update is enough for all packages of a set-up.
system_lists_are_fresh=

system_lists() {
  [[ -z $system_lists_are_fresh ]] || return 0
  make_apt_folders system
  # A broken source of somebody else must not stop us: installing tells whether ours is there.
  as_root apt-get "${private_apt[@]}" -o APT::Sandbox::User=root update -qq >/dev/null 2>&1 || true
  system_lists_are_fresh=yes
}

etcd_lists() {
  local archive key='' suite
  archive=$(debian_archive)
  [[ -n $archive ]] || fail "$(advice)"
  make_apt_folders etcd
  [[ ! -e $keyring ]] || key=" [signed-by=$keyring]"
  for suite in "$@"; do echo "deb$key $archive $suite main"; done >"$cache/apt/etcd/sources.list"
  quietly apt-get "${etcd_apt[@]}" update -qq
}

keyring=/usr/share/keyrings/debian-archive-keyring.gpg

# Where this machine gets Debian from, in apt's own reading of its sources. An empty folder of lists makes it tell what is
# configured instead of what was fetched.
# shellcheck disable=SC2016 # apt, not the shell, fills the format in
debian_archive() {
  local empty
  empty=$(mktemp -d)
  apt-get -o "Dir::State::Lists=$empty/" indextargets --no-release-info \
    --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' 2>/dev/null |
    awk '$3 == "main" && $2 !~ /[-\/]/ { if ($1 ~ /\/debian\/?$/) { print $1; exit } }' || true
  rm -rf "$empty"
}

# 100 MB that only an installation needs.
forget_lists() {
  [[ -z $system_lists_are_fresh ]] || as_root rm -rf "$cache/apt/system"
  rm -rf "$cache/apt/etcd"
}

make_apt_folders() {
  mkdir -p "$cache/apt/$1/lists/partial" "$cache/apt/$1/cache/archives/partial"
}

# --- what cannot be done ---

need_apt() {
  { has apt-get && has dpkg; } || fail "$(advice)"
}

need_flock() {
  has flock || fail "flock (util-linux) is missing; $(advice)"
}

need_root() {
  ((EUID == 0)) || has sudo || fail "neither root nor sudo; $(advice)"
}

as_root() {
  local sudo=()
  ((EUID == 0)) || sudo=(sudo)
  "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive "$@"
}

advice() {
  local tools
  tools=$(missing_packages | sed 's/redis-tools/redis-server/' | paste -sd ' ')
  echo 'this machine cannot install by itself what is missing. Install by hand:'
  [[ -z $tools ]] || echo "  on the PATH: $tools"
  is_given STORMWATCH_ETCD_35 ||
    echo '  etcd and etcdctl 3.5, then export STORMWATCH_ETCD_35=/path/to/etcd (etcdctl beside it)'
  is_given STORMWATCH_ETCD_34 ||
    echo '  etcd and etcdctl 3.4, then export STORMWATCH_ETCD_34=/path/to/etcd (etcdctl beside it)'
}

# Runs a command whose words matter only when it fails.
quietly() {
  local log
  log=$(mktemp)
  if ! "$@" >"$log" 2>&1; then
    cat "$log" >&2
    rm -f "$log"
    fail "failed: $*"
  fi
  rm -f "$log"
}

# --- our own program ---

is_built() {
  [[ -e dist/.built ]] &&
    [[ -z $(find src commands tsconfig.json package-lock.json -newer dist/.built -print -quit) ]]
}

build() {
  is_built && return
  mkdir -p dist
  # Of the time before, so that an edit during the build is seen; in place only after, since the compiler writes files
  # even when it finds mistakes.
  touch dist/.building
  quietly npm run --silent build
  mv dist/.building dist/.built
}

main
