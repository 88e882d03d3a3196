"""The first random story, by its seed, that found each planted bug when they were last hunted through 1 to 200."""

from __future__ import annotations

FIRST_STORY = {
    "mark sent before sending": 1,
    "a lease of a second": 20,
    "a doubt is sent again without a look-up": 19,
    "a doubt is guessed as sent": 8,
    "a doubt is guessed as not sent": 19,
    "an unknown outcome counts as not sent": 19,
    "an unknown outcome counts as sent": 16,
    "a doubt is dropped when it expires": 19,
    "expire settles doubts": 19,
    "a retry without a bound": 40,
    "Retry-After is ignored": 56,
    "stale wording is sent after a freeze": 8,
    "what another worker settled is recorded again": 8,
    "Slack's history is read from too late on": 19,
    "Slack's history is not compared by key": 9,
    "Discord's history is read from too late on": 44,
    "Discord's history is not compared by tag": 82,
    "the conversation of another member": 1,
    "a closed line is tried again and again": 1,
    "nobody is told that they could not be reached": 4,
    "a breaker that marks members": 24,
    "a breaker that never opens": 3,
    "a breaker that never closes": 3,
    "a breaker of the wrong scope": 3,
    "a breaker that is tried every few seconds": 3,
}
