#!/usr/bin/env bash
# Brings what the checks of the chart and the alerts need into the cache folder: helm (compiled by Go), Kubernetes' OpenAPI
# schemas (out of its Go module), promtool (Debian's package of Prometheus, unpacked and not installed). Quiet when nothing is
# to do; says plainly what is missing. Set STORMWATCH_HELM or STORMWATCH_PROMTOOL to use others.
set -euo pipefail

cache="${XDG_CACHE_HOME:-$HOME/.cache}/stormwatch"
helm=v3.21.4
kubernetes=v1.36.3
bin=$cache/bin

main() {
  mkdir -p "$bin"
  exec 8>"$cache/tools-lock"
  flock 8
  [[ -n ${STORMWATCH_HELM:-} ]] || bring_helm
  bring_schemas
  [[ -n ${STORMWATCH_PROMTOOL:-} ]] || bring_promtool
}

say() { printf 'tools: %s\n' "$*" >&2; }

fail() {
  say "$@"
  exit 1
}

go_of() {
  command -v go || { [[ -x /usr/local/go/bin/go ]] && echo /usr/local/go/bin/go; } ||
    fail "Go is missing and $1 is brought by it: install Go 1.25 or later, then run this again"
}

bring_helm() {
  local go
  [[ -x $bin/helm-$helm ]] || {
    go=$(go_of helm)
    say "helm $helm (compiled, takes minutes)"
    GOBIN="$bin/helm.new" nice "$go" install "helm.sh/helm/v3/cmd/helm@$helm" 2>"$bin/helm.log" ||
      { tail -n 20 "$bin/helm.log" >&2 && fail 'helm could not be compiled'; }
    mv "$bin/helm.new/helm" "$bin/helm-$helm"
    rm -rf "$bin/helm.new" "$bin/helm.log"
  }
  ln -sfn "helm-$helm" "$bin/helm"
}

bring_schemas() {
  local go folder file="$cache/kubernetes-$kubernetes.json"
  [[ -e $file ]] || {
    go=$(go_of "Kubernetes' schema")
    say "Kubernetes' schemas $kubernetes"
    folder=$(cd "$cache" && "$go" mod download -json "k8s.io/kubernetes@$kubernetes" |
      sed -n 's/^[[:space:]]*"Dir": "\(.*\)",$/\1/p')
    [[ -n $folder ]] || fail "Kubernetes' schemas could not be had"
    cp "$folder/api/openapi-spec/swagger.json" "$file.new"
    chmod 644 "$file.new"
    mv "$file.new" "$file"
  }
  ln -sfn "kubernetes-$kubernetes.json" "$cache/kubernetes.json"
}

bring_promtool() {
  [[ -x $bin/promtool ]] && return
  if command -v promtool >/dev/null; then
    ln -sfn "$(command -v promtool)" "$bin/promtool"
    return
  fi
  command -v apt-get >/dev/null && command -v dpkg >/dev/null ||
    fail "promtool is missing: put Prometheus' promtool on the PATH"
  local work
  work=$(mktemp -d "$cache/promtool.XXXXXX")
  chmod 755 "$work"
  say 'promtool (Debian, unpacked)'
  (
    cd "$work"
    mkdir -p lists/partial cache/archives/partial
    own=(-o "Dir::State::Lists=$work/lists/" -o "Dir::Cache=$work/cache/" -o APT::Sandbox::User=root)
    apt-get "${own[@]}" update -qq
    apt-get "${own[@]}" download prometheus
    dpkg -x prometheus_*.deb root
  ) >"$work/log" 2>&1 || { cat "$work/log" >&2 && fail 'promtool could not be had'; }
  mv "$work/root/usr/bin/promtool" "$bin/promtool"
  rm -rf "$work"
}

main
