import { spawn } from 'node:child_process'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import * as oauth from 'oauth4webapi'
import { COMMAND_LINE_CLIENT } from '../command-line-client.ts'
import type { Terminal } from '../commands/command.ts'
import type { LoginOptions } from '../commands/login.ts'
import { FailedError, UsageError } from '../problem.ts'
import { CLIENT, discover, issuerOf, pageAt, proofOf, sessionOf, transportFor, withNonce } from './session.ts'
import { type SavedSession, writeSession } from './session-file.ts'

const PATIENCE_MILLISECONDS = 600_000
const PATH = '/callback'

/**
 * Signs in as any application would: discovery, a pushed request where the server takes one, authorization code with PKCE and a
 * loopback redirect (RFC 8252 §7.3), a token bound to a key that is made here.
 */
export async function signInAt(
  given: string,
  options: LoginOptions,
  terminal: Terminal,
): Promise<SavedSession & { readonly scope: string }> {
  const issuer = issuerOf(given)
  const server = await discover(issuer)
  const { key, DPoP } = await newKey()
  const state = oauth.generateRandomState()
  const answers = await listenForAnswer(state)
  try {
    const verifier = oauth.generateRandomCodeVerifier()
    const redirectUri = `http://127.0.0.1:${answers.port}${PATH}`
    const parameters = new URLSearchParams({
      client_id: COMMAND_LINE_CLIENT,
      response_type: 'code',
      redirect_uri: redirectUri,
      resource: `${issuer}/admin/api`,
      scope: options.scope,
      state,
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      dpop_jkt: await DPoP.calculateThumbprint(),
    })
    const url = await authorizationUrl(server, parameters, DPoP)
    terminal.say(`Sign in and agree in your browser:\n\n  ${url}\n`)
    if (options.paste) terminal.say('Then paste the address at which it ends, whether it shows anything or not:')
    else if (options.browser) openBrowser(url)
    const answer = options.paste ? pasted(await terminal.readLine()) : await answers.next(terminal)
    const checked = oauth.validateAuthResponse(server, CLIENT, answer, state)
    const tokens = await withNonce(async () =>
      oauth.processAuthorizationCodeResponse(
        server,
        CLIENT,
        await oauth.authorizationCodeGrantRequest(server, CLIENT, oauth.None(), checked, redirectUri, verifier, {
          DPoP,
          ...transportFor(issuer),
        }),
      ),
    )
    const session = sessionOf(issuer, tokens, key)
    writeSession(session, terminal.env)
    return { ...session, scope: tokens.scope ?? options.scope }
  } catch (error) {
    throw inWords(issuer, error)
  } finally {
    answers.close()
  }
}

async function newKey(): Promise<{ key: JsonWebKey; DPoP: oauth.DPoPHandle }> {
  const { privateKey } = await oauth.generateKeyPair('ES256', { extractable: true })
  const key = await crypto.subtle.exportKey('jwk', privateKey)
  return { key, DPoP: await proofOf(key) }
}

/** Pushed (RFC 9126), the address is short, and nothing of it can be changed on its way through the browser. */
async function authorizationUrl(
  server: oauth.AuthorizationServer,
  parameters: URLSearchParams,
  DPoP: oauth.DPoPHandle,
): Promise<string> {
  const url = pageAt(server.authorization_endpoint ?? `${server.issuer}/authorize`, server.issuer)
  if (server.pushed_authorization_request_endpoint === undefined) {
    url.search = parameters.toString()
    return url.href
  }
  const { request_uri } = await withNonce(async () =>
    oauth.processPushedAuthorizationResponse(
      server,
      CLIENT,
      await oauth.pushedAuthorizationRequest(server, CLIENT, oauth.None(), parameters, {
        DPoP,
        ...transportFor(server.issuer),
      }),
    ),
  )
  url.search = new URLSearchParams({ client_id: COMMAND_LINE_CLIENT, request_uri }).toString()
  return url.href
}

interface Answers {
  readonly port: number
  readonly next: (terminal: Terminal) => Promise<URLSearchParams>
  readonly close: () => void
}

/** One port on this computer, for as long as the sign-in takes. What does not know our state is no answer to us. */
async function listenForAnswer(state: string): Promise<Answers> {
  let answered: (answer: URLSearchParams) => void = () => undefined
  const first = new Promise<URLSearchParams>((resolve) => {
    answered = resolve
  })
  const server = createServer((request, response) => {
    const url = URL.parse(request.url ?? '', 'http://127.0.0.1')
    const isAnswer = request.method === 'GET' && url?.pathname === PATH && url.searchParams.get('state') === state
    response.writeHead(isAnswer ? 200 : 404, {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': "default-src 'none'",
      'cache-control': 'no-store',
      connection: 'close',
    })
    response.end(isAnswer ? PAGE : 'Nothing is here.')
    if (isAnswer && url !== null) answered(url.searchParams)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  return {
    port: (server.address() as AddressInfo).port,
    next: (terminal) => {
      let timer: NodeJS.Timeout | undefined
      const late = new Promise<never>((_, reject) => {
        timer = setTimeout(
          () => reject(new FailedError('Nobody answered for ten minutes; run it again.')),
          PATIENCE_MILLISECONDS,
        )
      })
      const stopped = terminal.untilStopped().then(() => {
        throw new FailedError('Stopped before anybody answered.')
      })
      return Promise.race([first, late, stopped]).finally(() => clearTimeout(timer))
    },
    close: () => void server.close(),
  }
}

const PAGE =
  '<!doctype html><html lang="en"><title>Doorward</title><p>Done. You can close this tab and go back to the terminal.</p></html>'

function pasted(line: string | undefined): URLSearchParams {
  const url = URL.parse(line?.trim() ?? '')
  if (url === null || !url.searchParams.has('state'))
    throw new UsageError('That is not the address at which the browser ended; it begins with http://127.0.0.1.')
  return url.searchParams
}

/** Tried and no more: the address stands in the terminal. */
function openBrowser(url: string): void {
  const [command, ...args] =
    process.platform === 'darwin'
      ? ['open']
      : process.platform === 'win32'
        ? ['rundll32', 'url.dll,FileProtocolHandler']
        : ['xdg-open']
  if (command === undefined) return
  spawn(command, [...args, url], { stdio: 'ignore', detached: true })
    .on('error', () => undefined)
    .unref()
}

function inWords(issuer: string, error: unknown): Error {
  if (error instanceof oauth.AuthorizationResponseError) {
    const said = error.error_description ?? error.error
    return new FailedError(`${issuer} gave no access: ${said}.`)
  }
  if (error instanceof oauth.ResponseBodyError) {
    if (error.error === 'invalid_client')
      return new FailedError(
        `${issuer} does not know this command line; its operator allows it with "administration": { "commandLine": true } in the config file.`,
      )
    return new FailedError(`${issuer} refused: ${error.error_description ?? error.error}.`)
  }
  if (error instanceof oauth.OperationProcessingError)
    return new FailedError(`${issuer} answered wrongly: ${error.message}.`)
  return error as Error
}
