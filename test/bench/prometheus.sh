#!/usr/bin/env bash
# Brings Debian's Prometheus into the cache folder, unpacked and not installed, so that no service starts. Quiet when it is
# there; fails when this machine cannot have it. Prints where it is. Set STORMWATCH_PROMETHEUS to use another.
set -euo pipefail

bin="${XDG_CACHE_HOME:-$HOME/.cache}/stormwatch/bin"
given=${STORMWATCH_PROMETHEUS:-$(command -v prometheus || echo "$bin/prometheus")}
if [[ ! -x $given ]]; then
  command -v apt-get >/dev/null && command -v dpkg >/dev/null
  mkdir -p "$bin"
  work=$(mktemp -d "$bin/../prometheus.XXXXXX")
  trap 'rm -rf "$work"' EXIT
  chmod 755 "$work"
  (
    cd "$work"
    mkdir -p lists/partial cache/archives/partial
    own=(-o "Dir::State::Lists=$work/lists/" -o "Dir::Cache=$work/cache/" -o APT::Sandbox::User=root)
    apt-get "${own[@]}" update -qq
    apt-get "${own[@]}" download prometheus
    dpkg -x prometheus_*.deb root
  ) >&2
  mv "$work/root/usr/bin/prometheus" "$bin/prometheus"
fi
echo "$given"
