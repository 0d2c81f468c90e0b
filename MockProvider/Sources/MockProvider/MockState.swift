// Holds everything that a mock knows, in one place on its executor, and decides how a request is answered.
import Basics
import Logging
import MockClock
import StrictJSON
import Transport
import Wire

/// The scenarios of a mock, each with both vendors, their sessions, faults and journal. Every request is decided in one
/// step, without a suspension, so that what a test sees never falls between two states.
actor MockState {
  nonisolated let executor: any SerialExecutor & TaskExecutor
  /// The main scenario's.
  nonisolated let clock: SteppableClock
  nonisolated let configuration: MockConfiguration
  nonisolated let gate: CallerGate
  private let logger: Logger
  /// Turns words into sound; nil where media is off.
  private let speechPreparation: SpeechPreparation?
  /// Whether sessions hold peers, which have to be released as soon as they end.
  private let hasMedia: Bool
  /// Who waits is patient by this clock, which nobody moves.
  private let patienceClock: any MonotonicClock
  private var scenarios: ScenarioDirectory
  /// Who wants to know of what happens in a scenario, by number.
  private var watches: [Int: (scenario: ScenarioName, tick: AsyncStream<Void>.Continuation)] = [:]
  private var nextWatch = 0
  /// Counts tasks that come one behind the other.
  var nextTask = 0
  /// Who listens to news of agents.
  var listeners = NotificationListeners()

  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  /// - Parameters:
  ///   - clock: the main scenario's; those of others run with the same base.
  ///   - patienceClock: by which waits end; nil for `clock`.
  ///   - wallClock: the time of day, in milliseconds since 1970.
  ///   - peers: makes the peers of a scenario.
  ///   - speechPreparation: nil where media is off.
  init(
    _ configuration: MockConfiguration, on executor: any SerialExecutor & TaskExecutor, clock: SteppableClock,
    patienceClock: (any MonotonicClock)? = nil,
    wallClock: @escaping @Sendable () -> Int64 = { VendorTime.epoch * 1000 },
    peers: @escaping @Sendable (MediaScene) -> any MediaPeerFactory = { _ in SignallingPeerFactory() },
    speechPreparation: SpeechPreparation? = nil, logger: Logger
  ) {
    self.configuration = configuration
    gate = CallerGate(configuration)
    self.speechPreparation = speechPreparation
    hasMedia = speechPreparation != nil
    self.executor = executor
    self.logger = logger
    self.clock = clock
    self.patienceClock = patienceClock ?? clock
    scenarios = ScenarioDirectory { key, last in
      Scenario(
        key, configuration, clock: last?.clock ?? (key.name == .main ? clock : clock.sibling()), wallClock: wallClock(),
        messageFaults: last?.messageFaults ?? MessageFaults(on: executor), peers: peers,
        voice: speechPreparation?.voice.name)
    }
  }

  /// Tells the vendors where their WebSockets can be reached.
  func setWebSocketBase(_ base: String) { scenarios.webSocketBase = base }

  // MARK: Scenarios

  var scenarioNames: [ScenarioName] { scenarios.names }

  /// Works on a scenario, which is opened if there is none of that name.
  func with<Value>(
    _ name: ScenarioName, _ body: (inout Scenario) -> Value
  ) throws(ScenarioRefusal) -> Value {
    try scenarios.open(name)
    guard let value = scenarios.with(name, body) else { throw .tooMany }
    return value
  }

  /// Works on a scenario in this life of its; nil when that is over.
  func with<Value>(_ key: ScenarioKey, _ body: (inout Scenario) -> Value) -> Value? { scenarios.with(key, body) }

  /// Ends a life of a scenario: all that it held is forgotten, its clock runs, and time, ids and numbers begin again.
  func reset(_ name: ScenarioName) {
    scenarios.reset(name)
    tell(name)
  }

  /// Ends a scenario. The main one is reset instead.
  func forget(_ name: ScenarioName) {
    scenarios.forget(name)
    tell(name)
  }

  /// Says that something has happened in a scenario.
  func tell(_ name: ScenarioName) {
    for watch in watches.values where watch.scenario == name { watch.tick.yield() }
  }

  /// Most waits at once.
  static let waitLimit = 64

  /// Looks at a scenario now and whenever something has happened in it, until what is looked for is there.
  /// - Returns: nil when the time is over.
  /// - Throws: ``ScenarioRefusal`` when too many wait, or there are too many scenarios.
  func wait<Value: Sendable>(
    in name: ScenarioName, for patience: Duration, until look: @Sendable (inout Scenario) -> Value?
  ) async throws(ScenarioRefusal) -> Value? {
    guard watches.count < Self.waitLimit else { throw .tooManyWaits }
    try scenarios.open(name)
    let (ticks, tick) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    nextWatch += 1
    let number = nextWatch
    watches[number] = (name, tick)
    let clock = patienceClock
    let alarm = Task(executorPreference: executor) {
      try? await clock.sleep(for: patience)
      tick.finish()
    }
    defer {
      alarm.cancel()
      watches[number] = nil
    }
    tick.yield()
    for await _ in ticks {
      // Who looks at a scenario that was ended meanwhile does not open it again.
      if let value = scenarios.with(name, look) ?? nil { return value }
      watchExpiry(name)
    }
    return scenarios.with(name, look) ?? nil
  }

  /// Waits until calls are as expected, or the time is over.
  func verdict(
    on expectation: CallExpectation, in name: ScenarioName, within patience: Duration
  ) async throws(ScenarioRefusal) -> Verdict {
    let met = try await wait(in: name, for: patience) { scenario in
      let verdict = expectation.verdict(on: scenario.journal)
      return verdict.isMet ? verdict : nil
    }
    return met ?? expectation.verdict(on: scenarios[name]?.journal ?? Journal(), patience: patience)
  }

  /// Waits until so many sessions are open, or the time is over.
  /// - Returns: those that are open, and what is wrong with that; nil where nothing is.
  func openSessions(
    are count: Int, of vendor: Vendor?, in name: ScenarioName, within patience: Duration
  ) async throws(ScenarioRefusal) -> (sessions: [SessionStatus], complaint: String?) {
    let open: @Sendable (inout Scenario) -> [SessionStatus] = { scenario in
      scenario.sessions.filter { $0.isOpen && (vendor == nil || $0.vendor == vendor?.rawValue) }
    }
    if let met = try await wait(in: name, for: patience, until: { scenario in
      let sessions = open(&scenario)
      return sessions.count == count ? sessions : nil
    }) { return (met, nil) }
    let sessions = scenarios.with(name, open) ?? []
    guard count > 0 else { return (sessions, SessionStatus.complaint(aboutOpen: sessions)) }
    let seconds = CallExpectation.seconds(patience)
    return (sessions, "\(count) open session(s): not within \(seconds) s, \(sessions.count) are")
  }

  // MARK: Calls

  /// Decides about a request of a vendor's API, once the words in it, if there are any, have become sound.
  ///
  /// The talks of a session are decided in the order in which they came, and everything else at once: whoever deletes a
  /// session while it prepares to speak finds it deleted, and the talk is refused as the vendor would refuse it.
  /// - Parameter message: what the request is where it came on D-ID's WebSocket.
  func answer(_ request: HTTPRequest, _ message: DIDMessage? = nil) async -> MockDecision {
    let name: ScenarioName
    do throws(ScenarioRefusal) {
      name = try scenarios.name(for: request)
      try scenarios.open(name)
    } catch { return MockDecision(response: refuse(request, error.status, error.reason)) }
    guard let call = scenarios.with(name, { $0.call(request, message) }) ?? nil else {
      return decideUnknown(request, in: name)
    }
    let arrived = scenarios.with(name) { Arrival(scenario: $0.key, number: $0.arrive(request, call: call)) }
    guard let arrival = arrived else { return MockDecision(response: nil) }
    tell(name)
    guard let speechPreparation, let speechCall = speechCall(of: call, in: name) else { return decide(call, arrival) }
    return await prepare(speechCall, for: call, arrival, by: speechPreparation)
  }

  private func prepare(
    _ speechCall: SpeechCall, for call: VendorCall, _ arrival: Arrival, by speechPreparation: SpeechPreparation
  ) async -> MockDecision {
    let session = speechCall.session
    let before = scenarios[arrival.scenario.name]?.preparing[session]
    let task = Task(executorPreference: executor) {
      var speech: PreparedSpeech?
      if let wanted = speechCall.speechRequest { speech = await self.prepare(wanted, speechPreparation) }
      // A browser says that it is connected when ICE is, and its user may speak before encryption is agreed on.
      await speechCall.mediaSession?.settled()
      _ = await before?.value
      // Whole talks follow what came in parts before them.
      if speech != nil { await self.waitForPhrases(of: session, arrival.scenario) }
      return await self.decide(call, arrival, speech)
    }
    _ = scenarios.with(arrival.scenario) { $0.preparing[session] = task }
    let decision = await task.value
    _ = scenarios.with(arrival.scenario) { if $0.preparing[session] == task { $0.preparing[session] = nil } }
    return decision
  }

  /// The most speech that waits before more of it is refused, in all scenarios; an hour is 346 MB of samples.
  static let heldSpeech = Duration.seconds(3600)

  private var hasRoomForSpeech: Bool {
    scenarios.names.reduce(.zero) { $0 + (scenarios[$1]?.waitingSpeech ?? .zero) } < Self.heldSpeech
  }

  private func speechCall(of call: VendorCall, in name: ScenarioName) -> SpeechCall? {
    let found = scenarios.with(name) { scenario -> SpeechCall? in
      switch call.name {
      case .didSpeak, .didStreamText, .didStreamAudio, .didChat: scenario.did.speechRequest(of: call)
      case .heyGenTask: scenario.heyGen.speechRequest(of: call)
      default: nil
      }
    }
    return found ?? nil
  }

  private func prepare(_ wanted: SpeechRequest, _ preparation: SpeechPreparation) async -> PreparedSpeech {
    guard hasRoomForSpeech else { return .overloaded(reason: "more than an hour of speech waits to be said") }
    return await preparation.prepare(wanted)
  }

  private func waitForPhrases(of session: String, _ key: ScenarioKey) async {
    guard let scenario = scenarios[key.name], scenario.key == key else { return }
    await scenario.saying[session]?.task.value
  }

  /// Says phrases in their order, each when it has become sound.
  func say(_ phrases: [StreamedPhrase], in session: String, _ key: ScenarioKey) {
    for phrase in phrases {
      guard let speechPreparation else {
        _ = scenarios.with(key) { $0.did.say(phrase, in: session, nil, at: $0.clock.now) }
        tellOfVideos(in: key)
        continue
      }
      let before = scenarios[key.name]?.saying[session]?.task
      nextTask += 1
      let number = nextTask
      let task = Task(executorPreference: executor) {
        var speech: PreparedSpeech?
        if let wanted = phrase.speechRequest { speech = await self.prepare(wanted, speechPreparation) }
        await before?.value
        await self.say(phrase, in: session, key, speech, number)
      }
      _ = scenarios.with(key) { $0.saying[session] = (number, task) }
    }
  }

  private func say(
    _ phrase: StreamedPhrase, in session: String, _ key: ScenarioKey, _ speech: PreparedSpeech?, _ number: Int
  ) {
    _ = scenarios.with(key) { scenario in
      scenario.did.say(phrase, in: session, speech, at: scenario.clock.now)
      if scenario.saying[session]?.number == number { scenario.saying[session] = nil }
    }
    tellOfVideos(in: key)
  }

  /// Decides about a vendor's call.
  /// - Parameter speech: the sound of what it wants to be said.
  private func decide(_ call: VendorCall, _ arrival: Arrival, _ speech: PreparedSpeech? = nil) -> MockDecision {
    var call = call
    call.speech = speech
    let decided = scenarios.with(arrival.scenario) { scenario in
      call.now = scenario.clock.now
      let decided = scenario.decide(call, number: arrival.number)
      scenario.journal.note(decided.answer, isFaulted: decided.fault != nil, of: arrival.number)
      return (decided, scenario.clock)
    }
    // The scenario was reset while the words became sound: the session of the call is another's now.
    guard let ((answer, fault), clock) = decided else { return MockDecision(response: nil) }
    log(call.method, call.name, answer)
    tell(arrival.scenario.name)
    if call.name == .didCreate || call.name == .heyGenNew, hasMedia { watchExpiry(arrival.scenario.name) }
    if let session = answer.session { say(answer.phrases, in: session, arrival.scenario) }
    if let agentAnswer = answer.agentAnswer {
      deliver(agentAnswer, after: fault?.delay ?? .zero, in: arrival.scenario)
    }
    tellOfVideos(in: arrival.scenario)
    var decision = MockDecision(
      response: answer.isDropped ? nil : answer.response, delay: fault?.delay ?? .zero, arrival: arrival, clock: clock)
    decision.isOvertaken = fault?.isOvertaken ?? false
    switch fault?.effect {
    case .lose: decision.ending = .lose
    case .close(let code): decision.ending = .close(code)
    default: break
    }
    return decision
  }

  /// Notes a request that is not carried out, and answers it in the mock's own words.
  /// - Parameter unread: how long the body is where none of it was read.
  func refuse(_ request: HTTPRequest, _ status: Int, _ reason: String, unread: Int? = nil) -> HTTPResponse {
    let method = request.method == "OPTIONS" ? request.headers["Access-Control-Request-Method"] : request.method
    let route = Router.match(method: method ?? request.method, path: request.path)
    var head = request
    head.body = []
    let call = route.map { VendorCall(head, route: $0.route, values: $0.values, at: clock.now) }
    let answer = VendorAnswer(status, ["message": .string(reason)], note: reason)
    _ = leave(note(request, call, answer, in: place(of: request), unread: unread))
    return answer.response
  }

  /// Notes a handshake or a message that is no call, and answers it as the vendor does.
  func refuse(_ request: HTTPRequest, _ refusal: Refusal) -> HTTPResponse {
    let answer = VendorAnswer(refusal.error, note: refusal.note)
    _ = leave(note(request, nil, answer, in: place(of: request)))
    return answer.response
  }

  /// The scenario of a request that is not carried out, which opens none.
  private func place(of request: HTTPRequest) -> ScenarioName {
    guard let name = try? scenarios.name(for: request), scenarios[name] != nil else { return .main }
    return name
  }

  /// The clock by which a connection grows old: that of the scenario to which its handshake belongs.
  func clock(of request: HTTPRequest) -> SteppableClock { scenarios[place(of: request)]?.clock ?? clock }

  /// What was given out by the scenario to which a handshake belongs.
  func records(for request: HTTPRequest) -> AgentRecords? { scenarios[place(of: request)]?.did.agents }

  /// Where a socket that has shaken hands so hears of agents; nil where its key says nothing.
  func notificationAddress(of request: HTTPRequest) -> NotificationAddress? {
    NotificationAddress.Connection(request.headers).map {
      NotificationAddress(scenario: place(of: request), connection: $0)
    }
  }

  /// AWS's gateway looks at the Authorization header before it says that a route is unknown.
  private func decideUnknown(_ request: HTTPRequest, in name: ScenarioName) -> MockDecision {
    let isHeyGen = request.path.hasPrefix("/v1/") || request.path.hasPrefix("/v2/") && !request.path.hasPrefix("/v2/agents")
    let error =
      isHeyGen
      ? HeyGenErrors.noRoute
      : request.headers["Authorization"] == nil ? DIDErrors.gatewayRoute : DIDErrors.gatewayCredential
    let nearest = Router.nearest(method: request.method, path: request.path)
    var answer = VendorAnswer(error, note: "no such route")
    answer.response.headers[Self.unmatchedField] = "nearest: \(nearest?.template ?? "none")"
    let arrival = note(request, nil, answer, nearest: nearest, in: name)
    logger.warning(
      "the mock knows no such route",
      metadata: [
        "request": "\(Self.printable(request.method)) \(Self.printable(request.path))",
        "nearest": "\(nearest?.template ?? "none")",
      ])
    return MockDecision(response: answer.response, arrival: arrival)
  }

  /// The header field of an answer that says that the mock, unlike perhaps the vendor, knows no such route.
  static let unmatchedField = "X-Mock-Unmatched"

  private static func printable(_ text: String) -> String {
    String(decoding: text.utf8.prefix(128).map { $0.isPrintableASCII ? $0 : UInt8(ascii: "?") }, as: UTF8.self)
  }

  private func note(
    _ request: HTTPRequest, _ call: VendorCall?, _ answer: VendorAnswer, nearest: Route? = nil, in name: ScenarioName,
    unread: Int? = nil
  ) -> Arrival? {
    let arrival = scenarios.with(name) { scenario in
      let number = scenario.arrive(request, call: call, nearest: nearest, unread: unread)
      scenario.journal.note(answer, of: number)
      return Arrival(scenario: scenario.key, number: number)
    }
    log(request.method, call?.name, answer)
    tell(name)
    return arrival
  }

  private func log(_ method: String, _ call: CallName?, _ answer: VendorAnswer) {
    logger.info(
      "answered",
      metadata: [
        "call": "\(call?.rawValue ?? "none")", "method": "\(method.prefix(32))", "status": "\(answer.response.status)",
        "note": "\(answer.note ?? "")",
      ])
  }

  /// The answer to a request leaves now, or its connection is dropped.
  /// - Returns: the time of day there, as a header field says it.
  func leave(_ arrival: Arrival?) -> String {
    let main = scenarios[.main]?.date ?? ""
    guard let arrival else { return main }
    let date = scenarios.with(arrival.scenario) { scenario in
      let elapsed = scenario.elapsed
      scenario.journal.update(arrival.number) { $0.answered = elapsed }
      return scenario.date
    }
    tell(arrival.scenario.name)
    return date ?? main
  }

  // MARK: What happens by itself

  /// Sessions end when their limit passes, not when somebody looks: their sockets and encoders go with them, and whoever
  /// waits for that learns of it.
  private func watchExpiry(_ name: ScenarioName) {
    let executor = executor
    _ = scenarios.with(name) { scenario in
      guard let next = scenario.earliestDeadline else { return }
      let key = scenario.key
      scenario.expiry.set(for: next, on: scenario.clock, executor: executor) { [weak self] in await self?.expire($0, in: key) }
    }
  }

  private func expire(_ deadline: MonotonicInstant, in key: ScenarioKey) {
    let isDue = scenarios.with(key) { scenario in
      guard scenario.expiry.rings(for: deadline) else { return false }
      scenario.settle()
      return true
    }
    guard isDue == true else { return }
    tell(key.name)
    if hasMedia || watches.values.contains(where: { $0.scenario == key.name }) { watchExpiry(key.name) }
  }

  /// Follows what happened to a session's media.
  func handle(_ report: MediaReport, in key: ScenarioKey) {
    _ = scenarios.with(key) { $0.handle(report) }
    tellOfVideos(in: key)
    tell(key.name)
  }

  /// Nothing will be decided any more: lets go of every session's media, and of everybody who waits.
  func close() {
    for name in scenarios.names { _ = scenarios.with(name) { $0.close() } }
    for watch in watches.values { watch.tick.finish() }
  }
}
