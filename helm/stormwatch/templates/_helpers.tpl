{{/*
Expand the name of the chart.
*/}}
{{- define "stormwatch.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{/*
A default fully qualified name; 63 characters are what some fields of Kubernetes take, 8 are left for suffixes.
*/}}
{{- define "stormwatch.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 55 | trimSuffix "-" }}
{{- else }}
{{- $name := default .Chart.Name .Values.nameOverride }}
{{- if contains $name .Release.Name }}
{{- .Release.Name | trunc 55 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name $name | trunc 55 | trimSuffix "-" }}
{{- end }}
{{- end }}
{{- end }}

{{- define "stormwatch.chart" -}}
{{- printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "stormwatch.labels" -}}
helm.sh/chart: {{ include "stormwatch.chart" . }}
{{ include "stormwatch.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "stormwatch.selectorLabels" -}}
app.kubernetes.io/name: {{ include "stormwatch.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "stormwatch.serviceAccountName" -}}
{{- if .Values.serviceAccount.create }}
{{- default (include "stormwatch.fullname" .) .Values.serviceAccount.name }}
{{- else }}
{{- default "default" .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{- define "stormwatch.image" -}}
{{- if .Values.image.digest }}
{{- printf "%s@%s" .Values.image.repository .Values.image.digest }}
{{- else }}
{{- printf "%s:%s" .Values.image.repository (default .Chart.AppVersion .Values.image.tag) }}
{{- end }}
{{- end }}

{{/*
What config says, with the program's defaults.
*/}}
{{- define "stormwatch.slackMode" -}}{{ dig "slack" "mode" "socket" .Values.config }}{{- end }}
{{- define "stormwatch.slackPort" -}}{{ dig "slack" "port" 3000 .Values.config | int }}{{- end }}
{{- define "stormwatch.healthPort" -}}{{ dig "health" "port" 9402 .Values.config | int }}{{- end }}

{{/*
Where Redis is: url, sentinels or nodes of config.redis; `secret`, a URL in a Secret; or empty: there is none.
*/}}
{{- define "stormwatch.redisPlace" -}}
{{- $redis := default dict .Values.config.redis }}
{{- if $redis.url }}url{{ else if $redis.sentinels }}sentinels{{ else if $redis.nodes }}nodes
{{- else if .Values.redis.existingSecret }}secret{{ end }}
{{- end }}

{{/*
The configuration file. The private Redis' folder must be one that can be written.
*/}}
{{- define "stormwatch.config" -}}
{{- $watch := merge (deepCopy (default dict .Values.config.watch)) (dict "folder" "/tmp/stormwatch") }}
{{- toYaml (merge (dict "watch" $watch) (deepCopy .Values.config)) }}
{{- end }}

{{- define "stormwatch.slackSecret" -}}
{{- default (printf "%s-trial" (include "stormwatch.fullname" .)) .Values.slack.existingSecret }}
{{- end }}

{{/*
Namespaces of this Kubernetes cluster whose pods' logs are read with the pod's own account, as a JSON list.
*/}}
{{- define "stormwatch.logNamespaces" -}}
{{- $found := list }}
{{- range $name, $cluster := .Values.config.clusters }}
{{- $pods := dig "logs" "kubernetes" dict $cluster }}
{{- if and $pods (not $pods.kubeconfig) }}
{{- $found = append $found $pods.namespace }}
{{- end }}
{{- end }}
{{- $found | uniq | sortAlpha | toJson }}
{{- end }}

{{/*
host and port of a URL, as JSON.
*/}}
{{- define "stormwatch.address" -}}
{{- $url := urlParse . }}
{{- $port := ternary "443" "80" (eq $url.scheme "https") }}
{{- if regexMatch ":[0-9]+$" $url.host }}
{{- $port = regexFind "[0-9]+$" $url.host }}
{{- end }}
{{- dict "host" $url.hostname "port" (int $port) | toJson }}
{{- end }}

{{/*
Every address of etcd that config names, as a JSON list of {host, port}: members, and their metrics pages.
*/}}
{{- define "stormwatch.etcdAddresses" -}}
{{- $found := list }}
{{- range $name, $cluster := .Values.config.clusters }}
{{- range $endpoint := $cluster.endpoints }}
{{- $member := include "stormwatch.address" $endpoint | fromJson }}
{{- $found = append $found $member }}
{{- if kindIs "string" $cluster.metrics }}
{{- $host := ternary (printf "[%s]" $member.host) $member.host (contains ":" $member.host) }}
{{- $found = append $found (include "stormwatch.address" ($cluster.metrics | replace "{host}" $host) | fromJson) }}
{{- end }}
{{- end }}
{{- if kindIs "slice" $cluster.metrics }}
{{- range $page := $cluster.metrics }}
{{- $found = append $found (include "stormwatch.address" $page | fromJson) }}
{{- end }}
{{- end }}
{{- end }}
{{- $found | uniq | toJson }}
{{- end }}

{{/*
Every address of Redis that config names, in the same shape.
*/}}
{{- define "stormwatch.redisAddresses" -}}
{{- $found := list }}
{{- $redis := default dict .Values.config.redis }}
{{- if $redis.url }}
{{- $address := include "stormwatch.address" $redis.url | fromJson }}
{{- if not (regexMatch ":[0-9]+(/|$)" $redis.url) }}
{{- $_ := set $address "port" 6379 }}
{{- end }}
{{- $found = append $found $address }}
{{- end }}
{{- range $one := concat (default list $redis.sentinels) (default list $redis.nodes) }}
{{- $found = append $found (include "stormwatch.address" (printf "redis://%s" $one) | fromJson) }}
{{- end }}
{{- $found | uniq | toJson }}
{{- end }}

{{/*
An egress rule for each address: to the address itself, or for host names to the given peers, else by port alone.
*/}}
{{- define "stormwatch.egress" -}}
{{- $to := .to }}
{{- $ports := list }}
{{- range $one := .addresses }}
{{- $port := int $one.port }}
{{- if or (contains ":" $one.host) (regexMatch "^[0-9.]+$" $one.host) }}
- to:
    - ipBlock:
        cidr: {{ printf "%s/%s" $one.host (ternary "128" "32" (contains ":" $one.host)) | quote }}
  ports:
    - port: {{ $port }}
      protocol: TCP
{{- else }}
{{- $ports = append $ports $port }}
{{- end }}
{{- end }}
{{- with $ports | uniq }}
{{- include "stormwatch.byPort" (dict "to" $to "ports" .) | nindent 0 }}
{{- end }}
{{- end }}

{{- define "stormwatch.byPort" -}}
- ports:
    {{- range $port := .ports }}
    - port: {{ int $port }}
      protocol: TCP
    {{- end }}
  {{- with .to }}
  to:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end }}

{{/*
What the schema cannot say: ends with the mistake and its cure.
*/}}
{{- define "stormwatch.check" -}}
{{- if not .Values.config.clusters }}
{{- fail "config.clusters: need at least 1 cluster, have none. For example config.clusters.prod.endpoints: [https://10.0.0.1:2379]" }}
{{- end }}
{{- $trial := or .Values.slack.trial.botToken .Values.slack.trial.appToken .Values.slack.trial.signingSecret }}
{{- if and (not .Values.slack.existingSecret) (not $trial) }}
{{- fail "slack.existingSecret: need the name of a Secret with Slack's tokens: kubectl create secret generic stormwatch-slack --from-literal=bot-token=xoxb-… --from-literal=app-token=xapp-…" }}
{{- end }}
{{- if and .Values.slack.existingSecret $trial }}
{{- fail "slack.trial: need slack.existingSecret or slack.trial, have both" }}
{{- end }}
{{- if and (gt (int .Values.replicaCount) 1) (eq (include "stormwatch.redisPlace" .) "") }}
{{- fail (printf "replicaCount: %d replicas need a Redis to agree by: set config.redis or redis.existingSecret, or replicaCount: 1" (int .Values.replicaCount)) }}
{{- end }}
{{- if .Values.ingress.enabled }}
{{- if ne (include "stormwatch.slackMode" .) "http" }}
{{- fail "ingress.enabled: in Socket Mode nothing is to be reached. Set config.slack.mode: http, or ingress.enabled: false" }}
{{- end }}
{{- if not .Values.ingress.host }}
{{- fail "ingress.host: need the public host name that Slack calls" }}
{{- end }}
{{- end }}
{{- $mounted := list "slack" "redis" "heartbeat" }}
{{- range .Values.secretMounts }}
{{- if has .name $mounted }}
{{- fail (printf "secretMounts: the name %s is taken, choose another" .name) }}
{{- end }}
{{- $mounted = append $mounted .name }}
{{- end }}
{{- range regexFindAll "/etc/stormwatch/secrets/[^/\"]+" (toJson .Values.config) -1 }}
{{- if not (has (base .) $mounted) }}
{{- fail (printf "config names a file in %s, and secretMounts has no %s: add {name: %s, secretName: …}" . (base .) (base .)) }}
{{- end }}
{{- end }}
{{- end }}
