import { backup } from './backup.ts'
import { client } from './client.ts'
import type { AddCommand } from './command.ts'
import { dev } from './dev.ts'
import { events } from './events.ts'
import { grant } from './grant.ts'
import { invite } from './invite.ts'
import { key } from './key.ts'
import { login, logout } from './login.ts'
import { migrate } from './migrate.ts'
import { protect } from './protect.ts'
import { restore } from './restore.ts'
import { rule } from './rule.ts'
import { serve } from './serve.ts'
import { statement } from './statement.ts'
import { trace } from './trace.ts'
import { user } from './user.ts'

export const COMMANDS: readonly AddCommand[] = [
  dev,
  protect,
  serve,
  user,
  client,
  invite,
  grant,
  key,
  rule,
  statement,
  backup,
  restore,
  migrate,
  events,
  trace,
  login,
  logout,
]
