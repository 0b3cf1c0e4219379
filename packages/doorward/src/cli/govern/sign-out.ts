import * as oauth from 'oauth4webapi'
import { UsageError } from '../problem.ts'
import { CLIENT, discover, issuerOf, signedOut, transportFor, unreachable } from './session.ts'
import { readSession, removeSession, savedIssuers } from './session-file.ts'

type Environment = Readonly<Record<string, string | undefined>>

/**
 * Revokes the grant there, then forgets it here. Where the server cannot be reached nothing is forgotten: what is left would be good
 * and nobody's.
 * @param given may be left out where there is one only
 */
export async function signOutAt(given: string | undefined, env: Environment): Promise<string> {
  const issuer = given === undefined ? theOnly(savedIssuers(env)) : issuerOf(given)
  const saved = readSession(issuer, env)
  if (saved === undefined) throw signedOut(issuer)
  const server = await discover(issuer)
  try {
    await oauth.processRevocationResponse(
      await oauth.revocationRequest(server, CLIENT, oauth.None(), saved.refreshToken, transportFor(issuer)),
    )
  } catch (error) {
    // A server that knows this client no more has ended what it had.
    const isForgotten = error instanceof oauth.ResponseBodyError && error.error === 'invalid_client'
    if (!isForgotten) throw unreachable(issuer, error)
  }
  removeSession(issuer, env)
  return issuer
}

function theOnly(issuers: readonly string[]): string {
  const [first, second] = issuers
  if (first === undefined) throw new UsageError("You are signed in nowhere; 'doorward login <issuer>' does that.")
  if (second !== undefined) throw new UsageError(`You are signed in at ${issuers.join(' and ')}; name one of them.`)
  return first
}
