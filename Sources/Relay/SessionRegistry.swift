// All sessions of a process: takes requests, lets the sessions' machines decide, and does what they decided.
import AvatarProvider
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
  var sessions: [SessionID: SessionEntry] = [:]
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
  var drains: [UInt64: CheckedContinuation<Void, Never>] = [:]
  private var lastTicket: UInt64 = 0

  /// How many sessions could not be closed at their provider since the start: they may be left open there.
  public internal(set) var possiblyLeakedSessionCount = 0

  /// Makes a registry without connections.
  /// - Parameters:
  ///   - providers: each under an id of its own.
  ///   - gate: who reads tokens; nil serves everybody.
  ///   - executor: where the registry lives and where it calls connections and providers.
  public init(
    providers: [any AvatarProvider], limits: RelayLimits, clock: any MonotonicClock,
    executor: any SerialExecutor & TaskExecutor, identifiers: any IdentifierSource, gate: (any AccessGate)? = nil,
    logger: Logger
  ) {
    self.providers = Dictionary(uniqueKeysWithValues: providers.map { ($0.id.rawValue, $0) })
    self.limits = limits
    self.clock = clock
    self.executor = executor
    self.identifiers = identifiers
    self.gate = gate
    self.logger = logger
    subjects = SubjectBook(limit: limits.subjectsRemembered)
    meter = SpeechMeter(
      each: .init(talks: limits.talksPerMinute, characters: limits.charactersPerMinute),
      inAll: .init(talks: limits.totalTalksPerMinute, characters: limits.totalCharactersPerMinute),
      limit: limits.speakersRemembered, at: clock.now)
    waitingRoom = WaitingRoom(limit: limits.waitingOpens)
    closedSessions = ClosedSessions(limit: limits.closedSessionsRemembered)
  }

  /// How many sessions are open at a provider, those that are being closed included.
  public var openSessionCount: Int {
    sessions.values.count { entry in
      switch entry.machine.state {
      case .open, .closing: true
      case .opening, .abandoned, .closed: false
      }
    }
  }

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
    let memory = AnswerMemory(maximumCount: limits.answersRemembered, maximumBytes: limits.answerBytesRemembered)
    connections[connection.id] = ConnectionEntry(connection: connection, memory: memory)
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

  /// A connection is gone; its sessions end after the grace time. Saying so again does nothing.
  public func closed(_ connection: ConnectionID) {
    guard let entry = connections.removeValue(forKey: connection) else { return }
    entry.accessAlarm?.cancel()
    stopWaiting { $0.connection == connection }
    for session in entry.sessions { step(session) { machine, now in machine.connectionLost(at: now) } }
  }

  /// A request came in. It is answered through the connection, now or when the provider answered.
  public func received(_ request: Request, on connection: ConnectionID) {
    guard let admission = connections[connection]?.memory.admit(request) else {
      return logger.debug("request on a connection that is gone", metadata: ["connection": "\(connection)"])
    }
    switch admission {
    case .running: break
    case .remembered(let answer): connections[connection]?.connection.send(answer)
    case .refused(let error): connections[connection]?.connection.send(.error(request.id, error))
    case .fresh:
      if let error = refusal(of: request.call, on: connection) {
        return answer(request.id, .failure(error), on: connection)
      }
      if isOverloaded(connection, by: request.call) {
        let message = "\(limits.maximumRequestsInFlight) requests of this connection wait already"
        return answer(request.id, .failure(SignalingError(.requestOverload, message)), on: connection)
      }
      carryOut(request, on: connection)
    }
  }

  /// Only what waits for a provider can be too much; a client can always close and always report.
  private func isOverloaded(_ connection: ConnectionID, by call: Call) -> Bool {
    switch call {
    case .authorize, .ping, .report, .resume, .close: return false
    case .open, .offer, .answer, .candidate, .speak, .interrupt, .extend: break
    }
    guard let entry = connections[connection] else { return false }
    let held = entry.sessions.reduce(0) { $0 + (sessions[$1]?.machine.candidates.count ?? 0) }
    return entry.memory.runningCount - held > limits.maximumRequestsInFlight
  }

  /// Answers a request and remembers the answer.
  func answer(_ request: RequestID, _ result: Result<CallResult, SignalingError>, on connection: ConnectionID) {
    guard let target = connections[connection]?.connection else { return }
    let message: ServerMessage =
      switch result {
      case .success(let result): .result(request, result)
      case .failure(let error): .error(request, error)
      }
    if case .failure(let error) = result { counters.count(error) }
    connections[connection]?.memory.answered(request, with: message)
    target.send(message)
  }

  // MARK: Sessions

  /// Makes a place for a session that is about to be opened.
  func enter(
    _ provider: any AvatarProvider, openedBy request: RequestID, on connection: ConnectionID,
    for open: WaitingOpen? = nil
  ) -> SessionID {
    let identity = SessionMachine.Identity(
      session: identifiers.makeSessionID(), secret: identifiers.makeSecret(), provider: provider.id,
      traits: provider.traits)
    sessions[identity.session] = SessionEntry(
      machine: SessionMachine(identity, limits: limits, openedBy: request), provider: provider,
      connection: connection, ordinal: nextTicket(), payer: payer(of: connection), since: clock.now, opening: open)
    connections[connection]?.sessions.append(identity.session)
    beginCounting(identity.session, on: connection)
    return identity.session
  }

  /// A number that grows.
  func nextTicket() -> UInt64 {
    lastTicket += 1
    return lastTicket
  }

  /// Takes the place of a session away; its id is remembered.
  func forget(_ session: SessionID) {
    endCounting(session)
    guard let entry = sessions.removeValue(forKey: session) else { return }
    entry.listener?.cancel()
    connections[entry.connection]?.sessions.removeAll { $0 == session }
    closedSessions.insert(session, of: entry.connection)
  }
}
