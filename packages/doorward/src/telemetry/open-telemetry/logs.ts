import { ROOT_CONTEXT, SeverityNumber, trace } from '@opentelemetry/api'
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-proto'
import type { Resource } from '@opentelemetry/resources'
import { BatchLogRecordProcessor, LoggerProvider, type ReadableLogRecord } from '@opentelemetry/sdk-logs'
import type { Exported } from '../exported.ts'
import type { Span } from '../tracing.ts'
import type { Tell } from './open.ts'
import type { Batch } from './settings.ts'
import { telling } from './telling.ts'
import { known } from './traces.ts'

/** What is wrong with us, and not with the caller. */
const OURS = ['server.failed', 'upstream.failed', 'events.dropped']
/** Answered as if nothing were wrong, and yet somebody should look: a proxy or a link is. */
const ODD = ['host.differs']

export function openLogs(settings: {
  readonly resource: Resource
  readonly version: string
  readonly batch: Batch
  readonly tell: Tell
}) {
  const { resource, version, batch, tell } = settings
  const exporter = telling<ReadableLogRecord[], OTLPLogExporter>(new OTLPLogExporter(), 'logs', tell)
  const provider = new LoggerProvider({
    resource,
    processors: [new BatchLogRecordProcessor({ exporter, ...known(batch) })],
  })
  const logger = provider.getLogger('doorward', version)
  return {
    log: (event: Exported, span: Span | undefined) => {
      const { type, outcome, reason } = event
      const [severityNumber, severityText] = severityOf(String(type), String(outcome))
      logger.emit({
        eventName: `doorward.${type}`,
        body: `${type} (${reason})`,
        severityNumber,
        severityText,
        attributes: Object.fromEntries(Object.entries(event).map(([name, value]) => [`doorward.${name}`, value])),
        context:
          span === undefined
            ? ROOT_CONTEXT
            : trace.setSpanContext(ROOT_CONTEXT, {
                traceId: span.traceId,
                spanId: span.spanId,
                traceFlags: span.flags,
              }),
      })
    },
    close: () => provider.shutdown(),
  }
}

/** How loud an event is: as an error where we are wrong, as a warning where a caller is or something around us. */
export function severityOf(type: string, outcome: string): [SeverityNumber, string] {
  if (OURS.includes(type)) return [SeverityNumber.ERROR, 'ERROR']
  return outcome === 'refused' || ODD.includes(type) ? [SeverityNumber.WARN, 'WARN'] : [SeverityNumber.INFO, 'INFO']
}
