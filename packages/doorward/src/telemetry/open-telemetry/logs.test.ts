import assert from 'node:assert/strict'
import { test } from 'node:test'
import { severityOf } from './logs.ts'

const SEVERITIES: readonly (readonly [type: string, outcome: string, severity: string])[] = [
  ['token.issued', 'allowed', 'INFO'],
  ['token.refused', 'refused', 'WARN'],
  ['host.differs', 'allowed', 'WARN'],
  ['server.failed', 'refused', 'ERROR'],
  ['upstream.failed', 'refused', 'ERROR'],
  ['events.dropped', 'refused', 'ERROR'],
]
for (const [type, outcome, severity] of SEVERITIES)
  test(`${type}, ${outcome}, is told to a collector as ${severity}`, () => {
    const [number, text] = severityOf(type, outcome)
    // https://opentelemetry.io/docs/specs/otel/logs/data-model/#field-severitynumber
    assert.deepEqual([number, text], [{ INFO: 9, WARN: 13, ERROR: 17 }[severity], severity])
  })
