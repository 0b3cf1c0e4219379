{{- define "doorward.name" -}}
{{- if contains "doorward" .Release.Name }}{{ .Release.Name | trunc 63 | trimSuffix "-" }}{{ else }}{{ printf "%s-doorward" .Release.Name | trunc 63 | trimSuffix "-" }}{{ end }}
{{- end }}

{{- define "doorward.selector" -}}
app.kubernetes.io/name: doorward
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "doorward.labels" -}}
{{ include "doorward.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}

{{- define "doorward.config" -}}
{{- $config := deepCopy .Values.config }}
{{- with $config.metrics }}
{{- /* Prometheus comes from another pod. */}}
{{- if not .host }}{{ $_ := set . "host" "0.0.0.0" }}{{ end }}
{{- end }}
{{- toPrettyJson $config }}
{{- end }}

{{- /* How many processes a pod has: each tells its own numbers, at a port of its own. */}}
{{- define "doorward.workers" -}}
{{- $workers := .Values.config.workers | default 1 }}
{{- if eq (toString $workers) "auto" }}{{ fail "config.workers is auto, and each worker has a port for config.metrics; say how many workers there are." }}{{ end }}
{{- int $workers }}
{{- end }}

{{- /* The sleep before the signal (5), the drain, and 30 seconds until workers that do not end are cut, with something to spare. */}}
{{- define "doorward.graceSeconds" -}}
{{- $drain := 1 }}
{{- if hasKey .Values.config "drainSeconds" }}{{ $drain = .Values.config.drainSeconds }}{{ end }}
{{- add 40 (ceil $drain | int) }}
{{- end }}

{{- define "doorward.annotations" -}}
{{- $annotations := dict "doorward/config" (include "doorward.config" . | sha256sum) }}
{{- with .Values.config.metrics }}
{{- $_ := set $annotations "prometheus.io/scrape" "true" }}
{{- $_ := set $annotations "prometheus.io/path" "/metrics" }}
{{- $_ := set $annotations "prometheus.io/port" (int .port | toString) }}
{{- end }}
{{- merge (deepCopy .Values.podAnnotations) $annotations | toYaml }}
{{- end }}
