import * as oauth from 'oauth4webapi'
import { COMMAND_LINE_CLIENT } from '../command-line-client.ts'
import { clock } from '../compose.ts'
import { AwayError, FailedError, UsageError } from '../problem.ts'
import { readSession, removeSession, type SavedSession, withLock, writeSession } from './session-file.ts'

type Environment = Readonly<Record<string, string | undefined>>

export const CLIENT: oauth.Client = { client_id: COMMAND_LINE_CLIENT, token_endpoint_auth_method: 'none' }
/** A token that ends while it is on its way is no use. */
const EARLY_SECONDS = 30
/** More than the longest answer of ours takes. */
const PATIENCE_MILLISECONDS = 120_000
/** Renewing takes three requests at most, and has to be over before another command takes its lock for left behind. */
const STEP_MILLISECONDS = 9000

export interface Session {
  readonly issuer: string
  /** With a token that is good, and a proof of its key. */
  readonly request: (method: string, url: URL, body: string | undefined) => Promise<Response>
}

/** Plain http is for servers on this computer. */
export function transportFor(issuer: string): { readonly [oauth.allowInsecureRequests]: boolean } {
  return { [oauth.allowInsecureRequests]: isHere(new URL(issuer)) }
}

function isHere({ hostname }: URL): boolean {
  return ['localhost', '127.0.0.1', '[::1]'].includes(hostname)
}

/**
 * Where a browser may be sent. Any other scheme starts what this computer has for it: a program on a share, a command with arguments.
 * @throws FailedError where the server that wrote it means something else.
 */
export function pageAt(address: string, issuer: string): URL {
  const url = URL.parse(address)
  const isPage = url?.protocol === 'https:' || (url?.protocol === 'http:' && isHere(url) && isHere(new URL(issuer)))
  if (url !== null && isPage && url.username === '' && url.password === '') return url
  throw new FailedError(`${issuer} answered wrongly: its authorization endpoint is no https address.`)
}

/** An issuer as people write it: with a slash at its end, or without the scheme. */
export function issuerOf(given: string): string {
  const url = URL.parse(/^https?:\/\//.test(given) ? given : `https://${given}`)
  if (url === null || url.search !== '' || url.hash !== '' || url.username !== '')
    throw new UsageError(`'${given}' is not the address of a server; give one like https://door.example.com.`)
  return url.href.replace(/\/$/, '')
}

export async function discover(issuer: string): Promise<oauth.AuthorizationServer> {
  try {
    const url = new URL(issuer)
    const response = await oauth.discoveryRequest(url, {
      algorithm: 'oauth2',
      signal: AbortSignal.timeout(STEP_MILLISECONDS),
      ...transportFor(issuer),
    })
    return await oauth.processDiscoveryResponse(url, response)
  } catch (error) {
    throw new FailedError(
      `${issuer} could not be reached as an authorization server (${causeOf(error)}); check the address.`,
    )
  }
}

/** @throws FailedError where nobody signed in there from here. */
export async function openSession(given: string, env: Environment): Promise<Session> {
  const issuer = issuerOf(given)
  let saved = readSession(issuer, env)
  if (saved === undefined) throw signedOut(issuer)
  const proof = await proofOf(saved.key)
  const renew = async (used: string) => {
    saved = await withLock(issuer, env, async () => {
      const current = readSession(issuer, env)
      if (current === undefined) throw signedOut(issuer)
      // Another command renewed it meanwhile.
      return current.accessToken === used ? refreshed(current, proof, env) : current
    })
    return saved
  }
  return {
    issuer,
    request: async (method, url, body) => {
      let session = saved ?? (await renew(''))
      if (session.expiresAt - EARLY_SECONDS <= clock()) session = await renew(session.accessToken)
      const first = await send(session.accessToken, proof, method, url, body)
      // Somebody ended it early, or the clocks differ.
      if (first.status !== 401) return first
      return send((await renew(session.accessToken)).accessToken, proof, method, url, body)
    },
  }
}

async function send(token: string, DPoP: oauth.DPoPHandle, method: string, url: URL, body: string | undefined) {
  const headers = new Headers({ accept: 'application/json' })
  if (body !== undefined) headers.set('content-type', 'application/json')
  const ask = async () => {
    try {
      return await oauth.protectedResourceRequest(token, method, url, headers, body, {
        DPoP,
        signal: AbortSignal.timeout(PATIENCE_MILLISECONDS),
        ...transportFor(url.href),
      })
    } catch (error) {
      // What the challenge says stands in the body as well.
      if (error instanceof oauth.WWWAuthenticateChallengeError && !oauth.isDPoPNonceError(error)) return error.response
      throw error
    }
  }
  try {
    return await withNonce(ask)
  } catch (error) {
    throw new AwayError(`${url.origin} could not be reached (${causeOf(error)}); try again.`)
  }
}

async function refreshed(saved: SavedSession, DPoP: oauth.DPoPHandle, env: Environment): Promise<SavedSession> {
  const { issuer, refreshToken } = saved
  const server = await discover(issuer)
  try {
    const tokens = await withNonce(async () =>
      oauth.processRefreshTokenResponse(
        server,
        CLIENT,
        await oauth.refreshTokenGrantRequest(server, CLIENT, oauth.None(), refreshToken, {
          DPoP,
          signal: AbortSignal.timeout(STEP_MILLISECONDS),
          ...transportFor(issuer),
        }),
      ),
    )
    const session = sessionOf(issuer, tokens, saved.key, refreshToken)
    writeSession(session, env)
    return session
  } catch (error) {
    // RFC 6749 §5.2: only these say that the grant or the client is gone. Forgotten for less, it would be good and nobody's.
    const isOver = error instanceof oauth.ResponseBodyError && ['invalid_grant', 'invalid_client'].includes(error.error)
    if (!isOver) throw unreachable(issuer, error)
    removeSession(issuer, env)
    throw signedOut(issuer)
  }
}

export function sessionOf(
  issuer: string,
  { access_token, refresh_token, expires_in = 0 }: oauth.TokenEndpointResponse,
  key: JsonWebKey,
  before?: string,
): SavedSession {
  const refreshToken = refresh_token ?? before
  if (refreshToken === undefined) throw new FailedError(`${issuer} gave no refresh token; its version may be too old.`)
  return { issuer, accessToken: access_token, refreshToken, expiresAt: clock() + expires_in, key }
}

/** RFC 9449 §8: a server that wants a nonce says so once. */
export async function withNonce<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (error) {
    if (!oauth.isDPoPNonceError(error)) throw error
    return ask()
  }
}

export async function proofOf(key: JsonWebKey): Promise<oauth.DPoPHandle> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256' }
  const { d: _, ...open } = key
  const privateKey = await crypto.subtle.importKey('jwk', { ...key, key_ops: ['sign'] }, algorithm, false, ['sign'])
  const publicKey = await crypto.subtle.importKey('jwk', { ...open, key_ops: ['verify'] }, algorithm, true, ['verify'])
  return oauth.DPoP(CLIENT, { privateKey, publicKey })
}

export function unreachable(issuer: string, error: unknown): AwayError {
  return new AwayError(`${issuer} could not be reached (${causeOf(error)}); try again.`)
}

export function signedOut(issuer: string): FailedError {
  return new FailedError(`You are not signed in at ${issuer}; run 'doorward login ${issuer}'.`)
}

function causeOf(error: unknown): string {
  if (error instanceof oauth.ResponseBodyError) return error.error_description ?? error.error
  const { cause, message } = error as Error
  if (!(cause instanceof Error)) return message
  // What OpenSSL says is a line of numbers and a file of its sources.
  const { code, reason } = cause as { readonly code?: string; readonly reason?: string }
  if (code === 'ERR_SSL_WRONG_VERSION_NUMBER')
    return 'no TLS is spoken there; on this computer the address may begin with http://'
  return code?.startsWith('ERR_SSL_') === true ? (reason ?? code) : cause.message
}
