// Names every bound and every time of the relay, with its default.

/// The bounds and times of a ``SessionRegistry``. Clients are told those that
/// concern them when they open a session.
public struct RelayLimits: Sendable, Hashable {
  /// Sessions in all; one more answers `session.limit`.
  public var maximumSessions = 1000
  /// Sessions of one connection; one more answers `session.limit`.
  public var maximumSessionsPerConnection = 8
  /// Sessions of one subject, over all its connections; one more answers `session.limit`. A permit may allow fewer.
  public var maximumSessionsPerSubject: Int? = 100
  /// Sessions at once at a provider, by its name, where there is a limit of our own; one more waits.
  public var maximumSessionsPerProvider: [String: Int] = [:]
  /// Requests that wait for a place at one provider; one more answers `provider.sessionLimit`. 0 lets nobody wait.
  public var waitingOpens = 50
  /// Those of one subject; one more answers `provider.sessionLimit`. Nil for no limit, as in the next two.
  public var waitingOpensPerSubject: Int? = 10
  /// Sessions that one subject asks for in a minute; one more answers `session.limit`.
  public var opensPerMinute: Int? = 60
  /// Sessions that all ask for in a minute; one more answers `session.limit`.
  public var totalOpensPerMinute: Int? = 600
  /// Subjects who asked for a session in the last minute; an open of one more answers `request.overload`.
  public var openersRemembered = 10_000
  /// Talks of one subject in a minute; one more answers `talk.limit`. Nil for no limit, as in the next three.
  public var talksPerMinute: Int? = 60
  /// Characters of one subject in a minute. A talk of more answers `talk.tooLong`.
  public var charactersPerMinute: Int? = 20_000
  /// Talks of all in a minute.
  public var totalTalksPerMinute: Int?
  /// Characters of all in a minute. A talk of more answers `talk.tooLong`.
  public var totalCharactersPerMinute: Int?
  /// As how many characters a recording counts: about a minute of speech.
  public var charactersPerRecording = 1000
  /// Seconds of open sessions of all in a day (UTC); afterwards every session ends, and one more answers
  /// `session.limit`.
  public var totalSecondsPerDay: Int?
  /// Subjects who spoke in the last minute; a talk of one more answers `request.overload`.
  public var speakersRemembered = 10_000
  /// Requests of one connection that wait for a provider; one more answers `request.overload`. Candidates that are held
  /// for an answer do not count: they wait for the client.
  public var maximumRequestsInFlight = 64
  /// Candidates of one session held until the answer was accepted; one more answers `candidate.limit`. Their end has a
  /// place of its own.
  public var heldCandidates = 64
  /// Calls of one session that wait for their turn in their lane, and the parts of its open talk; one more answers `request.overload`. The end of
  /// candidates has a place of its own.
  public var waitingCalls = 128
  /// Requests of `session.close` that wait for the same end; one more answers `request.overload`.
  public var waitingCloses = 8
  /// Answers that a session remembers for requests that are sent again, and a connection for those about no session.
  public var answersRemembered = 256
  /// The same in bytes, as far as they can be estimated before they are written.
  public var answerBytesRemembered = 256 * 1024
  /// Events that a session keeps for a client that comes back; without all that it missed it gets a resync.
  public var eventsReplayed = 256
  /// The same in bytes, as far as they can be estimated before they are written.
  public var eventBytesReplayed = 256 * 1024
  /// Talks that a session remembers; the oldest is forgotten first.
  public var talksRemembered = 64
  /// Outcomes of a session's talks that wait for its next write to the ledger; with that many they are written.
  public var outcomesHeld = 16
  /// Events of a session that came before the talk they are about was acknowledged; later ones are dropped.
  public var earlyTalkEvents = 8
  /// Closed sessions that are still known, so that a late call or resume is told `session.closed` and why.
  public var closedSessionsRemembered = 1024
  /// The answers that all closed sessions remember together, in bytes; those of the oldest are forgotten first.
  public var closedAnswerBytesRemembered = 8 * 1024 * 1024
  /// Subjects of permits that are still good; a token of one more answers `request.overload`.
  public var subjectsRemembered = 10_000
  /// Tokens that a connection may show in vain; the last one closes it with 4501. A newer token than before is a new
  /// beginning.
  public var refusedTokens = 3
  /// Wrong secrets that a connection may show; the last one closes it with 4503.
  public var refusedSecrets = 5
  /// How many of them are forgiven in a second: one a minute.
  public var refusedSecretsForgivenPerSecond = 1.0 / 60

  /// How long `session.open` may wait for a place; later it answers `provider.sessionLimit`.
  public var waitingTime = Duration.seconds(30)
  /// How long after a provider had no place it is asked again, where it does not say when.
  public var placePause = Duration.seconds(5)
  /// The longest such pause, whatever the provider says: it keeps everybody from that provider.
  public var longestPlacePause = Duration.seconds(60)
  /// How long a session outlives its connection, and may be resumed; zero ends it at once.
  public var graceTime = Duration.seconds(30)
  /// How long after it was asked for a session may still be opened, where the provider's reply is not seen.
  public var openingTime = Duration.seconds(60)
  /// The first pause before a close that was not confirmed is asked for again; each later one is twice as long.
  public var orphanFirstPause = Duration.seconds(1)
  /// The longest of these pauses.
  public var orphanLongestPause = Duration.seconds(60)
  /// The longest of these pauses while the relay leaves: its deadline is near.
  public var orphanDrainingPause = Duration.seconds(2)
  /// How long a session that cannot be closed counts as open, where the provider never ends it by itself.
  public var orphanTime = Duration.seconds(3600)
  /// How long before the end of a claim on a session nothing is sent for it any more, where several relays share a
  /// ledger: for clocks that do not run alike. At most a fifth of the claim's time.
  public var leaseMargin = Duration.seconds(1)
  /// How often what sessions used of the day's seconds is written down while any is open.
  public var chargePause = Duration.seconds(10)
  /// How long what became of a talk waits for the session's next write to the ledger before it is written by itself.
  public var outcomePatience = Duration.milliseconds(100)
  /// How long a closed session is known.
  public var closedSessionTime = Duration.seconds(600)
  /// How long a connection may take to show a token, at first and after its last one expired; later closes with 4501.
  public var authorizationTime = Duration.seconds(10)
  /// How long sessions outlive the token that they were opened with.
  public var accessGrace = Duration.seconds(10)
  /// How long a talk whose text is still being written waits for its next part; then it is over.
  public var partPatience = Duration.seconds(10)
  /// How long before a limit strikes `session.expiring` is sent; at most half of the limit.
  public var expiryWarning = Duration.seconds(30)
  /// The longest silence, where it is shorter than the provider's own limit; nil for the provider's.
  public var idleLimit: Duration?
  /// The longest life of a session, where it is shorter than the provider's own limit; nil for the provider's.
  public var lifetime: Duration? = .seconds(3600)
  /// How long a character may take to be said, where a provider tells that a talk started and not how long it is. Chinese
  /// has about four characters in a second, English fifteen.
  public var slowestSpeech = Duration.milliseconds(400)
  /// The pauses that a talk may have besides.
  public var speechPauses = Duration.seconds(60)
  /// How long a recording may be said, where its length is not told.
  public var longestRecording = Duration.seconds(600)
  /// How long a talk's start or end is waited for where events are expected, before it is estimated.
  public var talkEventPatience = Duration.seconds(2)
  /// How long after an estimated end an event without a talk id is still taken for that talk's.
  public var lateTalkEventWindow = Duration.seconds(10)

  /// The defaults.
  public init() {}
}
