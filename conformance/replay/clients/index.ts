import type { ReplayClient } from '../client.ts'
import { vscode } from './vscode.ts'

export const CLIENTS: readonly ReplayClient[] = [vscode]
