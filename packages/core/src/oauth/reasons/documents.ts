import type { Explanations } from './reason.ts'

/** Clients whose id is the address of a metadata document. */
export const DOCUMENTS = {
  client_url_credentials: {
    cause: 'The client id is an address with a user name or a password in it.',
    mend: 'Only the makers of the application can mend its description. Tell them what stands here, with the address.',
  },
  client_url_fragment: {
    cause: 'The client id is an address with a fragment (#).',
    mend: 'Only the makers of the application can mend its description. Tell them what stands here, with the address.',
  },
  client_url_host: {
    cause: 'The client id is an address that is not at a public domain name.',
    mend: 'Publish the description at a domain name. A description at localhost is read by a server that runs at localhost only.',
  },
  client_url_malformed: {
    cause: 'The client id begins like an address and is none.',
    mend: 'Only the makers of the application can mend its description. Tell them what stands here, with the address.',
  },
  client_url_not_https: {
    cause: 'The client id is an address without https. Only a server that runs at localhost takes http, at localhost.',
    mend: 'Serve the description over https. Only the makers of the application can mend its description. Tell them what stands here, with the address.',
  },
  client_url_not_normal: {
    cause:
      'The client id is an address that is not written as a URL parser would write it: upper case in the host, a missing path, dot segments, or a default port. Ids are compared letter by letter.',
    mend: 'Use the spelling that the message shows. Only the makers of the application can mend its description. Tell them what stands here, with the address.',
  },
  client_url_too_long: {
    cause: 'The client id is an address, and longer than is taken here.',
    mend: 'Only the makers of the application can mend its description. Tell them what stands here, with the address.',
  },
  document_address_malformed: {
    cause: 'The address is no plain web address.',
    mend: 'Only the makers of the application can mend its description. Tell them what stands here, with the address.',
  },
  document_address_not_https: {
    cause: 'The address that had to be fetched is not https.',
    mend: 'Only the makers of the application can mend its description. Tell them what stands here, with the address.',
  },
  document_address_port: {
    cause: "The address has a port below 1024 that is not https's own.",
    mend: 'Serve the description at the usual port, or at one above 1024.',
  },
  document_address_special_use: {
    cause:
      "The address leads to a network that is not the public internet: this computer, a private network, a cloud's metadata service.",
    mend: "Publish the description on the public internet. No setting opens private networks to strangers' addresses; whoever runs the server can register the application by hand (doorward client add).",
  },
  document_auth_method: {
    cause:
      'The description asks for an authentication that needs a shared secret, which nobody can publish, or that this server does not take.',
    mend: 'Use none or private_key_jwt. Only the makers of the application can mend its description. Tell them what stands here, with the address.',
  },
  document_budget: {
    cause: 'Too many descriptions of applications are being fetched at once, from this network or in all.',
    mend: 'Wait as long as the message says and try again.',
  },
  document_client_id: {
    cause: 'The description names another client_id than the address that it was fetched from.',
    mend: 'The two have to be the same, letter by letter; the message shows both. Only the makers of the application can mend its description. Tell them what stands here, with the address.',
  },
  document_connection_failed: {
    cause: 'No connection to the server of the application could be made, or it broke.',
    mend: 'Wait a moment and try again; that server is not ours. If it stays like this, tell the makers of the application. Whoever runs this server can check whether it may reach the internet, or needs an egress proxy.',
  },
  document_encoded: {
    cause: 'The description comes compressed, which was not asked for.',
    mend: 'Serve it without Content-Encoding. Only the makers of the application can mend its description. Tell them what stands here, with the address.',
  },
  document_gone: {
    cause:
      'The server of the application answers that there is no such description (any more). Its makers took it back, or moved it.',
    mend: 'Update or reinstall the application and connect again. Only the makers of the application can mend its description. Tell them what stands here, with the address.',
  },
  document_keys_missing: {
    cause: 'The description asks for private_key_jwt and names no keys.',
    mend: 'Add jwks or jwks_uri. Only the makers of the application can mend its description. Tell them what stands here, with the address.',
  },
  document_malformed: {
    cause: 'The description is not valid JSON in UTF-8.',
    mend: 'Only the makers of the application can mend its description. Tell them what stands here, with the address.',
  },
  document_name_missing: {
    cause: 'The description has no client_name.',
    mend: 'Only the makers of the application can mend its description. Tell them what stands here, with the address.',
  },
  document_name_unresolved: {
    cause: 'The domain name has no address, as seen from this server.',
    mend: 'Wait a moment and try again; that server is not ours. If it stays like this, tell the makers of the application. Whoever runs this server can check its DNS.',
  },
  document_not_an_object: {
    cause: 'The description is no JSON object.',
    mend: 'Only the makers of the application can mend its description. Tell them what stands here, with the address.',
  },
  document_redirects: {
    cause: 'The address of the description redirects. A description has to be where its address says.',
    mend: 'Publish it at the address itself. Only the makers of the application can mend its description. Tell them what stands here, with the address.',
  },
  document_secret: {
    cause: 'The description publishes a client secret, which is none any more.',
    mend: 'Take it out and use private_key_jwt, or no authentication. Only the makers of the application can mend its description. Tell them what stands here, with the address.',
  },
  document_shared_host: {
    cause: 'The description lies at a host where anybody can put one, so it says nothing of who the application is.',
    mend: 'Publish it at a domain of the makers. Whoever runs the server can admit this one address in the policy (allow, clientId).',
  },
  document_status: {
    cause: 'The server of the application answered with something else than the description.',
    mend: 'Wait a moment and try again; that server is not ours. If it stays like this, tell the makers of the application.',
  },
  document_tls_failed: {
    cause: 'The server of the application has a certificate that is not good.',
    mend: 'Only the makers of the application can mend its description. Tell them what stands here, with the address.',
  },
  document_too_large: {
    cause: 'The description is larger than is read here (5 KiB).',
    mend: 'Only the makers of the application can mend its description. Tell them what stands here, with the address.',
  },
  document_too_many_at_once: {
    cause: 'This server is fetching as many addresses of strangers at once as it may.',
    mend: 'Wait a moment and try again.',
  },
  document_too_slow: {
    cause: 'The server of the application did not answer in time.',
    mend: 'Wait a moment and try again; that server is not ours. If it stays like this, tell the makers of the application.',
  },
  document_type: {
    cause: 'The description does not come as JSON.',
    mend: 'Serve it with Content-Type application/json. Only the makers of the application can mend its description. Tell them what stands here, with the address.',
  },
} satisfies Explanations
