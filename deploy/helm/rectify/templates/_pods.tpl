{{- define "rectify.name" -}}
{{- if contains .Chart.Name .Release.Name }}{{ .Release.Name | trunc 40 | trimSuffix "-" }}{{ else }}{{ printf "%s-rectify" .Release.Name | trunc 40 | trimSuffix "-" }}{{ end }}
{{- end }}

{{- define "rectify.selector" -}}
app.kubernetes.io/name: rectify
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "rectify.labels" -}}
{{ include "rectify.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{- define "rectify.image" -}}
{{- with .Values.image }}{{ .repository }}{{ if .digest }}@{{ .digest }}{{ else }}:{{ .tag | default $.Chart.AppVersion }}{{ end }}{{ end }}
{{- end }}

{{- define "rectify.claim" -}}
{{ .Values.shared.existingClaim | default (printf "%s-shared" (include "rectify.name" .)) }}
{{- end }}

{{/* Everybody's: no root, no token of the cluster, nothing to write to but what is mounted */}}
{{- define "rectify.pod" -}}
automountServiceAccountToken: false
enableServiceLinks: false
{{- with .Values.imagePullSecrets }}
imagePullSecrets: {{ toYaml . | nindent 2 }}
{{- end }}
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile: {type: RuntimeDefault}
{{- with .Values.nodeSelector }}
nodeSelector: {{ toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations: {{ toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "rectify.container" -}}
image: {{ include "rectify.image" . }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: {drop: [ALL]}
{{- end }}

{{- define "rectify.environment" -}}
- {name: RECTIFY_METRICS_LISTEN, value: "0.0.0.0:9464"}
{{- with .Values.evidence }}
- {name: RECTIFY_EVIDENCE, value: {{ . | quote }}}
{{- end }}
{{- range $name, $value := .Values.settings }}
- {name: {{ $name }}, value: {{ $value | quote }}}
{{- end }}
{{- end }}

{{/* A pod that has become a member of the installation: (dict "root" $ "secret" … "shared" bool) */}}
{{- define "rectify.joining" -}}
initContainers:
  - name: join
    {{- include "rectify.container" .root | nindent 4 }}
    command: [rectify-member]
    resources:
      requests: {cpu: 100m, memory: 256Mi}
      limits: {memory: 512Mi}
    volumeMounts:
      {{- include "rectify.mounts" (dict "shared" .shared) | nindent 6 }}
      - {name: machine, mountPath: /run/rectify, readOnly: true}
volumes:
  - name: home # holds keys: in memory, gone with the pod
    emptyDir: {medium: Memory, sizeLimit: 64Mi}
  - name: tmp
    emptyDir: {sizeLimit: 1Gi}
  - name: machine
    secret: {secretName: {{ .secret }}, defaultMode: 0440, items: [{key: machine.json, path: machine.json}]}
  {{- if .shared }}
  - name: shared
    persistentVolumeClaim: {claimName: {{ include "rectify.claim" .root }}}
  {{- end }}
{{- end }}

{{- define "rectify.mounts" -}}
- {name: home, mountPath: /var/lib/rectify}
- {name: tmp, mountPath: /tmp}
{{- if .shared }}
- {name: shared, mountPath: /var/lib/rectify/shared}
{{- end }}
{{- end }}

{{/* A process that serves until it is asked to stop:
(dict "root" $ "part" … "words" list "secret" … "environment" list "replicas" … "resources" dict "shared" bool "port" …) */}}
{{- define "rectify.deployment" -}}
{{- $ := .root -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "rectify.name" $ }}-{{ .part }}
  labels:
    {{- include "rectify.labels" $ | nindent 4 }}
    app.kubernetes.io/component: {{ .part }}
spec:
  {{- with .replicas }}
  replicas: {{ . }}
  {{- end }}
  revisionHistoryLimit: 3
  strategy: {type: RollingUpdate, rollingUpdate: {maxUnavailable: 0, maxSurge: 1}}
  selector:
    matchLabels:
      {{- include "rectify.selector" $ | nindent 6 }}
      app.kubernetes.io/component: {{ .part }}
  template:
    metadata:
      labels:
        {{- include "rectify.labels" $ | nindent 8 }}
        app.kubernetes.io/component: {{ .part }}
      annotations:
        rectify/secrets-revision: {{ $.Values.secretsRevision | quote }}
        {{- with $.Values.podAnnotations }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
    spec:
      {{- include "rectify.pod" $ | nindent 6 }}
      terminationGracePeriodSeconds: {{ $.Values.drainSeconds }}
      topologySpreadConstraints:
        - maxSkew: 1
          topologyKey: kubernetes.io/hostname
          whenUnsatisfiable: ScheduleAnyway
          labelSelector:
            matchLabels:
              {{- include "rectify.selector" $ | nindent 14 }}
              app.kubernetes.io/component: {{ .part }}
      {{- include "rectify.joining" (dict "root" $ "secret" .secret "shared" .shared) | nindent 6 }}
      containers:
        - name: {{ .part }}
          {{- include "rectify.container" $ | nindent 10 }}
          args: {{ toJson .words }}
          env:
            {{- include "rectify.environment" $ | nindent 12 }}
            {{- range .environment }}
            - {name: {{ .name }}, value: {{ .value | quote }}}
            {{- end }}
          {{- with $.Values.envFromSecrets }}
          envFrom:
            {{- range . }}
            - secretRef: {name: {{ . }}}
            {{- end }}
          {{- end }}
          ports:
            - {name: metrics, containerPort: 9464}
            {{- if .port }}
            - {name: web, containerPort: {{ .port }}}
            {{- end }}
          startupProbe:
            httpGet: {path: /livez, port: metrics}
            periodSeconds: 5
            failureThreshold: 60
          livenessProbe:
            httpGet: {path: /livez, port: metrics}
            periodSeconds: 20
            timeoutSeconds: 5
            failureThreshold: 6
          readinessProbe:
            httpGet: {path: /livez, port: metrics}
            periodSeconds: 5
            timeoutSeconds: 5
          {{- if .port }}
          lifecycle:
            preStop: {sleep: {seconds: 5}} # until nobody sends to it any more
          {{- end }}
          resources: {{ toYaml .resources | nindent 12 }}
          volumeMounts:
            {{- include "rectify.mounts" (dict "shared" .shared) | nindent 12 }}
{{- end }}
