"""The whole bot in one process on a virtual clock: real core, storage and adapters, and the platforms' local servers.

A story is a coroutine over a `World`, all of whose chance comes from one seed: the same seed tells the same story, to
the byte of its event log. Days of it take a fraction of a second.

    python -m tests.simulation --seed 7 -v        one story, with its event log
    python -m tests.simulation --seeds 1..200     many, of which only those are shown that break a promise

**world.py** `World(seed, settings={"HTG_REMINDERS": "1h"})` has everything. In a story:

- `world.start_worker()` starts a whole `htg run` (`cli.serve.serve`, web half and worker) with its own connections to
  the one database file; `await world.until_ready(*workers)`. A worker can `kill()`, `freeze()`, `thaw()`, `stop()`
  (SIGTERM) at any time; `worker.crash_at = worker.steps + n` kills it before the n-th step from now, between any two
  steps; `worker.clock.skew = timedelta(…)` makes its clock wrong.
- `await world.until(instant)` lives on; `await world.skip_to(instant)` leaves out whatever time nothing happens in.
  Skip between scenes: a second that is lived costs half a millisecond, since every worker polls. Arrive early enough
  for whatever begins by itself (reminders have a head start): what would have begun meanwhile begins on arrival.
- `world.slack` and `world.discord` are the strict servers of the adapters' tests, with their ways to fail:
  `world.slack.fail("chat.postMessage", "429")`, `world.discord.faults.append(Fault(…))`, `gateway.cut()`.
- `world.network.weather` decides at each connect and request whether it is refused, hangs, breaks before or after
  the request arrived, or loses its answer, and how long the way takes (`network.py`: implement `Weather`).
- `world.database` decides for each transaction whether the database is locked, full, or a commit uncertain
  (`database.py`: implement `DatabaseWeather`).
- `world.chance` is for the story's own choices; give every other source of chance a `random.Random` of its own, made
  from the seed, so that one more draw here does not change everything there.
- `world.tell(who, what)` writes a line of the event log. The platforms tell what they accept and refuse, the bot's log
  tells its warnings. `world.transact(work)` reads or writes the database, for preparing and for looking.
- `world.report(who, what)` is for what must not happen in any story (a request that no platform can read, a worker that
  ends by itself): it becomes one of the story's problems.
- `world.background(coroutine)` goes on beside the story.

**people.py** `Cast(world)`: `on_slack("Ada")` and `on_discord("Ben")` are the personas of the conversation tests
(`says`, `presses`, `picks`, `fills`, `seen`); `await cast.does(who, "registers", lambda: who.says("/htg register 1"))`
returns whether it was answered. Slack's payloads go by signed HTTP to any worker that listens.

**books.py** balances what the platforms saw, never what the bot recorded: `heard(world)`, `balance_reminders(…)`.

**story.py** the first story, and `tell_story(seed, story)`, which runs one and returns its log and what was wrong.

**random_plan.py** what happens in a random story, **random_themes.py** what seldom meets by chance, **random_story.py**
plays it, **balance.py** balances its books.

Beneath: **loop.py** the event loop; **process.py** a process, which every task, timer and callback belongs to by its
context; **network.py**; **database.py**; **substitutes.py** wherever a library asks the machine for time or chance.

What it does not show: computing takes no time here; there is no fsync and no real signal; one process means that
module globals are shared; asyncio's own loop, uvloop, threads and sockets are not in it. `looptime` was looked at: it
moves the time of a real loop, and leaves sockets and threads, whose order is chance.
"""
