"""The facts of a reading in words, for people."""

from __future__ import annotations

from conductor import events as e
from conductor.rounds.said import place


def about_review(fact: e.Fact) -> str | None:
    """Say what was said about a change, or None if the fact is about something else."""
    match fact:
        case e.QuestionAsked(_, session, question, _, path, _, first, last, _, _, text):
            return f"{question} to {session} on {place(path, first, last)}: {text}"
        case e.QuestionAnswered(_, question, text, why):
            return f"{question} was not answered: {why}" if why else f"{question} answered: {text}"
        case e.OpinionAsked(_, opinion, commit):
            return f"{opinion} is to give an opinion on {commit[:10]}"
        case e.OpinionGiven(_, opinion, remarks):
            return f"{opinion} has read it: {remarks} remark{'s' * (remarks != 1)}"
        case e.HunksLeft(_, path, left):
            if not left:
                return f"{path}: all of it is taken"
            return f"{path}: {len(left)} part{'s' * (len(left) != 1)} left out"
        case e.HunksRestored():
            return "the last part left out is as it was"
        case e.PartTaken(_, commit):
            return f"what was taken of it is {commit[:10]}"
        case e.PartRefused(_, why):
            return f"what was taken of it cannot land: {why}"
        case e.RestOffered(_, _, commit):
            return f"what was left out waits for review as {commit[:10]}"
        case e.PartLifted(_, why):
            return why or "the part that was undone and what was left out are one change again"
        case e.RestKept(_, why):
            return f"what was left out is kept: {why}"
        case e.FileViewed(_, path, blob):
            return f"{path} is {'' if blob else 'not '}viewed"
        case e.ChangeEdited(_, _, paths, author, note):
            who = f"edited by the {author}" if author else "edited"
            return f"{who}: {note or ', '.join(paths)}"
    return _about_comment(fact)


def _about_comment(fact: e.Fact) -> str | None:
    match fact:
        case e.CommentDrafted(comment=comment, path=path, text=text):
            return f"{comment} on {place(path, fact.first, fact.last)}: {text or 'a suggestion'}"
        case e.CommentEdited(_, comment, text):
            return f"{comment} says: {text or 'as before, with another suggestion'}"
        case e.CommentAccepted(_, comment):
            return f"{comment} accepted"
        case e.CommentDropped(_, comment):
            return f"{comment} dropped"
        case e.RoundSent(_, session, message, comments):
            return f"{message} takes {', '.join(comments) or 'no comment'} to {session}"
        case e.ApplyAsked(_, comment):
            return f"what {comment} suggests is to be written"
        case e.SuggestionApplied(_, comment, commit):
            return f"what {comment} suggested is written, as {commit[:10]}"
        case e.ApplyRefused(_, comment, why):
            return f"what {comment} suggests was not written: {why}"
    return None
