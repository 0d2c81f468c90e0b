// Holds the connections and sessions of a process, hands every event to its session's machine, and does what that decided.
import AvatarProvider
import Basics
import Ledger
import Logging
import Signaling

/// Carries requests of connections to sessions and providers, and answers and events back.
///
/// It lives on the executor it is given. Nothing here waits but the tasks that call a provider or sleep; when they are
/// back they look their session up again. What has a state and a time of its own is a part with a type of its own. A part
/// is handed the registry where it has to look something up or has something done, and keeps no reference to it.
public actor SessionRegistry {
  private nonisolated let executor: any SerialExecutor & TaskExecutor
  public nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  let providers: [String: any AvatarProvider]
  let limits: RelayLimits
  let clock: any MonotonicClock
  let logger: Logger

  let access: AccessControl
  let quotas: Quotas
  let waiting: WaitingOpens
  let service = Service()
  let ledger: LedgerWriter
  let leases: Leases
  /// Sessions that no client has and that may be open; they count as sessions.
  let orphans: Orphans

  private var identifiers: any IdentifierSource
  private var lastTicket: UInt64 = 0
  private var connections: [ConnectionID: ConnectionEntry] = [:]
  private var sessions = SessionTable()
  private var closedSessions: ClosedSessions
  /// What happened since the start.
  public private(set) var counters = RelayCounters()

  /// Makes a registry without connections.
  /// - Parameters:
  ///   - providers: each under an id of its own.
  ///   - gate: who reads tokens; nil serves everybody.
  ///   - executor: where the registry lives and where it calls connections and providers.
  ///   - ledger: what outlives the process; nothing where none is given.
  public init(
    providers: [any AvatarProvider], limits: RelayLimits, clock: any MonotonicClock,
    executor: any SerialExecutor & TaskExecutor, identifiers: any IdentifierSource, gate: (any AccessGate)? = nil,
    ledger: LedgerConfiguration = .none, logger: Logger
  ) {
    self.providers = Dictionary(uniqueKeysWithValues: providers.map { ($0.id.rawValue, $0) })
    self.limits = limits
    self.clock = clock
    self.executor = executor
    self.identifiers = identifiers
    self.logger = logger
    access = AccessControl(gate, limits, clock: clock)
    quotas = Quotas(limits, ledger, clock: clock)
    waiting = WaitingOpens(limits, clock: clock)
    self.ledger = LedgerWriter(ledger, limits, clock: clock)
    leases = Leases(limits, ledger, clock: clock)
    orphans = Orphans(limits, ledger, clock: clock)
    closedSessions = ClosedSessions(
      maximumCount: limits.closedSessionsRemembered, maximumAnswerBytes: limits.closedAnswerBytesRemembered,
      time: limits.closedSessionTime)
  }

  // MARK: Connections

  /// A browser connected.
  /// - Parameters:
  ///   - origin: the origin of its page; nil where there is none.
  ///   - address: its network, for which sessions and talks are counted where no tokens are in use.
  ///   - token: the token that came with the handshake; without one it has to come by `authorize`.
  public func opened(
    _ connection: any SignalingConnection, origin: String? = nil, address: String = "unknown", token: JoinToken? = nil
  ) {
    connections[connection.id] = ConnectionEntry(
      connection, address: address, memory: makeMemory(),
      secretsTolerated: TokenBucket(
        capacity: Double(limits.refusedSecrets), perSecond: limits.refusedSecretsForgivenPerSecond, at: clock.now))
    counters.connections += 1
    access.opened(connection.id, from: origin, token, on: self)
    if let end = service.drainEnd { connection.send(.draining(in: clock.now.duration(to: end))) }
  }

  /// A connection is gone; its sessions end after the grace time, or at once. Saying so again does nothing.
  public func closed(_ connection: ConnectionID, _ end: ConnectionEnd = .lost) {
    guard let entry = connections.removeValue(forKey: connection) else { return }
    let accessLeft = access.closed(connection)
    waiting.leave(connection, on: self)
    for session in entry.sessions {
      sessions.move(session, to: nil)
      step(session) { machine, now in
        switch end {
        case .lost: machine.connectionLost(at: now, within: accessLeft)
        case .done: machine.end(.client)
        case .vanished: machine.end(.connectionLost)
        }
      }
    }
  }

  /// Ends a connection that must not come back, and its sessions with it.
  func refuse(_ connection: ConnectionID, _ code: CloseCode, reason: String) {
    connections[connection]?.connection.close(code, reason: reason)
    closed(connection, .vanished)
  }

  /// Whether a token is asked for and this connection has shown no good one yet.
  public func isStranger(_ connection: ConnectionID) -> Bool { access.isStranger(connection) }

  /// A connection; nil once it is gone. Nobody holds on to it over an `await`.
  func connection(_ id: ConnectionID) -> ConnectionEntry? { connections[id] }

  /// All connections, in no order.
  var allConnections: some Collection<ConnectionEntry> { connections.values }

  /// Sends a message; where the connection is gone nothing happens.
  func send(_ message: ServerMessage, to connection: ConnectionID?) {
    if let connection { connections[connection]?.connection.send(message) }
  }

  // MARK: Sessions

  /// A session; nil once it is forgotten. Nobody holds on to it over an `await`.
  func session(_ id: SessionID) -> SessionEntry? { sessions[id] }

  /// All sessions, in no order.
  var allSessions: some Sequence<(key: SessionID, value: SessionEntry)> { sessions.all }

  /// The sessions that hold a place, the oldest first.
  var oldestFirst: [(session: SessionID, entry: SessionEntry)] { sessions.oldestFirst }

  /// How many sessions there are of what limits ask for.
  var counts: SessionCounts { sessions.counts }

  /// How many sessions are known.
  var sessionCount: Int { sessions.count }

  /// Makes a place for a session that is about to be opened.
  func makeSession(for open: WaitingOpen) -> SessionID {
    let (provider, session) = (open.provider, identifiers.makeSessionID())
    let identity = SessionMachine.Identity(session: session, provider: provider.id, traits: provider.traits)
    let machine = SessionMachine(identity, secret: makeSecret(), limits: limits, openedBy: open.request)
    let entry = SessionEntry(
      machine: machine, provider: provider, connection: open.connection, memory: makeMemory(), ordinal: nextTicket(),
      subject: subject(of: open.connection), since: clock.now, opening: open)
    sessions.insert(session, entry)
    connections[open.connection]?.sessions.append(session)
    beginCounting(session, on: open.connection)
    quotas.beginDay(of: session, on: self)
    return session
  }

  /// A session is here from now on that was opened elsewhere, or earlier.
  func insert(_ session: SessionID, _ entry: SessionEntry) {
    sessions.insert(session, entry)
    quotas.beginDay(of: session, on: self)
  }

  /// Hands a session to another connection.
  /// - Returns: the connection that had it and still is there; nil for none.
  func move(_ session: SessionID, to connection: ConnectionID) -> ConnectionEntry? {
    guard let entry = sessions[session], entry.connection != connection else { return nil }
    let left = entry.connection.flatMap { connections[$0] }
    sessions.move(session, to: connection)
    connections[connection]?.sessions.append(session)
    if entry.budgetSubject == nil, entry.holdsPlace { beginCounting(session, on: connection) }
    left?.sessions.removeAll { $0 == session }
    return left
  }

  /// Takes the place of a session away; what it was asked and why it ended are remembered.
  func forget(_ session: SessionID) {
    endCounting(session)
    guard let entry = sessions.remove(session) else { return }
    entry.listener?.cancel()
    entry.alarm?.task.cancel()
    if let connection = entry.connection { connections[connection]?.sessions.removeAll { $0 == session } }
    guard entry.isResumable, case .closed(let reason) = entry.machine.state else { return }
    var record = ClosedSessions.Record(
      entry.connection, reason, entry.machine.secrets, owner: entry.owner, answers: entry.memory, endedAt: clock.now)
    record.lastResume = entry.lastResume
    remember(session, record)
  }

  /// A session is over, in this life or in another.
  func remember(_ session: SessionID, _ record: ClosedSessions.Record) { closedSessions.insert(session, record) }

  /// What is remembered of a session that is over; nil where nothing is.
  func closedSession(_ session: SessionID) -> ClosedSessions.Record? {
    closedSessions.record(of: session, at: clock.now)
  }

  /// Another connection asks about a session that is over from now on.
  func moveClosed(_ session: SessionID, to connection: ConnectionID, by request: RequestID) {
    closedSessions.move(session, to: connection, by: request)
  }

  /// A session begins to use the budget of its connection's subject, whose it is.
  private func beginCounting(_ session: SessionID, on connection: ConnectionID) {
    guard let subject = access.permit(of: connection)?.subject else { return }
    sessions[session]?.budgetSubject = subject
    sessions[session]?.owner = subject
    quotas.begin(session, of: subject, on: self)
  }

  /// It uses it no more, nor the day's seconds, unless its end is not confirmed. Saying so again does nothing.
  private func endCounting(_ session: SessionID) {
    if let subject = sessions[session]?.budgetSubject {
      sessions[session]?.budgetSubject = nil
      quotas.end(session, of: subject, on: self)
    }
    if orphans.table[session] == nil { quotas.endDay(of: session, on: self) }
  }

  // MARK: One event of a session

  /// One event of a session: its machine decides, and what it decided is done.
  /// - Parameters:
  ///   - ordinal: the entry's, where the event comes from something that was under way. A session that another relay took and
  ///     that came back has a new machine, which knows nothing of it.
  ///   - call: the call to the provider whose end is the event.
  func step(
    _ session: SessionID, of ordinal: UInt64? = nil, after call: FinishedCall? = nil,
    _ event: (inout SessionMachine, MonotonicInstant) throws(SessionMachineError) -> [SessionAction]
  ) {
    guard let entry = sessions[session], ordinal == nil || ordinal == entry.ordinal else { return }
    let before = entry.visibleState
    do {
      let actions = try sessions.step(session, at: clock.now, event)
      for action in actions { perform(action, of: session, after: call) }
    } catch {
      logger.error("an event did not fit its session", metadata: ["session": "\(session)", "error": "\(error)"])
    }
    guard let after = sessions[session]?.visibleState else { return }
    if after != before {
      log(session, "session is \(after.rawValue)")
      noteState(after, of: session)
    }
    setAlarm(for: session)
  }

  private func perform(_ action: SessionAction, of session: SessionID, after call: FinishedCall?) {
    guard let entry = sessions[session] else { return }
    let provider = entry.provider
    switch action {
    case .welcome(let request, let result): answer(request, result, in: .connection, on: entry.connection, after: call)
    case .respond(let request, let result):
      noteAnswer(result, to: request, of: session)
      answer(request, result, in: .session(session), on: entry.connection, after: call)
    case .notify(let seq, let event): send(.notification(.session(session, seq: seq, event)), to: entry.connection)
    case .call(let request, let call, let handle):
      let ordinal = entry.ordinal
      start { await $0.call(provider, call, handle, request, of: session, ordinal) }
    case .closeUpstream(let handle): start { await $0.callClose(provider, handle, of: session) }
    case .forget:
      logEnd(of: session)
      if case .closed(let reason) = entry.machine.state { counters.count(reason) }
      forget(session)
      waiting.placeFreed(at: provider.id, on: self)
      releaseDrains()
    }
  }

  // MARK: Time

  /// Starts a task on the registry.
  @discardableResult
  func start(_ work: @escaping @Sendable (isolated SessionRegistry) async -> Void) -> Task<Void, Never> {
    Task(executorPreference: executor) { await work(self) }
  }

  /// Does something at a time, unless the task that is returned is cancelled before.
  func alarm(
    at deadline: MonotonicInstant, _ wake: @escaping @Sendable (isolated SessionRegistry) -> Void
  ) -> Task<Void, Never> {
    start { registry in
      do { try await registry.clock.sleep(until: deadline, tolerance: nil) } catch { return }
      // It may have been cancelled between the end of the sleep and now.
      if !Task.isCancelled { wake(registry) }
    }
  }

  /// Sees to it that a task wakes no later than the machine's deadline. One that wakes early looks again.
  func setAlarm(for session: SessionID) {
    guard let entry = sessions[session] else { return }
    guard let deadline = entry.deadline else {
      entry.alarm?.task.cancel()
      entry.alarm = nil
      return
    }
    if let alarm = entry.alarm, alarm.deadline <= deadline { return }
    entry.alarm?.task.cancel()
    let task = alarm(at: deadline) { registry in
      registry.sessions[session]?.alarm = nil
      registry.step(session) { machine, now in machine.timePassed(at: now) }
    }
    entry.alarm = (task, deadline)
  }

  // MARK: Numbers

  func makeMemory() -> AnswerMemory {
    AnswerMemory(maximumCount: limits.answersRemembered, maximumBytes: limits.answerBytesRemembered)
  }

  func makeSecret() -> ResumeSecret { identifiers.makeSecret() }

  /// A number that grows.
  func nextTicket() -> UInt64 {
    lastTicket += 1
    return lastTicket
  }

  /// Counts something that happened.
  func count(_ change: (inout RelayCounters) -> Void) { change(&counters) }
}
