import { chmodSync, constants, copyFileSync, existsSync, readFileSync } from 'node:fs'
import { deriveKey, unseal } from '@doorward/core/kernel/seal'
import type { Place } from '../../store/transfer/places.ts'
import { sealedKeys } from '../../store/transfer/sealed-keys.ts'
import { SIGNING_KEYS } from '../compose.ts'
import { isPostgres } from '../database-address.ts'
import { FailedError, UsageError } from '../problem.ts'
import { type KnownSecret, knownSecret } from '../secret.ts'

type Environment = Readonly<Record<string, string | undefined>>

/**
 * The secret of a database, where it can be had here, tried on the keys that it seals.
 * @throws FailedError where the one that is given is another.
 */
export async function triedSecret(place: Place, env: Environment): Promise<KnownSecret | undefined> {
  const known = knownSecret(place.location, env)
  if (known === undefined) return undefined
  const sealed = await sealedKeys(place)
  if (opens(known, sealed)) return known
  const beside = knownSecret(place.location, {})
  throw new FailedError(
    beside !== undefined && beside.source !== known.source && opens(beside, sealed)
      ? `${known.source} is not the secret of ${place.shown}, and ${beside.source} is; unset ${known.source}, or set DOORWARD_SECRET_FILE=${beside.source} in its place.`
      : `${known.source} is not the secret of ${place.shown}: its signing keys were sealed with another; find that one first, since nothing that was handed out works without it.`,
  )
}

function opens({ secret }: KnownSecret, sealed: readonly string[]): boolean {
  const key = deriveKey(secret, SIGNING_KEYS)
  return sealed.every((one) => unseal(key, one) !== undefined)
}

/** What is to be done so that a server on `to` has the secret, in a sentence. A file of its own that it would look for is made. */
export function bringSecret(known: KnownSecret | undefined, to: Place): string {
  if (known === undefined)
    return 'Give each server on it the secret that those on the old one had (DOORWARD_SECRET, DOORWARD_SECRET_FILE or DOORWARD_SECRET_COMMAND); without it nothing that was handed out works.'
  const isFile = known.source.endsWith('.key')
  if (!isFile)
    return `Keep ${known.source} as it is for each server on it; without it nothing that was handed out works.`
  if (isPostgres(to.location))
    return `Give each server on it the secret of the old one: copy ${known.source} to where it runs and set DOORWARD_SECRET_FILE to that path; without it nothing that was handed out works.`
  const beside = `${to.location}.key`
  if (known.source === beside) return `The secret lies at ${beside}; without it nothing that was handed out works.`
  // Where it lies there already, it is the same: a move that went on, or a file that was put there beforehand.
  if (!existsSync(beside)) copyFileSync(known.source, beside, constants.COPYFILE_EXCL)
  chmodSync(beside, 0o600)
  return `The secret was copied to ${beside}; without it nothing that was handed out works.`
}

/** @throws UsageError where another secret lies beside the file that is to be filled. */
export function refuseOtherSecret(known: KnownSecret | undefined, to: Place): void {
  const beside = `${to.location}.key`
  if (isPostgres(to.location) || !existsSync(beside)) return
  const lies = Buffer.from(readFileSync(beside, 'utf8').trim(), 'base64url')
  if (known === undefined || known.secret.equals(lies)) return
  throw new UsageError(`${beside} holds another secret than ${known.source}; name another file, or move that one away.`)
}
