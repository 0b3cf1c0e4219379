import { discover } from '@doorward/client'

/** What the official runner starts as a client: our toolkit, as far as it goes, at the address that is the last argument. */
const found = await discover(process.argv.at(-1) ?? '', (request) => fetch(request))
process.stdout.write(`${found.server.issuer}\n`)
