import type { ReplayClient } from '../client.ts'
import { antigravity } from './antigravity.ts'
import { chatgpt } from './chatgpt.ts'
import { claudeAi, claudeAiLeadingSpace, claudeAiOwnScope } from './claude-ai.ts'
import { claudeCode } from './claude-code.ts'
import { codex } from './codex.ts'
import { copilotCli } from './copilot-cli.ts'
import { copilotStudio } from './copilot-studio.ts'
import { cursor } from './cursor.ts'
import { devin } from './devin.ts'
import { geminiCli } from './gemini-cli.ts'
import { geminiEnterprise } from './gemini-enterprise.ts'
import { goose } from './goose.ts'
import { grok } from './grok.ts'
import { kiro } from './kiro.ts'
import { librechat } from './librechat.ts'
import { m365Copilot } from './m365-copilot.ts'
import { mcpInspector } from './mcp-inspector.ts'
import { mcpRemote } from './mcp-remote.ts'
import { mistral } from './mistral.ts'
import { n8n } from './n8n.ts'
import { openWebui } from './open-webui.ts'
import { opencode } from './opencode.ts'
import { perplexity } from './perplexity.ts'
import { pythonSdk } from './python-sdk.ts'
import { tsSdk } from './ts-sdk.ts'
import { vscode } from './vscode.ts'
import { warp, warpWithServerId } from './warp.ts'
import { zed } from './zed.ts'

/** In the order of the table of clients: most used first. */
export const CLIENTS: readonly ReplayClient[] = [
  claudeAi,
  claudeAiLeadingSpace,
  claudeAiOwnScope,
  claudeCode,
  chatgpt,
  codex,
  vscode,
  copilotCli,
  cursor,
  geminiCli,
  geminiEnterprise,
  antigravity,
  m365Copilot,
  copilotStudio,
  zed,
  goose,
  opencode,
  mcpInspector,
  mcpRemote,
  tsSdk,
  pythonSdk,
  librechat,
  openWebui,
  n8n,
  grok,
  perplexity,
  mistral,
  devin,
  warp,
  warpWithServerId,
  kiro,
]
