import { type GovernOptions, govern } from '../govern/governor.ts'
import { table, when } from '../table.ts'
import { type AddCommand, governingCommand } from './command.ts'

export const key: AddCommand = (program, terminal) => {
  const group = program.command('key').description('What access tokens are signed with.')

  governingCommand(group, 'list', 'The published keys, the newest last.', 'one line of JSON each').action(
    (options: GovernOptions) =>
      govern(options, terminal, async ({ act }) => {
        const { keys } = await act('keys.list', {})
        if (options.json) {
          for (const entry of keys) terminal.print(JSON.stringify(entry))
          return
        }
        terminal.print(
          table(
            ['id', 'algorithm', 'made', 'use'],
            keys.map(({ kid, alg, createdAt, use }) => [kid, alg, when(createdAt), use]),
          ),
        )
      }),
  )

  governingCommand(
    group,
    'rotate',
    'Make a new key. It is published now and signs in an hour; tokens of the others stay good.',
    'one line of JSON',
  )
    .option(
      '--now',
      'the others have leaked: it signs at once, and their tokens are refused here and by servers that follow the feed',
    )
    .action((options: GovernOptions & { readonly now?: boolean }) =>
      govern(options, terminal, async ({ act }) => {
        const { kid, algorithm, removed } = await act('keys.rotate', { now: options.now === true })
        if (options.json) terminal.print(JSON.stringify({ kid, algorithm, removed }))
        else
          terminal.print(
            removed.length > 0
              ? `Made ${kid} (${algorithm}) and removed the others; running servers follow at once.`
              : `Made ${kid} (${algorithm}); it signs in an hour.`,
          )
      }),
    )
}
