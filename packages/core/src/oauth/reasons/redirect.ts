import type { Explanations } from './reason.ts'

/** Redirect URIs: where the answer of an authorization may go. */
export const REDIRECT = {
  redirect_uri_characters: {
    cause: 'A redirect URI has spaces or characters outside printable ASCII.',
    mend: 'Percent-encode them, and write an international domain name in its ASCII form (xn--).',
  },
  redirect_uri_credentials: {
    cause: 'A redirect URI has a user name or a password in it.',
    mend: 'Take them out; they would be shown to everybody who sees the address.',
  },
  redirect_uri_fragment: {
    cause: 'A redirect URI has a fragment (#), which no answer may carry (RFC 6749 §3.1.2).',
    mend: 'Register the address without what follows #.',
  },
  redirect_uri_host: {
    cause:
      'A redirect URI has no plain host: it is missing, has a wildcard, ends with a dot, or has strange characters.',
    mend: 'Register each address in full. Wildcards are never taken (RFC 9700 §2.1).',
  },
  redirect_uri_http: {
    cause: 'A redirect URI uses http and is not at this computer (127.0.0.1, [::1] or localhost).',
    mend: 'Use https. Over http anybody on the way could read the code.',
  },
  redirect_uri_missing: {
    cause:
      'The authorization request names no redirect_uri, and what the client has registered leaves a choice or needs a port.',
    mend: 'Connect again from the application. For its makers: send redirect_uri always.',
  },
  redirect_uri_not_a_string: {
    cause: 'An entry of redirect_uris is empty or no string.',
    mend: 'Send an array of strings.',
  },
  redirect_uri_not_absolute: {
    cause: 'A redirect URI is not an absolute URI.',
    mend: 'Register the whole address, from its scheme on.',
  },
  redirect_uri_not_registered: {
    cause:
      'The application asked for its answer at an address that it did not register. Addresses are compared letter by letter; only the port at this computer may differ.',
    mend: 'Remove the connection in the application and add it again, so that it registers anew. If that does not help, its makers have to register the very address that they send; the message shows both.',
  },
  redirect_uri_not_web: {
    cause:
      'The registration says application_type web, and a redirect URI is at this computer or has a scheme of its own.',
    mend: 'Register as native, or leave application_type out.',
  },
  redirect_uri_path: {
    cause:
      'A redirect URI has dot segments (/../), backslashes or %2e in it, which different parsers read differently.',
    mend: 'Register the address as it is after resolving them.',
  },
  redirect_uri_scheme_not_listed: {
    cause:
      "A redirect URI uses a scheme of its own that is neither a domain name in reverse (com.example.app) nor on this server's list.",
    mend: 'Whoever runs the server can add it under redirectSchemes. For makers: take a scheme with a domain of yours (RFC 8252 §7.1), or a loopback address.',
  },
  redirect_uri_script_scheme: {
    cause:
      'A redirect URI uses a scheme that runs code, reads files or stays inside the browser, such as javascript: or data:.',
    mend: 'Use https, a loopback address, or a scheme of your own. No setting allows these.',
  },
  redirect_uri_too_long: {
    cause: 'A redirect URI is longer than is taken here.',
    mend: 'Shorten it; what belongs to one request goes into state.',
  },
  redirect_uris_missing: {
    cause: 'The registration names no redirect_uris.',
    mend: 'Name every address at which the application takes answers.',
  },
  redirect_uris_not_an_array: {
    cause: 'redirect_uris is something else than an array.',
    mend: 'Send an array, also for a single address.',
  },
  redirect_uris_too_many: {
    cause: 'The registration names more redirect URIs than are taken here.',
    mend: 'Loopback ports need no entries of their own: one address without a port serves all of them.',
  },
} satisfies Explanations
