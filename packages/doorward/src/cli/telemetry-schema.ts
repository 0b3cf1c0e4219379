import * as v from 'valibot'

export const MetricsSchema = v.strictObject({
  port: v.pipe(
    v.number(),
    v.integer(),
    v.minValue(0),
    v.maxValue(65535),
    v.description('Where Prometheus reads GET /metrics; no other path is served there, and this one nowhere else.'),
  ),
  host: v.optional(v.pipe(v.string(), v.description('The address to listen on. Default 127.0.0.1.'))),
})

export const LogSchema = v.pipe(
  v.picklist(['json']),
  v.description('Every event on standard output, one line of JSON each. Left out: none; they are in the database.'),
)

export const TelemetrySchema = v.strictObject({
  trustTraceparent: v.optional(
    v.pipe(
      v.boolean(),
      v.description(
        'Whether a request from one of trustedProxies goes on in the trace that its traceparent names. Only where that proxy makes the header itself. Default false: a trace of our own, linked to theirs.',
      ),
    ),
  ),
})

export type MetricsConfig = v.InferOutput<typeof MetricsSchema>
