{{- define "sparsemesh.fullname" -}}
{{- if contains "sparsemesh" .Release.Name }}{{ .Release.Name | trunc 40 | trimSuffix "-" }}{{ else }}{{ printf "%s-sparsemesh" .Release.Name | trunc 40 | trimSuffix "-" }}{{ end }}
{{- end }}

{{/* Labels by which pods are chosen. Argument: dict root, component. */}}
{{- define "sparsemesh.selector" -}}
app.kubernetes.io/name: sparsemesh
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{- define "sparsemesh.labels" -}}
{{ include "sparsemesh.selector" . }}
app.kubernetes.io/part-of: sparsemesh
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- end }}

{{- define "sparsemesh.meta" -}}
name: {{ include "sparsemesh.fullname" .root }}-{{ .name | default .component }}
labels:
  {{- include "sparsemesh.labels" . | nindent 2 }}
{{- end }}

{{- define "sparsemesh.image" -}}
{{- $image := .root.Values.image }}
{{- $digest := index $image.digests .component }}
{{- $tag := $image.tag | default .root.Chart.AppVersion }}
{{- if and $image.requireDigests (not $digest) }}{{ fail (printf "image.digests.%s: expected sha256:..., found nothing, and image.requireDigests is set" .component) }}{{ end }}
{{- $device := (index .root.Values .component).device | default "cpu" }}
{{- if eq $tag "latest" }}{{ fail "image.tag: expected a version, found latest" }}{{ end }}
{{- $image.prefix }}{{ .component }}{{ if $digest }}@{{ $digest }}{{ else }}:{{ $tag }}{{ if ne $device "cpu" }}-gpu{{ end }}{{ end }}
{{- end }}

{{/* What every pod of this chart has. Argument: dict root, component. */}}
{{- define "sparsemesh.pod" -}}
serviceAccountName: {{ include "sparsemesh.fullname" .root }}-{{ .component }}
automountServiceAccountToken: false
enableServiceLinks: false
{{- with .root.Values.image.pullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
securityContext:
  {{- include "sparsemesh.podSecurity" .root | nindent 2 }}
topologySpreadConstraints:
  {{- range list "topology.kubernetes.io/zone" "kubernetes.io/hostname" }}
  - topologyKey: {{ . }}
    maxSkew: 1
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels:
        {{- include "sparsemesh.selector" $ | nindent 8 }}
  {{- end }}
{{- $values := index .root.Values .component }}
{{- with $values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "sparsemesh.podSecurity" -}}
runAsNonRoot: true
runAsUser: {{ .Values.security.user }}
runAsGroup: {{ .Values.security.group }}
fsGroup: {{ .Values.security.group }}
fsGroupChangePolicy: OnRootMismatch
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{/* Of pods that Strimzi makes: which user they run as is its images' matter. */}}
{{- define "sparsemesh.operatedPodSecurity" -}}
runAsNonRoot: true
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "sparsemesh.containerSecurity" -}}
runAsNonRoot: true
readOnlyRootFilesystem: true
allowPrivilegeEscalation: false
capabilities:
  drop: [ALL]
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{/* Live and started depend on the process alone; ready on what it needs. */}}
{{- define "sparsemesh.probes" -}}
startupProbe:
  httpGet: {path: /q/health/live, port: management}
  periodSeconds: 2
  timeoutSeconds: 2
  failureThreshold: 90
livenessProbe:
  httpGet: {path: /q/health/live, port: management}
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 6
readinessProbe:
  httpGet: {path: /q/health/ready, port: management}
  periodSeconds: 5
  timeoutSeconds: 5
  failureThreshold: 3
{{- end }}

{{- define "sparsemesh.bootstrap" -}}
{{- if .Values.strimzi.enabled }}{{ include "sparsemesh.fullname" . }}-kafka-bootstrap:9093
{{- else }}{{ required "kafka.bootstrap: expected host:port, or strimzi.enabled" .Values.kafka.bootstrap }}{{ end }}
{{- end }}

{{- define "sparsemesh.login" -}}
{{- if or .Values.strimzi.enabled .Values.kafka.login.enabled }}true{{ end }}
{{- end }}

{{/* Secret with the brokers' authority, if any. */}}
{{- define "sparsemesh.caSecret" -}}
{{- if .Values.strimzi.enabled }}{{ include "sparsemesh.fullname" . }}-cluster-ca-cert
{{- else if .Values.kafka.login.enabled }}{{ .Values.kafka.login.caSecret }}{{ end }}
{{- end }}

{{/* Argument: dict root, component, management. */}}
{{- define "sparsemesh.commonEnv" -}}
- {name: SPARSEMESH_KAFKA_BOOTSTRAP, value: {{ include "sparsemesh.bootstrap" .root | quote }}}
- {name: SPARSEMESH_MANAGEMENT_HOST, value: 0.0.0.0}
- {name: SPARSEMESH_MANAGEMENT_PORT, value: {{ .management | quote }}}
- {name: SPARSEMESH_LOG, value: {{ .root.Values.logs }}}
{{- if include "sparsemesh.usesS3" . }}
{{- include "sparsemesh.s3Env" . }}
{{- end }}
{{- with .root.Values.traceEndpoint }}
- {name: OTEL_EXPORTER_OTLP_ENDPOINT, value: {{ . | quote }}}
{{- end }}
{{- if include "sparsemesh.login" .root }}
{{- $login := .root.Values.kafka.login }}
- {name: KAFKA_SECURITY_PROTOCOL, value: {{ ternary "SASL_SSL" $login.protocol .root.Values.strimzi.enabled }}}
- {name: KAFKA_SASL_MECHANISM, value: {{ ternary "SCRAM-SHA-512" $login.mechanism .root.Values.strimzi.enabled }}}
- name: KAFKA_SASL_JAAS_CONFIG
  valueFrom:
    secretKeyRef:
      {{- if .root.Values.strimzi.enabled }}
      name: {{ include "sparsemesh.fullname" .root }}-{{ .component }}
      {{- else }}
      name: {{ required (printf "kafka.login.existingSecrets.%s: expected the name of a Secret" .component) (index $login.existingSecrets .component) }}
      {{- end }}
      key: sasl.jaas.config
{{- if include "sparsemesh.caSecret" .root }}
- {name: KAFKA_SSL_TRUSTSTORE_TYPE, value: PEM}
- {name: KAFKA_SSL_TRUSTSTORE_LOCATION, value: /etc/sparsemesh/kafka/ca.crt}
{{- end }}
{{- end }}
{{- end }}

{{- define "sparsemesh.databaseEnv" -}}
{{- $secret := required "database.existingSecret: expected the name of a Secret with username and password" .Values.database.existingSecret -}}
- {name: SPARSEMESH_DB_URL, value: {{ required "database.url: expected jdbc:postgresql://host:port/name" .Values.database.url | quote }}}
- name: SPARSEMESH_DB_USER
  valueFrom: {secretKeyRef: {name: {{ $secret }}, key: username}}
- name: SPARSEMESH_DB_PASSWORD
  valueFrom: {secretKeyRef: {name: {{ $secret }}, key: password}}
{{- end }}

{{/* Where files may come from: gateway, layer-workers, evaluators. */}}
{{- define "sparsemesh.sourcesEnv" -}}
- {name: SPARSEMESH_ROOTS, value: /data}
{{- with .Values.sources }}
{{- if .enabled }}
- {name: SPARSEMESH_CACHE, value: /cache}
- {name: SPARSEMESH_CACHE_MAX, value: {{ .cacheMax | quote }}}
{{- if .hubSecret }}
- name: HF_TOKEN
  valueFrom: {secretKeyRef: {name: {{ .hubSecret }}, key: hf-token}}
{{- end }}
{{- with .buckets }}
- {name: SPARSEMESH_BUCKETS, value: {{ join "," . | quote }}}
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{/* Where artifacts lie: scheduler, layer-workers. Argument: dict root, component. */}}
{{- define "sparsemesh.storeEnv" -}}
{{- with .root.Values.store.s3 }}
{{- if .bucket -}}
- {name: SPARSEMESH_STORE, value: s3://{{ .bucket }}{{ with .prefix }}/{{ . }}{{ end }}}
- {name: SPARSEMESH_STORE_CACHE, value: /store-cache}
- {name: SPARSEMESH_STORE_CACHE_MAX, value: {{ div (mul 3 (index .cache.sizes $.component | trimSuffix "Gi" | int)) 4 }}G}
{{- else -}}
- {name: SPARSEMESH_STORE, value: /store}
{{- end }}
{{- end }}
{{- end }}

{{/* Whether a service has to do with S3. Argument: dict root, component. */}}
{{- define "sparsemesh.usesS3" -}}
{{- $artifacts := and .root.Values.store.s3.bucket (has .component (list "scheduler" "layer-worker")) }}
{{- $sources := and .root.Values.sources.buckets (ne .component "scheduler") }}
{{- if or $artifacts $sources }}true{{ end }}
{{- end }}

{{/* Argument: dict root, component. */}}
{{- define "sparsemesh.s3Env" -}}
{{- with .root.Values.s3 }}
{{- if not (or .region .endpoint) }}{{ fail "s3.region: expected that of the buckets, or s3.endpoint of another server, found neither" }}{{ end }}
{{- with index .existingSecrets $.component }}
- name: AWS_ACCESS_KEY_ID
  valueFrom: {secretKeyRef: {name: {{ . }}, key: access-key-id}}
- name: AWS_SECRET_ACCESS_KEY
  valueFrom: {secretKeyRef: {name: {{ . }}, key: secret-access-key}}
{{- end }}
{{- with .endpoint }}
- {name: AWS_ENDPOINT_URL_S3, value: {{ . | quote }}}
{{- end }}
{{- with .region }}
- {name: AWS_REGION, value: {{ . | quote }}}
{{- end }}
{{- if .pathStyle }}
- {name: SPARSEMESH_S3_PATH_STYLE, value: "true"}
{{- end }}
{{- end }}
{{- end }}

{{/* Ports of an address, or of several hosts in one, separated by commas: those that are named, else the scheme's. */}}
{{- define "sparsemesh.ports" -}}
{{- $usual := "443" }}
{{- if hasPrefix "http://" . }}{{ $usual = "80" }}{{ else if hasPrefix "jdbc:postgresql://" . }}{{ $usual = "5432" }}{{ end }}
{{- $hosts := regexReplaceAll "[/?].*" (regexReplaceAll "^(jdbc:)?[a-z]+://" . "") "" }}
{{- $ports := list }}
{{- range splitList "," $hosts }}{{ $ports = append $ports (regexFind ":[0-9]+$" . | trimPrefix ":" | default $usual) }}{{ end }}
{{- join "," (uniq $ports) }}
{{- end }}

{{/* The same of a list of addresses. */}}
{{- define "sparsemesh.portsOfAll" -}}
{{- $ports := list }}
{{- range . }}{{ $ports = concat $ports (include "sparsemesh.ports" . | splitList ",") }}{{ end }}
{{- join "," (uniq $ports) }}
{{- end }}

{{/* Argument: dict root, component, mounts (list of store, data, cache). */}}
{{- define "sparsemesh.mounts" -}}
- {name: tmp, mountPath: /tmp}
{{- range .mounts }}
{{- if and (eq . "store") $.root.Values.store.s3.bucket }}
- {name: store-cache, mountPath: /store-cache}
{{- else if and (eq . "data") (or $.root.Values.volumes.data.readOnly (eq $.component "evaluator")) }}
- {name: data, mountPath: /data, readOnly: true}
{{- else if or (ne . "cache") $.root.Values.sources.enabled }}
- {name: {{ . }}, mountPath: /{{ . }}}
{{- end }}
{{- end }}
{{- if include "sparsemesh.caSecret" .root }}
- {name: kafka-ca, mountPath: /etc/sparsemesh/kafka, readOnly: true}
{{- end }}
{{- end }}

{{- define "sparsemesh.volumes" -}}
- name: tmp
  emptyDir: {sizeLimit: {{ .root.Values.volumes.temporary }}}
{{- range .mounts }}
{{- $volume := index $.root.Values.volumes . }}
{{- $s3 := $.root.Values.store.s3 }}
{{- if and (eq . "store") $s3.bucket }}
- name: store-cache
  {{- include "sparsemesh.ownVolume" (dict "size" (index $s3.cache.sizes $.component) "storageClass" $s3.cache.storageClass) | nindent 2 }}
{{- else if and (eq . "cache") (not $volume.shared) $.root.Values.sources.enabled }}
- name: cache
  {{- include "sparsemesh.ownVolume" $volume | nindent 2 }}
{{- else if or (ne . "cache") $.root.Values.sources.enabled }}
- name: {{ . }}
  persistentVolumeClaim:
    claimName: {{ $volume.existingClaim | default (printf "%s-%s" (include "sparsemesh.fullname" $.root) .) }}
    {{- if $volume.readOnly }}
    readOnly: true
    {{- end }}
{{- end }}
{{- end }}
{{- with include "sparsemesh.caSecret" .root }}
- name: kafka-ca
  secret:
    secretName: {{ . }}
    items:
      - {key: ca.crt, path: ca.crt}
{{- end }}
{{- end }}

{{/* A volume of one pod. Argument: size, storageClass. */}}
{{- define "sparsemesh.ownVolume" -}}
{{- if .storageClass -}}
ephemeral:
  volumeClaimTemplate:
    spec:
      accessModes: [ReadWriteOnce]
      storageClassName: {{ .storageClass }}
      resources: {requests: {storage: {{ .size }}}}
{{- else -}}
emptyDir: {sizeLimit: {{ .size }}}
{{- end }}
{{- end }}

{{/* What the job of the migrations runs. Argument: dict root, component. */}}
{{- define "sparsemesh.migrationsPod" -}}
{{- $values := .root.Values -}}
metadata:
  labels:
    {{- include "sparsemesh.labels" . | nindent 4 }}
spec:
  restartPolicy: Never
  automountServiceAccountToken: false
  enableServiceLinks: false
  {{- with $values.image.pullSecrets }}
  imagePullSecrets:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  securityContext:
    {{- include "sparsemesh.podSecurity" .root | nindent 4 }}
  {{- range $kind, $service := dict "initContainers" "scheduler" "containers" "gateway" }}
  {{ $kind }}:
    - name: {{ $service }}-schema
      image: {{ include "sparsemesh.image" (dict "root" $.root "component" $service) }}
      imagePullPolicy: {{ $values.image.pullPolicy }}
      securityContext:
        {{- include "sparsemesh.containerSecurity" $.root | nindent 8 }}
      env:
        - {name: SPARSEMESH_MIGRATE_ONLY, value: "true"}
        {{- include "sparsemesh.databaseEnv" $.root | nindent 8 }}
        - {name: SPARSEMESH_LOG, value: {{ $values.logs }}}
      resources:
        {{- toYaml $values.database.migrations.resources | nindent 8 }}
      volumeMounts:
        - {name: tmp, mountPath: /tmp}
  {{- end }}
  volumes:
    - name: tmp
      emptyDir: {sizeLimit: {{ $values.volumes.temporary }}}
{{- end }}
