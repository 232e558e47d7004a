// Runs in pi as its extension: tells Conductor what happens, and does what Conductor asks.
// pi itself asks for no permissions: this asks before a tool runs, in pi's own dialog and in
// Conductor at once, and takes the answer that comes first.
import { appendFileSync, closeSync, openSync, readFileSync, watch } from "node:fs"

const INBOX = process.env.CONDUCTOR_INBOX
const WISHES = process.env.CONDUCTOR_WISHES
const FREE = process.env.CONDUCTOR_FREE.split(",") // tools that run without asking; `*` is all

const textOf = ({ content }) =>
  typeof content === "string"
    ? content
    : content.filter((part) => part.type === "text").map((part) => part.text).join("\n")

export default function (pi) {
  const pending = new Map() // asks that stand, each with what takes its answer
  let taken = 0
  let context

  const tell = (event, fields) =>
    appendFileSync(INBOX, JSON.stringify({ pi: event, ...fields }) + "\n", { mode: 0o600 })

  const calls = {
    prompt: ({ text }) =>
      pi.sendUserMessage(text, context.isIdle() ? undefined : { deliverAs: "followUp" }),
    permission: ({ id, allowed, why }) => pending.get(id)?.({ allowed, why }),
  }

  const lines = () => readFileSync(WISHES, "utf8").split("\n").slice(0, -1)

  const take = () => {
    for (let all = lines(); taken < all.length; all = lines()) {
      const { call, ...wish } = JSON.parse(all[taken++])
      try {
        calls[call](wish)
      } catch (error) {
        tell("refused", { call, ...wish, why: String(error) })
      }
    }
  }

  closeSync(openSync(WISHES, "a", 0o600))
  taken = lines().length // what stands there was meant for an earlier run
  const watcher = watch(WISHES, take)

  pi.on("session_start", (_, ctx) => {
    context = ctx
    tell("session", { session: ctx.sessionManager.getSessionId() })
  })
  pi.on("session_shutdown", () => watcher.close())
  pi.on("agent_start", () => tell("busy"))

  pi.on("message_start", ({ message }) => {
    if (message.role === "user") tell("prompt", { text: textOf(message) })
  })

  pi.on("message_end", ({ message }) => {
    const { role, usage, provider, model, timestamp } = message
    if (role !== "assistant" || !usage) return
    const id = `${context.sessionManager.getSessionId()}:${timestamp}`
    tell("message", { id, model: `${provider}/${model}`, usage })
  })

  pi.on("agent_end", ({ messages }) => {
    const last = messages.findLast(({ role }) => role === "assistant")
    const error = last?.stopReason === "error" ? last.errorMessage || "its request failed" : null
    tell("end", { last: last ? textOf(last) : "", error })
  })

  pi.on("tool_call", async ({ toolName, toolCallId: id, input }, ctx) => {
    if (FREE.includes("*") || FREE.includes(toolName) || !ctx.hasUI) return
    const dialog = new AbortController()
    const elsewhere = new Promise((answer) => pending.set(id, answer))
    tell("asked", { id, tool: toolName, input })
    const wanted = input.command ?? input.path ?? JSON.stringify(input)
    const here = ctx.ui
      .confirm(`Allow ${toolName}?`, String(wanted), { signal: dialog.signal })
      .then((allowed) => ({ allowed }))
    const { allowed, why } = await Promise.race([elsewhere, here])
    pending.delete(id)
    dialog.abort()
    tell("answered", { id })
    if (!allowed) return { block: true, reason: why || "The person said no." }
  })
}
