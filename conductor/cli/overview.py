"""What `conductor --help` says: the whole command line on one page, without loading any of it."""

OVERVIEW = """\
conductor: a command centre for people who run many coding agents at once

  conductor [DIR ...]     the screens, over these repositories (default: where you stand, and
                          those known); --name N before them keeps an arrangement of its own

Begin
  demo                    six agents on a small project; no account, no network
  doctor                  what is here, what is missing, and the line that installs it
  trust [DIR]             let agents start in a repository: you trust what is in it
  init                    a commented conductor.toml here; subscriptions for what is found
  completion SHELL        what bash, zsh or fish needs to complete commands and ids

Queue
  add TEXT|-              put a piece of work into the queue
  list [--all]            the tasks, each with its agent
  show ID                 everything about one task
  edit ID                 change a task that has not begun
  hold ID, release ID     keep a task from starting; let it start
  tag ID [WORD]           put a task into a group of your own
  cancel ID, retry ID     give a task up; try it anew
  run [--until-idle]      the runner, in the foreground (otherwise it starts when needed)

Agents
  say ID TEXT|-           send words to an agent; --all in the ID's place: to all at work
  answer ID allow|deny|TEXT
                          answer what an agent asks
  stop ID, stop --all     stop an agent; its work is kept
  move ID [SUBSCRIPTION]  let it go on, on another subscription
  fork ID TEXT|-          a second one goes on from its conversation and files
  resume ID, resume --all
                          take up what was cut off with the machine
  attach ID               step into an agent's terminal (plain tmux)
  shell ID                a shell of your own in its worktree
  tool ID [NAME]          an editor, or one of the repository's own programs, beside it

Changes
  diff ID [--stat]        read what an agent changed
  history ID [--restore N]
                          its snapshots: look at one, compare two, put files back
  overlaps [ID ID]        who changes the same files, and whether they would merge
  comment ID [FILE:LINE TEXT]
                          say something about lines, to be sent back; or what was said
  ask ID FILE:LINE TEXT   ask its agent about lines, without a new round
  review ID               have another agent read it; its remarks come as comments
  send-back ID [TEXT]     another round: your comments, and what is to be done
  approve ID              let it land, exactly as it was offered; or parts of it (--only, --leave)
  reject ID WHY           turn it down
  undo [ID]               take a landing back
  land ID --leave-checkout
                          do not wait for your checkout: it stays as it is
  conflict ID             what keeps it from fitting its target
  resolve ID [--agent]    settle that in your editor, or have an agent do it
  push [ID]               the target to its remote, never forced
  pr ID                   put a change up as a pull request; how its checks stand

Insight
  usage [--since 7d]      tokens and cost of each subscription; --by model, task, repo, day, …
  stats [--by model]      how often agents' work landed: which to trust with what
  log [ID] [--follow]     what happened
  shot SCREEN -o FILE.svg a picture of a screen

IDs are a task's (t12) or a session's (s31); either will do where it is clear which is meant.
`conductor COMMAND --help` says more, with examples. All but those that take the terminal over or
only write a file know --json.
Exit codes: 0 done · 1 could not, and a sentence says why · 2 misused.
"""
