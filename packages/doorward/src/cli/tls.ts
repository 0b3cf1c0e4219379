import { statSync } from 'node:fs'
import { createSecureContext } from 'node:tls'
import type { AuditEvent } from '@doorward/core/kernel/audit'
import { readText } from './client-certificates.ts'
import type { Listener, Tls } from './listen.ts'
import { UsageError } from './problem.ts'

/** Where the certificate of this server and its key lie, in PEM. */
export interface TlsFiles {
  readonly certificate: string
  readonly key: string
}

const LOOK_MILLISECONDS = 60_000

/** @throws UsageError where the two are missing, or do not belong together. */
export function readTls({ certificate, key }: TlsFiles): Pick<Tls, 'cert' | 'key'> {
  const tls = { cert: readText(certificate), key: readText(key) }
  try {
    createSecureContext(tls)
  } catch (error) {
    throw new UsageError(
      `'${certificate}' and '${key}' in tls are no certificate with its key (${(error as Error).message}); name both in PEM.`,
    )
  }
  return tls
}

/**
 * Serves a renewed certificate within a minute, without a restart. What cannot be read, since it is half written or the two do not
 * fit yet, is tried again; until then the one before stays.
 * @returns what ends it
 */
export function followTls(
  files: TlsFiles,
  listeners: readonly Listener[],
  audit: (event: AuditEvent) => void,
  everyMilliseconds = LOOK_MILLISECONDS,
): () => void {
  let served = stampOf(files)
  const timer = setInterval(() => {
    const stamp = stampOf(files)
    if (stamp === served) return
    try {
      const tls = readTls(files)
      for (const listener of listeners) listener.renew(tls)
      served = stamp
    } catch {
      audit({ type: 'server.failed', outcome: 'refused', reason: 'certificate_not_renewed' })
    }
  }, everyMilliseconds).unref()
  return () => clearInterval(timer)
}

function stampOf({ certificate, key }: TlsFiles): string {
  try {
    return [certificate, key].map((file) => statSync(file).mtimeMs).join(' ')
  } catch {
    return 'missing'
  }
}
