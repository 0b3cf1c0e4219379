import { DEFAULT_HOST, DEFAULT_PORT } from './config.ts'

/** What the help of a command that serves says of the environment: what most who come to read it want to change. */
export function environmentWords(database: string): string {
  const words = [
    ['DOORWARD_PORT', `the port to listen at; 0 takes any (default ${DEFAULT_PORT})`],
    ['DOORWARD_HOST', `the address to listen at (default ${DEFAULT_HOST})`],
    ['DOORWARD_ISSUER', 'the public address; https, or http on this computer (default http://localhost:<port>)'],
    ['DOORWARD_DATABASE', `a file path, or postgres://user@host/name (default ${database})`],
    ['DOORWARD_SECRET', 'at least 32 random bytes in base64url (default the .key file beside the database)'],
  ]
  return ['', 'Environment:', ...words.map(([name = '', meaning]) => `  ${name.padEnd(19)}${meaning}`)].join('\n')
}
