"""Everything that docs/reliability.md states, in its order."""

from measurement import Measurement

PYTEST = ".build-venv/bin/python -m pytest -q -s Tests/EndToEndTests/resume"

SIMULATION = Measurement(
    title="Simulated lives",
    words="The whole relay, the mock and clients in one process, moved by a seed; all troubles of the table below.",
    command="swift test --no-parallel --filter 'SimulationTests\\.SimulationTests'",
    rows=(
        ("seeds played", "seeds"),
        ("sessions opened at the mock", "sessions"),
        ("**troubles:** connections cut", "cuts"),
        ("relays killed", "kills"),
        ("calls to a provider lost, or their answers", "losses"),
        ("calls whose connection the provider dropped", "drops"),
        ("calls that the provider answered with 500, 502 or 503", "serverErrors"),
        ("calls that the provider answered with 429", "slowDowns"),
        ("calls that the provider answered late", "lateAnswers"),
        ("times at which the ledger broke", "ledgerFailures"),
        ("**resumes** asked for", "resumes"),
        ("of these answered with a resync", "resyncs"),
        ("**talks** asked for", "speaks"),
        ("of which the client was told: accepted", "acceptedTalks"),
        ("of these said exactly once", "acceptedAndSaidOnce"),
        ("of which the client was told: refused", "refusedTalks"),
        ("of which the client was told: nobody knows", "unknownTalks"),
        ("**talks said twice**", "doubleSpeaks"),
        ("**provider sessions left open**", "leaks"),
        ("seconds for all of it", "seconds"),
    ),
    zeros=("doubleSpeaks", "leaks"),
    at_least={
        "seeds": 10_000, "drops": 100, "serverErrors": 100, "slowDowns": 100, "lateAnswers": 100, "acceptedTalks": 10_000,
    },
    equal=(("acceptedTalks", "acceptedAndSaidOnce"),),
)

SCHEDULES = Measurement(
    title="Random schedules of the sessions alone",
    words="The same judgement on a made-up provider, without adapters and without a ledger.",
    command="swift test --no-parallel --filter ResumeScheduleTests",
    rows=(
        ("seeds played", "scheduleSeeds"),
        ("resumes", "scheduleResumes"),
        ("of these answered with a resync", "scheduleResyncs"),
        ("**mistakes:** talks said twice, answers or notifications lost, sessions left open", "scheduleMistakes"),
        ("seconds for all of it", "seconds"),
    ),
    zeros=("scheduleMistakes",),
    at_least={"scheduleSeeds": 10_000},
)

GROUP_LIVES = Measurement(
    title="Simulated groups",
    words=(
        "Three relays on one ledger with leases, the mock and clients in one process, moved by a seed: relays are killed and"
        " stand still, and clients give one up and go to another, in every order of what the ledger answers."
    ),
    command="swift test --no-parallel --filter GroupSimulationTests",
    rows=(
        ("seeds played", "groupLives"),
        ("sessions", "groupLivesSessions"),
        ("**troubles:** relays killed", "groupLivesKills"),
        ("relays asked to leave", "groupLivesDrains"),
        ("relays that stood still", "groupLivesPauses"),
        ("**resumes** asked for", "groupLivesResumes"),
        ("**talks** answered", "groupLivesTalks"),
        ("of which accepted, and said exactly once", "groupLivesAccepted"),
        ("**lives with a mistake:** a session taken from its client, a talk said twice, a session left open", "groupLivesMistakes"),
        ("seconds for all of it", "seconds"),
    ),
    zeros=("groupLivesMistakes",),
    at_least={"groupLives": 1_000, "groupLivesAccepted": 2_000},
)

MOMENTS = Measurement(
    title="Killed at every instrumented moment",
    words=(
        "The relay in the test's process with its SQLite ledger on disk: it dies before and after each call to the provider"
        " and each write to the ledger, and again while it recovers."
    ),
    command="swift test --no-parallel --filter KillTests",
    rows=(
        ("conversations played", "momentRuns"),
        ("kills", "momentKills"),
        ("talks of which the client was told: accepted", "momentSpoken"),
        ("of which the client was told: nobody knows", "momentUnknown"),
        ("**mistakes:** talks said twice, or not as told; sessions left open", "momentMistakes"),
    ),
    zeros=("momentMistakes",),
    at_least={"momentKills": 200},
)

KILLS = Measurement(
    title="The program, killed with SIGKILL",
    words=(
        "`avatar-relay` with its SQLite ledger on disk, while each kind of call is under way and at random moments; the next"
        " one recovers, and the client comes back."
    ),
    command=f"{PYTEST}/test_kill.py",
    rows=(
        ("conversations played", "killing_conversations"),
        ("kills", "killing_kills"),
        ("talks of which the client was told: accepted", "killing_spoken"),
        ("of these said exactly once", "killing_saidOnce"),
        ("of which the client was told: nobody knows", "killing_unknown"),
        ("of which the client did not ask again", "killing_unanswered"),
        ("**talks said twice**", "killing_doubleSpeaks"),
        ("**provider sessions left open**", "killing_leftOpen"),
    ),
    zeros=("killing_doubleSpeaks", "killing_leftOpen"),
    at_least={"killing_kills": 200},
    equal=(("killing_spoken", "killing_saidOnce"),),
)

GROUP = Measurement(
    title="Three relays that share a Redis",
    words=(
        "Under load one relay is killed with SIGKILL, another one is paused and goes on later, and Redis is killed and"
        " started again. Leases last 2 s, so a client waits about that long for a successor."
    ),
    command=f"{PYTEST}/test_group.py -k survive",
    rows=(
        ("relays", "groupRelays"),
        ("clients that speak all the time", "groupClients"),
        ("sessions opened", "groupSessions"),
        ("talks asked for", "groupTalks"),
        ("of which the client was told: accepted", "groupAccepted"),
        ("of these said exactly once", "groupSaidOnce"),
        ("of which the client was told: nobody knows", "groupUnknown"),
        ("of which the client was told: refused, Redis is away", "groupRefused"),
        ("**talks said twice**", "groupDoubleSpeaks"),
        ("**provider sessions left open**", "groupLeftOpen"),
        ("resumes at another relay, or after the pause", "groupResumes"),
        ("time to resume, median, in ms", "groupMedianMs"),
        ("time to resume, slowest, in ms", "groupSlowestMs"),
    ),
    zeros=("groupDoubleSpeaks", "groupLeftOpen"),
    at_least={"groupRelays": 3, "groupAccepted": 100, "groupResumes": 1},
    equal=(("groupAccepted", "groupSaidOnce"),),
)

RESUMES = Measurement(
    title="Time to resume",
    words=(
        "Client, relay and mock are three processes on one machine and talk over TCP; the ledger is SQLite on disk. Every time"
        " a talk is under way. *Cut*: from the cut to the answer of `session.resume` on a new connection. *Killed*: from SIGKILL"
        " to that answer; the program is started again at once, and the client knocks as soon as it listens."
    ),
    command=f"ROUNDS=300 {PYTEST}/test_resume_time.py",
    rows=(
        ("connection cut: resumes", "cutResumes"),
        ("connection cut: notifications replayed", "cutReplayed"),
        ("connection cut: **time to resume, p50, in ms**", "cutMedianMs"),
        ("connection cut: **time to resume, p99, in ms**", "cutSlowMs"),
        ("relay killed: resumes", "killResumes"),
        ("relay killed: talks of which the client was told: nobody knows", "killUnknownTalks"),
        ("relay killed: **time to resume, p50, in ms**", "killMedianMs"),
        ("relay killed: **time to resume, p99, in ms**", "killSlowMs"),
    ),
    zeros=("cutDoubleSpeaks", "cutLeftOpen", "cutUnknownTalks", "killDoubleSpeaks", "killLeftOpen"),
    at_least={"cutResumes": 300, "cutReplayed": 150, "killResumes": 300},
)

FATES = Measurement(
    title="Calls that must happen once, and a server that misbehaves",
    words=(
        "Half of the calls are answered; the others meet a server that closes or resets the connection before or after it answers,"
        " falls silent, refuses the stream, or goes away with a last stream below or at the call's, or a hop that forgets the connection"
        " while it is idle or before the answer is back: nothing passes any more in either direction and neither side is told (half open),"
        " and often a reset comes later. Every ninth connection is reset before its TLS handshake. Half of the calls go one by one, half of"
        " them eight at a time, so that one takes others along."
    ),
    command="FATE_CALLS=10000 swift test --no-parallel --filter HTTPClientFateTests",
    rows=(
        ("HTTP/1.1: calls", "fatesOneCalls"),
        ("HTTP/1.1: answered", "fatesOneAnswered"),
        ("HTTP/1.1: of unknown fate", "fatesOneUnknown"),
        ("HTTP/1.1: connections that were half open", "fatesOneHalfOpen"),
        ("HTTP/1.1: **requests processed twice**", "fatesOneTwice"),
        ("HTTP/2: calls", "fatesTwoCalls"),
        ("HTTP/2: answered", "fatesTwoAnswered"),
        ("HTTP/2: of unknown fate", "fatesTwoUnknown"),
        ("HTTP/2: refused or left out at first", "fatesTwoRefused"),
        ("HTTP/2: of these answered in the end", "fatesTwoRefusedAnswered"),
        ("HTTP/2: connections that were half open", "fatesTwoHalfOpen"),
        ("HTTP/2: **requests processed twice**", "fatesTwoTwice"),
    ),
    zeros=("fatesOneTwice", "fatesTwoTwice"),
    at_least={
        "fatesOneCalls": 10_000, "fatesTwoCalls": 10_000, "fatesTwoRefusedAnswered": 500, "fatesOneHalfOpen": 500, "fatesTwoHalfOpen": 300,
    },
)

STRANGERS = Measurement(
    title="Strangers, and an enemy with a token",
    words=(
        "For a minute they send the relay pings, parts of messages, unfinished bodies, wrong tokens, messages without end, opens and"
        " long texts, while four honest clients talk and nobody reads the relay's log, whose pipe is full. Then the relay leaves, from a"
        " provider that fails at first. An *echo* is a program that only sends back what it gets: what it takes, the machine takes."
    ),
    command="HOSTILE_SECONDS=60 .build-venv/bin/python -m pytest -q -s Tests/EndToEndTests/hostile",
    rows=(
        ("seconds", "hostileSeconds"),
        ("**control frames** and tiny parts of messages that were sent", "hostileControlFrames"),
        ("**bodies** of 1 MiB that were begun", "hostileBodies"),
        ("messages too large", "hostileHugeMessages"),
        ("wrong tokens", "hostileWrongTokens"),
        ("**opens** asked for by one subject", "hostileOpens"),
        ("of which were let through", "hostileOpensLetThrough"),
        ("**characters** asked for by one subject, of 2000 a minute", "hostileCharacters"),
        ("of which were spoken", "hostileCharactersSpoken"),
        ("**full pipe**: bytes of log that waited unread when the relay had ended", "hostileUnreadLogBytes"),
        ("**failing drain**: ends that the provider answered with 503", "hostileFailedEnds"),
        ("honest talks asked for", "hostileTalks"),
        ("of which the client was told: accepted", "hostileAccepted"),
        ("of these said exactly once", "hostileSaidOnce"),
        ("the relay's answers to the honest: **p99, in ms**", "hostileP99Ms"),
        ("an echo's at the same time: p99, in ms", "hostileEchoP99Ms"),
        ("part of the processors that other programs took, in percent", "hostileOthersPercent"),
        ("the relay's memory at its highest, in MB", "hostileMemoryMB"),
        ("seconds for which the relay ran", "hostileRanSeconds"),
        ("seconds for which it waited until a processor was free", "hostileWaitedSeconds"),
        ("**provider sessions left open**", "hostileLeftOpen"),
    ),
    zeros=("hostileLeftOpen",),
    at_least={
        "hostileSeconds": 60, "hostileControlFrames": 10_000, "hostileBodies": 1000, "hostileWrongTokens": 442, "hostileTalks": 40,
        "hostileUnreadLogBytes": 60_000, "hostileFailedEnds": 1,
    },
    less_than={"hostileP99Ms": 100, "hostileMemoryMB": 200},
    equal=(("hostileTalks", "hostileAccepted"), ("hostileAccepted", "hostileSaidOnce")),
)

MEASUREMENTS = (SIMULATION, GROUP_LIVES, SCHEDULES, MOMENTS, KILLS, GROUP, RESUMES, FATES, STRANGERS)
