import type { InputOf, OutputOf } from '../../authority/admin/act.ts'
import { type GovernOptions, govern } from '../govern/governor.ts'
import { UsageError } from '../problem.ts'
import { table, when } from '../table.ts'
import { type AddCommand, governingCommand } from './command.ts'

type Given = InputOf<'rules.preview'>
type Change = OutputOf<'rules.preview'>['changes'][number]

/** What a rule goes by, as people write it. */
const KINDS = {
  'client-id': 'clientId',
  domain: 'domain',
  'redirect-host': 'redirectHost',
  'statement-issuer': 'statementIssuer',
  'software-id': 'softwareId',
} as const

const ARGUMENTS = '<allow|deny> <kind> <value>'

export const rule: AddCommand = (program, terminal) => {
  const group = program
    .command('rule')
    .description(
      `Who is always admitted or always refused; deny beats allow. Kinds: ${Object.keys(KINDS).join(', ')}. *.example.com stands for every name below.`,
    )
  const common = (name: string, description: string, json = 'one line of JSON') =>
    governingCommand(group, name, description, json)

  common(`add ${ARGUMENTS}`, 'It counts from the next decision on, in every process; a deny ends live grants.')
    .option('--note <text>', 'why')
    .action((effect: string, kind: string, value: string, options: GovernOptions & { readonly note?: string }) =>
      govern(options, terminal, async ({ act }) => {
        const added = await act('rules.add', { ...given(effect, kind, value), note: options.note })
        const ended = added.ended === 0 ? '' : ` ${grants(added.ended)} ended.`
        terminal.print(options.json ? JSON.stringify(added) : `Added ${added.id}: ${effect} ${kind} ${value}.${ended}`)
      }),
    )

  common('list', 'What operators added, and what the config file says.', 'one line of JSON each').action(
    (options: GovernOptions) =>
      govern(options, terminal, async ({ act }) => {
        const { rules } = await act('rules.list', {})
        if (options.json) for (const entry of rules) terminal.print(JSON.stringify(entry))
        else
          terminal.print(
            table(
              ['id', 'rule', 'note', 'added', 'by'],
              rules.map(({ id, effect, rule: what, note, createdAt, createdBy }) => [
                id ?? '(config file)',
                `${effect} ${wordsOf(what)}`,
                note || '-',
                when(createdAt),
                createdBy ?? '-',
              ]),
            ),
          )
      }),
  )

  common('remove <id>', 'Take it back; what it ended stays ended.').action((id: string, options: GovernOptions) =>
    govern(options, terminal, async ({ act }) => {
      await act('rules.remove', { id })
      terminal.print(options.json ? JSON.stringify({ id, removed: true }) : `Removed ${id}.`)
    }),
  )

  common(
    `preview ${ARGUMENTS}`,
    'What it would have decided otherwise in the last seven days. Nothing is written.',
  ).action((effect: string, kind: string, value: string, options: GovernOptions) =>
    govern(options, terminal, async ({ act }) => {
      const seen = await act('rules.preview', given(effect, kind, value))
      if (options.json) return terminal.print(JSON.stringify(seen))
      terminal.print(
        `Of ${seen.clients} applications ${seen.changedClients} would be decided otherwise, and ${seen.changedAttempts} of ${seen.attempts} attempts since ${when(seen.since / 1000)}; ${grants(seen.endedGrants)} would end.`,
      )
      if (seen.changes.length > 0)
        terminal.print(table(['id', 'name', 'until now', 'with it', 'attempts', 'grants'], seen.changes.map(row)))
    }),
  )
}

function given(effect: string, kind: string, value: string): Given {
  if (effect !== 'allow' && effect !== 'deny') throw new UsageError(`'${effect}' is neither allow nor deny.`)
  if (!Object.hasOwn(KINDS, kind))
    throw new UsageError(`A rule does not go by '${kind}'; it goes by one of ${Object.keys(KINDS).join(', ')}.`)
  return { effect, rule: { [KINDS[kind as keyof typeof KINDS]]: value } as unknown as Given['rule'] }
}

function wordsOf(what: Given['rule']): string {
  return Object.entries(what)
    .map(([name, value]) => `${Object.entries(KINDS).find(([, own]) => own === name)?.[0] ?? name} ${value}`)
    .join(' ')
}

function row({ client, name, before, after, attempts, grants: live }: Change): string[] {
  return [
    client,
    name ?? '-',
    `${before.verdict} (${before.rule})`,
    `${after.verdict} (${after.rule})`,
    String(attempts),
    String(live),
  ]
}

function grants(count: number): string {
  return count === 1 ? 'one live grant' : `${count} live grants`
}
