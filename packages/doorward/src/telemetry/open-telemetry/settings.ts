export type Signal = 'traces' | 'metrics' | 'logs'

export interface Batch {
  readonly maxQueueSize?: number | undefined
  readonly maxExportBatchSize?: number | undefined
  readonly scheduledDelayMillis?: number | undefined
  readonly exportTimeoutMillis?: number | undefined
}

/** Which traces are kept, where the caller's trace does not say (`root`), and whether it may say (`parentbased`). */
export interface Sampling {
  readonly root: 'always_on' | 'always_off' | 'traceidratio'
  readonly isParentBased: boolean
  /** From 0 to 1. */
  readonly ratio: number
}

/** What the environment asks for (OpenTelemetry, "Environment Variable Specification"); where to, the exporters read themselves. */
export interface OpenTelemetrySettings {
  readonly signals: readonly Signal[]
  readonly sampling: Sampling
  readonly spans: Batch
  readonly records: Batch
  readonly metricsMilliseconds: number
}
