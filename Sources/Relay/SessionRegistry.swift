// All sessions of a process: takes requests, lets the sessions' machines decide, and does what they decided.
import AvatarProvider
import Ledger
import Logging
import Signaling
import Timekeeping

/// Carries requests of connections to sessions and providers, and answers and events back.
///
/// It lives on the executor it is given. Nothing here waits but the tasks that call a provider or sleep; when they are
/// back they look their session up again.
public actor SessionRegistry {
  /// Whether new sessions are opened.
  enum Service {
    case open
    case draining(until: MonotonicInstant)
  }

  nonisolated let executor: any SerialExecutor & TaskExecutor
  public nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  let providers: [String: any AvatarProvider]
  let limits: RelayLimits
  let clock: any MonotonicClock
  let logger: Logger
  /// Who reads tokens; nil where nobody is asked for one.
  var gate: (any AccessGate)?
  private var identifiers: any IdentifierSource

  var connections: [ConnectionID: ConnectionEntry] = [:]
  var sessions = SessionTable()
  var closedSessions: ClosedSessions
  var service = Service.open
  /// Whether the operator lets sessions be opened.
  var admission = Admission.open
  var subjects: SubjectBook
  var meter: SpeechMeter
  var waitingRoom: WaitingRoom
  var waitingAlarm: (task: Task<Void, Never>, deadline: MonotonicInstant)?
  /// What happened since the start.
  public internal(set) var counters = RelayCounters()
  var budgetAlarms: [String: Task<Void, Never>] = [:]
  var dayBudget: DayBudget
  var dayAlarm: Task<Void, Never>?
  /// When the day's account is charged next, while sessions are open.
  var nextCharge: MonotonicInstant
  var drains: [UInt64: CheckedContinuation<Void, Never>] = [:]
  private var lastTicket: UInt64 = 0

  /// What is written down, and where.
  let bookkeeping: Bookkeeping
  /// Until when this relay may act for a session; those without an end are missing.
  var leaseEnds: [SessionID: MonotonicInstant] = [:]
  /// What renews leases, and what looks for sessions of relays that died.
  var watches: [Task<Void, Never>] = []
  /// What is being written while everything else goes on, and who waits for the end of that.
  var notesUnderWay = 0
  var noteWaiters: [CheckedContinuation<Void, Never>] = []
  /// What became of talks and is not written yet, and what writes it.
  var outcomes: [SessionID: HeldOutcomes] = [:]
  var outcomeAlarm: Task<Void, Never>?
  /// Sessions that are being created at that provider, and who waits for the end of one.
  var creations: [SessionID: ProviderID] = [:]
  var creationWaiters: [CheckedContinuation<Void, Never>] = []
  /// Sessions that no client has and that may be open; they count as sessions.
  var leftovers = LeftoverTable()
  var sweeps: [ProviderID: Sweep] = [:]
  /// Sessions that were given up without the provider's word.
  var unconfirmedEnds = 0

  /// Makes a registry without connections.
  /// - Parameters:
  ///   - providers: each under an id of its own.
  ///   - gate: who reads tokens; nil serves everybody.
  ///   - executor: where the registry lives and where it calls connections and providers.
  ///   - bookkeeping: what outlives the process; nothing where none is given.
  public init(
    providers: [any AvatarProvider], limits: RelayLimits, clock: any MonotonicClock,
    executor: any SerialExecutor & TaskExecutor, identifiers: any IdentifierSource, gate: (any AccessGate)? = nil,
    bookkeeping: Bookkeeping = .none, logger: Logger
  ) {
    self.providers = Dictionary(uniqueKeysWithValues: providers.map { ($0.id.rawValue, $0) })
    self.limits = limits
    self.clock = clock
    self.executor = executor
    self.identifiers = identifiers
    self.gate = gate
    self.bookkeeping = bookkeeping
    self.logger = logger
    subjects = SubjectBook(limit: limits.subjectsRemembered)
    dayBudget = DayBudget(
      limit: limits.totalSecondsPerDay.map { .seconds($0) }, at: clock.now, bookkeeping.wallTime())
    nextCharge = clock.now
    meter = SpeechMeter(
      each: .init(talks: limits.talksPerMinute, characters: limits.charactersPerMinute),
      inAll: .init(talks: limits.totalTalksPerMinute, characters: limits.totalCharactersPerMinute),
      limit: limits.speakersRemembered, at: clock.now)
    waitingRoom = WaitingRoom(limit: limits.waitingOpens)
    closedSessions = ClosedSessions(
      maximumCount: limits.closedSessionsRemembered, maximumAnswerBytes: limits.closedAnswerBytesRemembered,
      time: limits.closedSessionTime)
  }

  /// How many sessions are open at a provider, those that are being closed included.
  public var openSessionCount: Int { sessions.counts.open }

  /// The latest round-trip times of the connections that have been measured.
  public var roundTripTimes: [Duration] { connections.values.compactMap(\.connection.roundTripTime) }

  /// True from the moment at which ``drain(within:)`` was called.
  public var isDraining: Bool { if case .draining = service { true } else { false } }

  // MARK: Connections

  /// From now on another reads the tokens that come; permits that were given stay good.
  public func replace(gate: any AccessGate) {
    guard self.gate != nil else { return }
    self.gate = gate
  }

  /// A browser connected.
  /// - Parameters:
  ///   - origin: the origin of its page; nil where there is none.
  ///   - address: its network, for which sessions and talks are counted where no tokens are in use.
  ///   - token: the token that came with the handshake; without one it has to come by `authorize`.
  public func opened(
    _ connection: any SignalingConnection, origin: String? = nil, address: String = "unknown", token: JoinToken? = nil
  ) {
    connections[connection.id] = ConnectionEntry(connection: connection, memory: makeMemory())
    connections[connection.id]?.address = address
    counters.connections += 1
    if gate != nil {
      connections[connection.id]?.origin = origin
      connections[connection.id]?.access = .awaited(refused: 0)
      setAccessAlarm(for: connection.id, at: clock.now.advanced(by: limits.authorizationTime))
      if let token { admit(token, on: connection.id) }
    }
    if case .draining(let end) = service { connection.send(Self.drainingNotice(clock.now.duration(to: end))) }
  }

  /// A connection is gone; its sessions end after the grace time, or at once. Saying so again does nothing.
  public func closed(_ connection: ConnectionID, _ end: ConnectionEnd = .lost) {
    guard let entry = connections.removeValue(forKey: connection) else { return }
    entry.accessAlarm?.cancel()
    if !waitingRoom.remove(on: connection).isEmpty { settleWaiting() }
    let access = accessLeft(of: entry)
    for session in entry.sessions {
      sessions.move(session, to: nil)
      step(session) { machine, now in
        switch end {
        case .lost: machine.connectionLost(at: now, within: access)
        case .done: machine.end(.client)
        }
      }
    }
  }

  // MARK: Sessions

  /// Makes a place for a session that is about to be opened.
  func enter(
    _ provider: any AvatarProvider, openedBy request: RequestID, on connection: ConnectionID,
    for open: WaitingOpen? = nil
  ) -> SessionID {
    let identity = SessionMachine.Identity(
      session: identifiers.makeSessionID(), provider: provider.id, traits: provider.traits)
    let machine = SessionMachine(identity, secret: makeSecret(), limits: limits, openedBy: request)
    let entry = SessionEntry(
      machine: machine, provider: provider, connection: connection, memory: makeMemory(), ordinal: nextTicket(),
      payer: payer(of: connection), since: clock.now, opening: open)
    sessions.insert(identity.session, entry)
    connections[connection]?.sessions.append(identity.session)
    beginCounting(identity.session, on: connection)
    beginSpending(identity.session)
    return identity.session
  }

  func makeMemory() -> AnswerMemory {
    AnswerMemory(maximumCount: limits.answersRemembered, maximumBytes: limits.answerBytesRemembered)
  }

  func makeSecret() -> ResumeSecret { identifiers.makeSecret() }

  /// A number that grows.
  func nextTicket() -> UInt64 {
    lastTicket += 1
    return lastTicket
  }

  /// Takes the place of a session away; what it was asked and why it ended are remembered.
  func forget(_ session: SessionID) {
    endCounting(session)
    endSpending(session)
    guard let entry = sessions.remove(session) else { return }
    entry.listener?.cancel()
    if let connection = entry.connection { connections[connection]?.sessions.removeAll { $0 == session } }
    guard entry.machine.isResumable, case .closed(let reason) = entry.machine.state else { return }
    var record = ClosedSessions.Record(
      entry.connection, reason, entry.machine.secrets, owner: entry.owner, answers: entry.memory, endedAt: clock.now)
    record.lastResume = entry.lastResume
    closedSessions.insert(session, record)
  }
}
