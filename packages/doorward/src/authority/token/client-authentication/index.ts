import type { ClientAuthentication } from './client-authentication.ts'
import { clientSecretBasic } from './client-secret-basic.ts'
import { clientSecretPost } from './client-secret-post.ts'
import { none } from './none.ts'
import { privateKeyJwt } from './private-key-jwt.ts'
import { selfSignedTlsClientAuth } from './self-signed-tls-client-auth.ts'
import { tlsClientAuth } from './tls-client-auth.ts'

export const CLIENT_AUTHENTICATIONS: readonly ClientAuthentication[] = [
  none,
  privateKeyJwt,
  clientSecretBasic,
  clientSecretPost,
  tlsClientAuth,
  selfSignedTlsClientAuth,
]
