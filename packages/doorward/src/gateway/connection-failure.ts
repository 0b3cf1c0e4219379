import type { Reason } from '@doorward/core/oauth/reasons'

/** Why a connection to the server behind brought no answer, in words that follow its name. */
export interface ConnectionFailure {
  /** Of the answer in its place: 504 where it only took too long. */
  readonly status: 502 | 504
  readonly what: string
  readonly reason: Reason
  /** As Node, OpenSSL or undici calls it; undefined where they do not. */
  readonly code: string | undefined
}

type Kind = Pick<ConnectionFailure, 'reason'> &
  Partial<Pick<ConnectionFailure, 'status'>> & {
    readonly codes: RegExp
    /** `it` is the code, for somebody to search for. */
    readonly what: (it: string) => string
  }

/** What each mends is another thing, so each is told apart; the first that fits counts. */
const KINDS: readonly Kind[] = [
  { codes: /^ECONNREFUSED$/, reason: 'upstream_down', what: () => 'is down; start it, then try again' },
  {
    codes: /^UND_ERR_HEADERS_TIMEOUT$/,
    status: 504,
    reason: 'upstream_slow',
    what: () => 'did not answer in time',
  },
  {
    codes: /^(UND_ERR_CONNECT_TIMEOUT|ETIMEDOUT)$/,
    status: 504,
    reason: 'upstream_unreachable',
    what: () => 'cannot be reached in time',
  },
  {
    codes: /^E(HOST|NET)(UNREACH|DOWN)$/,
    reason: 'upstream_unreachable',
    what: (it) => `cannot be reached from here (${it}); check its address and the network between the two`,
  },
  {
    codes: /^(ENOTFOUND|ENODATA|EAI_[A-Z]+)$/,
    reason: 'upstream_unknown_name',
    what: (it) => `has a name that does not resolve here (${it}); check its address`,
  },
  {
    codes: /^(ERR_SSL_WRONG_VERSION_NUMBER|ERR_SSL_PACKET_LENGTH_TOO_LONG|ERR_SSL_HTTP_REQUEST)$/,
    reason: 'upstream_wrong_scheme',
    what: (it) => `does not speak https (${it}); give its address with http`,
  },
  {
    codes: /^(CERT_HAS_EXPIRED|CERT_NOT_YET_VALID)$/,
    reason: 'upstream_untrusted',
    what: (it) => `has a certificate that is not valid today (${it}); renew it`,
  },
  {
    codes: /^(ERR_TLS_CERT_ALTNAME_INVALID|HOSTNAME_MISMATCH)$/,
    reason: 'upstream_untrusted',
    what: (it) => `has a certificate for another name (${it}); give its address by a name that stands in it`,
  },
  {
    // https://docs.openssl.org/3.5/man1/openssl-verification-options/ lists them by the names that Node gives them.
    codes:
      /^(DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_[A-Z_]+|CERT_[A-Z_]+|CRL_[A-Z_]+|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_EXCEEDED|EE_KEY_TOO_SMALL|CA_[A-Z_]+)$/,
    reason: 'upstream_untrusted',
    what: (it) =>
      `has a certificate that is not trusted here (${it}); name the file of its CA in NODE_EXTRA_CA_CERTS, or give it a certificate of a CA that this machine trusts`,
  },
  {
    codes: /^(ERR_SSL_|ERR_TLS_|EPROTO$)/,
    reason: 'upstream_tls_failed',
    what: (it) => `and this gateway cannot agree on TLS (${it}); look at its log`,
  },
  {
    codes: /^(HPE_\w+|HTTPParserError)$/,
    reason: 'upstream_nonsense',
    what: (it) => `answered with something that is not HTTP (${it}); check its address`,
  },
]

/** An error of undici or of `fetch`, for what it is. A server that hangs up says nothing more, so nothing more is made of it. */
export function connectionFailure(error: unknown): ConnectionFailure {
  const code = codeOf(error)
  if (isAlert(error)) {
    const what = 'speaks https and not http; give its address with https'
    return { status: 502, what, reason: 'upstream_wrong_scheme', code }
  }
  const kind = KINDS.find(({ codes }) => code !== undefined && codes.test(code))
  if (kind !== undefined) {
    return { status: kind.status ?? 502, what: kind.what(code ?? ''), reason: kind.reason, code }
  }
  const what = 'closed the connection without an answer; look at its log, and whether it wants http or https'
  return { status: 502, what, reason: 'upstream_down', code }
}

/** The code of an error, for its event; one of OpenSSL may hold a slash. What undici cannot parse has none at its first line, but a name. */
export function codeOf(error: unknown): string | undefined {
  const { code, name } = (error ?? {}) as { readonly code?: unknown; readonly name?: unknown }
  if (typeof code === 'string' && /^[A-Z][A-Z0-9_/]{1,80}$/.test(code)) return code
  return name === 'HTTPParserError' ? name : undefined
}

/** What happened, with the addresses that were tried: an error of several has no words of its own. */
export function wordsOf(error: Error): string {
  if (error.message !== '' || !(error instanceof AggregateError)) return error.message
  return error.errors.map((one: unknown) => (one instanceof Error ? one.message : '')).join('; ')
}

/** RFC 8446 §5.1, §6: the first bytes are an alert of TLS, which is what some servers say to a request that came without it. */
function isAlert(error: unknown): boolean {
  const { data } = (error ?? {}) as { readonly data?: unknown }
  return typeof data === 'string' && data.startsWith('\x15\x03')
}
