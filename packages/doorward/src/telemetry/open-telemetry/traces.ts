import {
  type Context,
  createTraceState,
  ROOT_CONTEXT,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import type { Resource } from '@opentelemetry/resources'
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  type ReadableSpan,
  type Sampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace'
import type { Caller, Facts, Span, Tracing } from '../tracing.ts'
import type { Tell } from './open.ts'
import type { Batch, Sampling } from './settings.ts'
import { telling } from './telling.ts'

export interface TracesSettings {
  readonly resource: Resource
  readonly version: string
  readonly sampling: Sampling
  readonly batch: Batch
  readonly tell: Tell
}

/** Beyond this a value is cut: attributes are for looking at. */
const MOST_CHARACTERS = 200
const MOST_ATTRIBUTES = 32

export function openTraces({ resource, version, sampling, batch, tell }: TracesSettings) {
  const exporter = telling<ReadableSpan[], OTLPTraceExporter>(new OTLPTraceExporter(), 'traces', tell)
  const provider = new TracerProvider({
    resource,
    sampler: samplerOf(sampling),
    spanLimits: { attributeValueLengthLimit: MOST_CHARACTERS, attributeCountLimit: MOST_ATTRIBUTES },
    spanProcessors: [new BatchSpanProcessor({ exporter, ...known(batch) })],
  })
  return { tracing: tracingOf(provider.getTracer('doorward', version)), close: () => provider.shutdown() }
}

/** What is left out is the SDK's own. */
export function known(batch: Batch) {
  return Object.fromEntries(Object.entries(batch).filter(([, value]) => value !== undefined))
}

function samplerOf({ root, isParentBased, ratio }: Sampling): Sampler {
  const roots = {
    always_on: () => new AlwaysOnSampler(),
    always_off: () => new AlwaysOffSampler(),
    traceidratio: () => new TraceIdRatioBasedSampler(ratio),
  }
  const own = roots[root]()
  return isParentBased ? new ParentBasedSampler({ root: own }) : own
}

function tracingOf(tracer: Tracer): Tracing {
  return {
    serve: (name, facts, caller, isTrusted) => {
      const theirs = caller && contextOf(caller)
      const parent = theirs !== undefined && isTrusted ? trace.setSpanContext(ROOT_CONTEXT, theirs) : ROOT_CONTEXT
      const links = theirs !== undefined && !isTrusted ? [{ context: theirs }] : []
      return begun(tracer, name, SpanKind.SERVER, facts, parent, links)
    },
    part: (within, name, kind, facts) => {
      const { traceId, spanId, flags } = within
      const parent = trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags: flags })
      return begun(tracer, name, kind === 'client' ? SpanKind.CLIENT : SpanKind.INTERNAL, facts, parent)
    },
  }
}

function contextOf({ traceId, spanId, flags, state }: Caller): SpanContext {
  return {
    traceId,
    spanId,
    traceFlags: flags,
    isRemote: true,
    ...(state === undefined ? {} : { traceState: createTraceState(state) }),
  }
}

function begun(
  tracer: Tracer,
  name: string,
  kind: SpanKind,
  attributes: Facts,
  parent: Context,
  links: { context: SpanContext }[] = [],
): Span {
  const span = tracer.startSpan(name, { kind, attributes, links }, parent)
  const { traceId, spanId, traceFlags } = span.spanContext()
  return {
    traceId,
    spanId,
    flags: traceFlags,
    add: (facts) => void span.setAttributes(facts),
    end: (problem) => {
      if (problem !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, message: problem })
      span.end()
    },
  }
}
