// Runs in OpenCode's terminal interface as its plugin: tells Conductor what happens, and does
// what Conductor asks. Every event of the conversation becomes one line of the session's inbox;
// every line of the file of wishes becomes one call of OpenCode's own API, inside this process:
// no port is opened, and a draft in the composer stays the person's.
import { appendFileSync, closeSync, openSync, readFileSync, watch } from "node:fs"

const INBOX = process.env.CONDUCTOR_INBOX
const WISHES = process.env.CONDUCTOR_WISHES
const TOLD = [
  "session.created", "session.updated", "session.status", "session.error", "message.updated",
  "message.part.updated", "permission.asked", "permission.replied", "question.asked",
  "question.replied", "question.rejected",
]

const WINDOW = 60_000 // a refusal to be waited out for longer is a limit, not a busy minute

const tui = async (api) => {
  const children = new Set() // conversations of subagents: their turns are not this agent's turns
  const prompts = new Set() // messages that are prompts, so that their text is known for one
  const pending = new Map() // what is asked and not answered: tools may ask at the same time
  let session = process.env.CONDUCTOR_RESUME || null
  let last = ""
  let taken = 0
  let taking = false

  const tell = (event, fields) =>
    appendFileSync(INBOX, JSON.stringify({ opencode: event, ...fields }) + "\n", { mode: 0o600 })

  const here = (id) => {
    if (id && id !== session && !children.has(id)) tell("session", { session: (session = id) })
  }

  const calls = {
    prompt: async ({ text }) => {
      // What its composer has chosen counts for that alone; a conversation keeps its last model.
      const [providerID, ...name] = (process.env.CONDUCTOR_MODEL ?? "").split("/")
      const chosen = !session && providerID ? { model: { providerID, modelID: name.join("/") } } : {}
      if (!session) {
        const { data } = await api.client.session.create({}, { throwOnError: true })
        here(data.id)
        api.route.navigate("session", { sessionID: session })
      }
      const parts = [{ type: "text", text }]
      await api.client.session.promptAsync({ sessionID: session, parts, ...chosen }, { throwOnError: true })
    },
    permission: (wish) => api.client.permission.reply(wish, { throwOnError: true }),
    question: ({ requestID, answer }) => {
      const { questions } = pending.get(requestID)
      const lines = answer.split("\n")
      const each = (_, n) => [lines.length === questions.length ? lines[n] : answer]
      const answers = questions.map(each)
      return api.client.question.reply({ requestID, answers }, { throwOnError: true })
    },
  }

  const lines = () => readFileSync(WISHES, "utf8").split("\n").slice(0, -1)

  const take = async () => {
    if (taking) return
    taking = true
    for (let all = lines(); taken < all.length; all = lines()) {
      const { call, ...wish } = JSON.parse(all[taken++])
      try {
        await calls[call](wish)
      } catch (error) {
        tell("refused", { call, ...wish, why: error?.message ?? JSON.stringify(error) })
      }
    }
    taking = false
  }

  const heard = {
    "session.created": ({ info }) => (info.parentID ? children.add(info.id) : here(info.id)),
    "session.updated": ({ info }) => info.parentID && children.add(info.id),
    "session.status": ({ sessionID, status }) => {
      if (children.has(sessionID) || pending.size) return
      const long = status.type === "retry" && status.next - Date.now() > WINDOW
      tell("status", { session: sessionID, status, long, last })
    },
    "session.error": ({ sessionID, error }) =>
      children.has(sessionID) || tell("error", { session: sessionID, error }),
    "message.updated": ({ info }) => {
      const { id, role, sessionID, tokens, cost, providerID, modelID, error, time } = info
      if (role === "user" && !children.has(sessionID)) prompts.add(id)
      if (role !== "assistant" || !(time.completed || error)) return
      tell("message", { session: sessionID, id, tokens, cost, model: `${providerID}/${modelID}` })
    },
    "message.part.updated": ({ part }) => {
      const { type, messageID, sessionID, text, synthetic, time } = part
      if (type !== "text" || synthetic || children.has(sessionID)) return
      if (prompts.has(messageID)) {
        here(sessionID)
        tell("prompt", { session: sessionID, text })
        last = ""
      } else if (time?.end) last = text
    },
  }

  const asked = (type, ask) => {
    pending.set(ask.id, ask)
    tell(type, ask)
  }
  const answered = (type, { requestID }) => {
    pending.delete(requestID)
    const [next] = pending.values()
    if (next) tell(next.questions ? "question.asked" : "permission.asked", next)
    else tell(type, { id: requestID })
  }

  for (const type of TOLD) {
    const hear = heard[type] ?? ((properties) => (/asked$/.test(type) ? asked : answered)(type, properties))
    api.lifecycle.onDispose(api.event.on(type, (event) => hear(event.properties)))
  }
  closeSync(openSync(WISHES, "a", 0o600))
  taken = lines().length // what stands there was meant for an earlier run
  const watcher = watch(WISHES, take)
  api.lifecycle.onDispose(() => watcher.close())
  tell("ready", { version: api.app.version })
}

export default { id: "conductor", tui }
