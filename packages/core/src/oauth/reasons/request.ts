import type { Explanations } from './reason.ts'

/** Any request: what can be wrong with it before anybody looks at what it asks for. */
export const REQUEST = {
  store_unavailable: {
    cause: 'The database of the authorization server does not answer, is full, or has more to do than it can.',
    mend: 'Try again after the time in Retry-After. Whoever runs the server looks whether the database is up, has room on its disk and connections left.',
  },
  body_incomplete: {
    cause: 'The connection ended in the middle of the body: whoever sent it left, or took longer than a request may.',
    mend: 'Send it again. If it stays, look at what stands between, a proxy that gives up or a client with a short patience.',
  },
  body_not_utf8: {
    cause: 'The body has bytes that are not UTF-8.',
    mend: 'Encode the body as UTF-8, without a byte order mark.',
  },
  body_too_large: {
    cause: 'The body is larger than is read at this address; the message says how much is.',
    mend: 'Send less. Behind a gateway, large files belong into a place that the tool can fetch from.',
  },
  http_headers_too_large: {
    cause: 'The request has more than 100 headers, or they are larger than 16 KiB together.',
    mend: 'Send fewer. Cookies of other servers at the same host are the usual cause in a browser.',
  },
  http_malformed: {
    cause: 'This is not a request in HTTP/1.1.',
    mend: 'Check that the address begins with the right one of http and https, and any proxy before this server.',
  },
  http_not_plain: {
    cause: 'TLS (https) was spoken to an address at which this server speaks plain http.',
    mend: 'Use the address that begins with http. Where the server is meant for https, let the proxy before it end TLS and go on in http, or give it a certificate (tls in the config file).',
  },
  http_path: {
    cause: 'The path of the request, or the host that it names, is missing or cannot be read.',
    mend: 'Percent-encode what is not ASCII, begin the path with one slash, and send one Host header.',
  },
  http_too_slow: {
    cause: 'The request took too long to arrive.',
    mend: 'Try again. A body shorter than its Content-Length is the usual cause.',
  },
  json_malformed: {
    cause: 'The body is not valid JSON.',
    mend: 'Send one JSON text. A body that a shell has mangled, quotes first of all, is the usual cause.',
  },
  json_too_deep: {
    cause: 'The JSON is nested deeper than is read here.',
    mend: 'Flatten it. No registration and no MCP message of a known client comes near the limit.',
  },
  nothing_here: {
    cause: 'Nothing is served at this address.',
    mend: 'Check the address against the start page of the server. For an MCP server, paste the whole address, with its path.',
  },
  parameter_missing: {
    cause: 'A parameter that this request needs is missing, or empty, which counts as missing (RFC 6749 §3.1).',
    mend: 'Connect again from the application. For its makers: send the parameter that the message names.',
  },
  parameter_not_utf8: {
    cause: 'A parameter has bytes that are not UTF-8, or a NUL.',
    mend: 'Percent-encode the UTF-8 bytes of the value.',
  },
  parameter_repeated: {
    cause: 'A parameter is given more than once; only resource may be (RFC 6749 §3.1, RFC 8707 §2).',
    mend: 'Send it once. Look for a client library that adds what the address already had in its query.',
  },
  parameter_too_long: {
    cause: 'The name or the value of a parameter is longer than is read here.',
    mend: 'Shorten it. A long state belongs into the application, with a short key of it in the request.',
  },
  too_many_parameters: {
    cause: 'The request has more parameters than any known client sends.',
    mend: 'Send only those that the specification names.',
  },
  unexpected_error: {
    cause: 'Something failed inside this server that should not. It is our fault and none of the request.',
    mend: 'Try again. If it stays, whoever runs the server finds the cause with doorward events --ref and the reference of the message.',
  },
  wrong_content_type: {
    cause:
      'The Content-Type is not the one that this address reads: forms at /token, /par and /revoke, JSON at /register and at MCP servers.',
    mend: 'Send the content type that the message names. A form that is sent as JSON is the usual cause.',
  },
  wrong_method: {
    cause: 'This address does not answer to that HTTP method; the Allow header of the answer says to which it does.',
    mend: 'Use one of those. A redirect that turned a POST into a GET is the usual cause: give the address that it leads to.',
  },
} satisfies Explanations
