"""What a person can do: each act checks that it makes sense now, and writes its facts.

The command line, the screens, voice and agents' tools all come through here, so that none of them
can do what another would refuse. Each subject has its file; all acts are known here by name.
"""

from __future__ import annotations

from conductor.acts.changes import approve as approve
from conductor.acts.changes import open_change as open_change
from conductor.acts.changes import reject as reject
from conductor.acts.changes import send_back as send_back
from conductor.acts.changes import undo as undo
from conductor.acts.finding import Refused as Refused
from conductor.acts.finding import find_session as find_session
from conductor.acts.finding import find_task as find_task
from conductor.acts.forks import can_fork as can_fork
from conductor.acts.forks import fork as fork
from conductor.acts.home import trust as trust
from conductor.acts.landings import leave_checkout as leave_checkout
from conductor.acts.landings import resolvable as resolvable
from conductor.acts.landings import resolve as resolve
from conductor.acts.landings import resolve_by_agent as resolve_by_agent
from conductor.acts.losses import resume as resume
from conductor.acts.losses import resume_all as resume_all
from conductor.acts.moves import move as move
from conductor.acts.restores import put_back as put_back
from conductor.acts.reviews import Lines as Lines
from conductor.acts.reviews import accept_comment as accept_comment
from conductor.acts.reviews import apply_comment as apply_comment
from conductor.acts.reviews import ask as ask
from conductor.acts.reviews import ask_opinion as ask_opinion
from conductor.acts.reviews import comment as comment
from conductor.acts.reviews import drop_comment as drop_comment
from conductor.acts.reviews import edit_comment as edit_comment
from conductor.acts.reviews import editable as editable
from conductor.acts.reviews import edited as edited
from conductor.acts.reviews import forget_left as forget_left
from conductor.acts.reviews import leave as leave
from conductor.acts.reviews import restore as restore
from conductor.acts.reviews import view_file as view_file
from conductor.acts.sessions import answer as answer
from conductor.acts.sessions import say as say
from conductor.acts.sessions import say_all as say_all
from conductor.acts.sessions import stop as stop
from conductor.acts.sessions import stop_all as stop_all
from conductor.acts.tasks import LONGEST_TEXT as LONGEST_TEXT
from conductor.acts.tasks import add_task as add_task
from conductor.acts.tasks import cancel as cancel
from conductor.acts.tasks import edit_task as edit_task
from conductor.acts.tasks import hold as hold
from conductor.acts.tasks import release as release
from conductor.acts.tasks import retry as retry
from conductor.acts.tasks import tag as tag
from conductor.acts.tasks import title_of as title_of
