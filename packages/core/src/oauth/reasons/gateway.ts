import type { Explanations } from './reason.ts'

/** The gateway before an MCP server. */
export const GATEWAY = {
  client_gone: {
    cause: 'The client went away before the MCP server answered.',
    mend: "Nothing here. If it happens often, the client's timeout is shorter than the tool takes.",
  },
  json_ambiguous: {
    cause:
      'A member of the message stands twice, or is spelled in other letters than the protocol does. Two readers could see two messages in it.',
    mend: 'Send each member once, spelled as in JSON-RPC and MCP.',
  },
  origin_malformed: {
    cause: 'The Origin header is no origin.',
    mend: 'Send scheme, host and port, as browsers do, or no Origin at all.',
  },
  session_foreign: {
    cause:
      'The MCP session is not known to this gateway for this person and client: it ended with a restart or an old secret, or belongs to somebody else.',
    mend: 'Start a new session with initialize; clients do so by themselves when they see the 404.',
  },
  upstream_down: {
    cause: 'The MCP server behind the gateway refuses connections, or broke this one before its answer was whole.',
    mend: 'Start it, check its port, and whether it wants http or https, then try again. What it breaks off, its own log explains.',
  },
  upstream_failed: {
    cause: 'The MCP server behind the gateway failed; the message has its status.',
    mend: 'Look at the log of that server.',
  },
  upstream_nonsense: {
    cause:
      'The MCP server behind the gateway answered with something that is neither a JSON-RPC message in JSON nor an event stream, whatever it is labelled.',
    mend: 'Check its address; a web page, another API or the older HTTP+SSE transport is the usual cause.',
  },
  upstream_not_found: {
    cause: 'The MCP server behind the gateway has nothing at the address that the gateway knows.',
    mend: 'Check the path; it is often /mcp.',
  },
  upstream_redirects: {
    cause: 'The MCP server behind the gateway redirects.',
    mend: 'Give the gateway the address that it redirects to; a missing slash at the end is the usual cause.',
  },
  upstream_refuses: {
    cause:
      'The MCP server behind the gateway refused the request with something that is no answer of MCP; the message has its status.',
    mend: 'Look at the log of that server, and at what it allows: the host and the origin of its callers are the usual cause.',
  },
  upstream_slow: {
    cause:
      'The MCP server behind the gateway did not begin to answer in two minutes, or fell silent for as long in the middle of an answer that is no event stream.',
    mend: 'Look at that server. Long work should stream its progress as events.',
  },
  upstream_tls_failed: {
    cause: 'The gateway and the MCP server behind it could not agree on TLS; the message has the code of OpenSSL.',
    mend: 'Look at the log of that server: a certificate that it wants of its callers, or versions and ciphers that only one of the two knows.',
  },
  upstream_unauthorized: {
    cause: 'The MCP server behind the gateway asks for an authorization of its own.',
    mend: "Turn that off; the gateway does it. The client's token is never passed on.",
  },
  upstream_unknown_name: {
    cause: 'The name of the MCP server behind the gateway does not resolve on the machine of the gateway.',
    mend: 'Check its address for a slip, and the name service of that machine.',
  },
  upstream_unreachable: {
    cause:
      'No connection to the MCP server behind the gateway came about in five seconds, or the network knows no way there.',
    mend: 'Check its address and any firewall between the two.',
  },
  upstream_untrusted: {
    cause:
      'The certificate of the MCP server behind the gateway is not good here: of a CA that nobody named to it, for another name, or out of date. The message has the code of OpenSSL.',
    mend: 'Name the file of its CA in NODE_EXTRA_CA_CERTS and start the gateway again, or give that server a certificate of a CA that the machine trusts, for the name in its address.',
  },
  upstream_wrong_scheme: {
    cause:
      'The gateway has an address with https for an MCP server that speaks http, or one with http for a server that speaks https.',
    mend: 'Give the gateway the address with the other one.',
  },
} satisfies Explanations
