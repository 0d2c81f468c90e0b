// Holds all sessions of a process: takes requests, lets the sessions' machines decide, and does what they decided.
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
  var service = Service()
  let quotas: Quotas
  let waiting: WaitingOpens
  /// What happened since the start.
  public internal(set) var counters = RelayCounters()
  private var lastTicket: UInt64 = 0

  /// What is written down, and where.
  let bookkeeping: LedgerConfiguration
  /// What is being written while everything else goes on.
  var notes = UnderWay()
  /// What became of talks and is not written yet, and what writes it.
  var outcomes: [SessionID: HeldOutcomes] = [:]
  var outcomeAlarm: Task<Void, Never>?
  let leases: Leases
  /// Sessions that no client has and that may be open; they count as sessions.
  let orphans: Orphans

  /// Makes a registry without connections.
  /// - Parameters:
  ///   - providers: each under an id of its own.
  ///   - gate: who reads tokens; nil serves everybody.
  ///   - executor: where the registry lives and where it calls connections and providers.
  ///   - bookkeeping: what outlives the process; nothing where none is given.
  public init(
    providers: [any AvatarProvider], limits: RelayLimits, clock: any MonotonicClock,
    executor: any SerialExecutor & TaskExecutor, identifiers: any IdentifierSource, gate: (any AccessGate)? = nil,
    bookkeeping: LedgerConfiguration = .none, logger: Logger
  ) {
    self.providers = Dictionary(uniqueKeysWithValues: providers.map { ($0.id.rawValue, $0) })
    self.limits = limits
    self.clock = clock
    self.executor = executor
    self.identifiers = identifiers
    self.gate = gate
    self.bookkeeping = bookkeeping
    self.logger = logger
    quotas = Quotas(limits, bookkeeping, clock: clock)
    waiting = WaitingOpens(limits, clock: clock)
    leases = Leases(limits, bookkeeping, clock: clock)
    orphans = Orphans(limits, bookkeeping, clock: clock)
    closedSessions = ClosedSessions(
      maximumCount: limits.closedSessionsRemembered, maximumAnswerBytes: limits.closedAnswerBytesRemembered,
      time: limits.closedSessionTime)
  }

  /// How many sessions are open at a provider, those that are being closed included.
  public var openSessionCount: Int { sessions.counts.open }

  /// The latest round-trip times of the connections that have been measured.
  public var roundTripTimes: [Duration] { connections.values.compactMap(\.connection.roundTripTime) }

  /// True from the moment at which ``drain(within:)`` was called.
  public var isDraining: Bool { service.isDraining }

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
    if let end = service.drainEnd { connection.send(Self.drainingNotice(clock.now.duration(to: end))) }
  }

  /// A connection is gone; its sessions end after the grace time, or at once. Saying so again does nothing.
  public func closed(_ connection: ConnectionID, _ end: ConnectionEnd = .lost) {
    guard let entry = connections.removeValue(forKey: connection) else { return }
    entry.accessAlarm?.cancel()
    waiting.leave(connection, on: self)
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
      subject: subject(of: connection), since: clock.now, opening: open)
    sessions.insert(identity.session, entry)
    connections[connection]?.sessions.append(identity.session)
    beginCounting(identity.session, on: connection)
    quotas.beginDay(of: identity.session, on: self)
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
