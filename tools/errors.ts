// Writes docs/errors.md from the reasons that stand beside every refusal.
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { REASONS, SITUATIONS } from '../packages/core/src/oauth/reasons/index.ts'

const ROOT = dirname(import.meta.dirname)
export const ERRORS_PAGE = join(ROOT, 'docs/errors.md')

const LEAD = `# Why something was refused

<!-- Written by \`npm run errors\` from packages/core/src/oauth/reasons/. Do not change it here. -->

Each refusal is the error code of the RFC with our reason beside it: \`error_description\` ends with the name of the reason in
square brackets and, where there is one, the reference of the request, and \`error_uri\` leads here, to the page \`/errors\` of the server
itself, which says the same as this one. Error pages for people link to it too.

\`\`\`json
{
  "error": "invalid_grant",
  "error_description": "The code has expired [code_expired] (ref 0CMZT3XQA5)",
  "error_uri": "https://door.example.com/errors/code_expired"
}
\`\`\`

\`doorward events --ref 0CMZT3XQA5\` tells whoever runs the server what happened. A server with \`@doorward/resource\` gives the reason
in its \`WWW-Authenticate\` header and answer; its \`onRefusal\` hears of each, with what the answer does not say as \`cause\`.
`

/** The whole page. */
export function errorsDocument(): string {
  const contents = SITUATIONS.map(({ title }) => `- [${title}](#${anchorOf(title)})`).join('\n')
  const situations = SITUATIONS.map(({ title, lead, reasons }) => {
    const rows = Object.entries(reasons).map(
      ([name, { cause, mend }]) => `| <a id="${name}"></a>\`${name}\` | ${cell(cause)} | ${cell(mend)} |`,
    )
    return `## ${title}\n\n${lead}\n\n| reason | cause | what helps |\n|---|---|---|\n${rows.join('\n')}\n`
  })
  return [LEAD, `${contents}\n`, ...situations].join('\n')
}

/** Reasons that no code gives: neither by name nor put together from a verdict that is named somewhere. */
export function unusedReasons(root: string): string[] {
  const files = globSync('packages/*/src/**/*.ts', { cwd: root }).filter(
    (file) => !/\.test\.ts$|\/testing\/|\/conformance\.ts$|\/oauth\/reasons\//.test(file.replaceAll('\\', '/')),
  )
  const text = files.map((file) => readFileSync(join(root, file), 'utf8')).join('\n')
  const words = new Set([...text.matchAll(/'([a-z0-9_]+)'|\b([a-z0-9_]+):/g)].map(([, literal, key]) => literal ?? key))
  const literals = new Set([...text.matchAll(/'([a-z0-9_]+)'/g)].map(([, literal]) => literal))
  const prefixes = [...text.matchAll(/`([a-z0-9_]+_)\$\{[^}]+\}`/g)].map(([, prefix = '']) => prefix)
  return Object.keys(REASONS).filter(
    (name) =>
      !literals.has(name) &&
      !prefixes.some((prefix) => name.startsWith(prefix) && words.has(name.slice(prefix.length))),
  )
}

/** Names that stand in two situations: one of the two would be lost. */
export function repeatedReasons(): string[] {
  const names = SITUATIONS.flatMap(({ reasons }) => Object.keys(reasons))
  return names.filter((name, i) => names.indexOf(name) !== i)
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;')
}

/** As GitHub makes them of headings. */
function anchorOf(title: string): string {
  return title
    .toLowerCase()
    .replace(/[^a-z0-9 -]/g, '')
    .replaceAll(' ', '-')
}

if (import.meta.main) writeFileSync(ERRORS_PAGE, errorsDocument())
