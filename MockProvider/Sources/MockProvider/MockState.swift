// Holds everything that a mock knows, in one place on its executor, and decides how a request is answered.
import Basics
import Logging
import MockClock
import StrictJSON
import Transport
import Wire

/// Both vendors with their sessions, the faults that wait, and the journal. Every request is decided in one step,
/// without a suspension, so that what a test sees never falls between two states.
actor MockState {
  nonisolated let executor: any SerialExecutor & TaskExecutor
  nonisolated let clock: SteppableClock
  nonisolated let configuration: MockConfiguration
  nonisolated let gate: CallerGate
  private let logger: Logger
  /// Turns words into sound; nil where media is off.
  private let speechPreparation: SpeechPreparation?
  /// The last talk of each session that is being prepared: the next one waits for it.
  private var preparing: [String: Task<MockDecision, Never>] = [:]
  /// The last phrase of each session that becomes sound after its call was answered.
  private var saying: [String: (number: Int, task: Task<Void, Never>)] = [:]
  private var nextSaying = 0
  private var expiry = DeadlineAlarm()
  /// Whether sessions hold peers, which have to be released as soon as they end.
  private let hasMedia: Bool
  private let start: MonotonicInstant
  private let time: VendorTime
  private(set) var did: DIDVendor
  private(set) var heyGen: HeyGenVendor
  private(set) var scenario = Scenario()
  private(set) var journal = Journal()
  /// Who wants to know of new entries, by number.
  private var journalWatchers: [Int: AsyncStream<Void>.Continuation] = [:]
  private var nextWatcher = 0

  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  /// - Parameters:
  ///   - wallClock: what o'clock it is now, in milliseconds since 1970.
  ///   - speechPreparation: nil where media is off.
  init(
    _ configuration: MockConfiguration, on executor: any SerialExecutor & TaskExecutor, clock: SteppableClock,
    wallClock: Int64 = VendorTime.epoch * 1000,
    peerFactory: any MediaPeerFactory = SignallingPeerFactory(), speechPreparation: SpeechPreparation? = nil,
    logger: Logger
  ) {
    self.configuration = configuration
    gate = CallerGate(configuration)
    self.speechPreparation = speechPreparation
    hasMedia = speechPreparation != nil
    self.executor = executor
    self.logger = logger
    self.clock = clock
    start = clock.now
    time = VendorTime(start: start, wallClock: wallClock)
    did = DIDVendor(configuration, time: time, peerFactory: peerFactory)
    heyGen = HeyGenVendor(configuration, time: time, peerFactory: peerFactory)
  }

  /// How long the mock has run by its own clock.
  var elapsed: Duration { start.duration(to: clock.now) }

  /// What o'clock it is for the mock, as a header field says it.
  var date: String { HTTPDate.text(secondsSince1970: Int(time.trueUnix(at: clock.now))) }

  /// Tells the vendors where their WebSockets can be reached.
  func setWebSocketBase(_ base: String) { heyGen.webSocketBase = base }

  var sessions: [SessionStatus] {
    let now = clock.now
    return did.snapshots(at: now) + heyGen.snapshots(at: now)
  }

  func force(_ fault: Fault) throws(FaultError) { try scenario.add(fault) }

  /// Makes the path of one session misbehave, or path and far end of all that are created from now on.
  /// - Returns: false when no session of that id is open.
  func apply(_ conditions: MediaConditions, to session: String?) -> Bool {
    guard let session else {
      did.configuration.conditions = conditions
      heyGen.configuration.conditions = conditions
      return true
    }
    let impairment = conditions.impairment
    return did.sessions.apply(impairment, to: session) || heyGen.sessions.apply(impairment, to: session)
  }

  /// What media is made of, and what goes wrong with it on purpose.
  var mediaFacts: JSONValue {
    var facts: JSONObject = ["media": .string(configuration.media.rawValue)]
    facts["voice"] = speechPreparation.map { .string($0.voice.name) } ?? .null
    facts["conditions"] = did.configuration.conditions.json
    facts["candidates"] = .array(did.peerFactory.candidates.map { .string("\($0.address) \($0.port)") })
    facts["counters"] = did.peerFactory.counters
    return .object(facts)
  }

  /// Tells of each new entry until ``endWatch(_:)``.
  func watchJournal(_ tick: AsyncStream<Void>.Continuation) -> Int {
    nextWatcher += 1
    journalWatchers[nextWatcher] = tick
    return nextWatcher
  }

  func endWatch(_ number: Int) { journalWatchers[number] = nil }

  func clearFaults() { scenario.clear() }
  func clearJournal() { journal.clear() }

  /// Ends and forgets all sessions, tokens, faults and entries. The clock goes on, and ids are not given out twice.
  func reset() {
    did.reset(at: clock.now)
    heyGen.reset(at: clock.now)
    scenario.clear()
    journal.clear()
    _ = apply(configuration.conditions, to: nil)
  }

  /// Decides about a request of a vendor's API, once the words in it, if there are any, have become sound.
  ///
  /// The talks of a session are decided in the order in which they came, and everything else at once: whoever deletes a
  /// session while it prepares to speak finds it deleted, and the talk is refused as the vendor would refuse it.
  /// - Parameter message: what the request is where it came on D-ID's WebSocket.
  func answer(_ request: HTTPRequest, _ message: DIDMessage? = nil) async -> MockDecision {
    guard let speechPreparation, let call = speechCall(of: request, message) else { return decide(request, message) }
    let before = preparing[call.session]
    let task = Task(executorPreference: executor) {
      var speech: PreparedSpeech?
      if let wanted = call.speechRequest { speech = await self.prepare(wanted, speechPreparation) }
      // A browser says that it is connected when ICE is, and its user may speak before encryption is agreed on.
      await call.mediaSession?.settled()
      _ = await before?.value
      // Whole talks follow what came in parts before them.
      if speech != nil { await self.waitForPhrases(of: call.session) }
      return await self.decide(request, message, speech: speech)
    }
    preparing[call.session] = task
    let decision = await task.value
    if preparing[call.session] == task { preparing[call.session] = nil }
    return decision
  }

  /// The most speech that waits before more of it is refused; an hour is 346 MB of samples.
  static let heldSpeech = Duration.seconds(3600)

  private var hasRoomForSpeech: Bool {
    let now = clock.now
    return did.sessions.waitingSpeech(at: now) + heyGen.sessions.waitingSpeech(at: now) < Self.heldSpeech
  }

  private func prepare(_ wanted: SpeechRequest, _ preparation: SpeechPreparation) async -> PreparedSpeech {
    guard hasRoomForSpeech else { return .overloaded(reason: "more than an hour of speech waits to be said") }
    return await preparation.prepare(wanted)
  }

  private func waitForPhrases(of session: String) async { await saying[session]?.task.value }

  /// Says phrases in their order, each when it has become sound.
  private func say(_ phrases: [StreamedPhrase], in session: String) {
    for phrase in phrases {
      guard let speechPreparation else {
        did.say(phrase, in: session, nil, at: clock.now)
        continue
      }
      let before = saying[session]?.task
      nextSaying += 1
      let number = nextSaying
      let task = Task(executorPreference: executor) {
        var speech: PreparedSpeech?
        if let wanted = phrase.speechRequest { speech = await self.prepare(wanted, speechPreparation) }
        await before?.value
        await self.say(phrase, in: session, speech, number)
      }
      saying[session] = (number, task)
    }
  }

  private func say(_ phrase: StreamedPhrase, in session: String, _ speech: PreparedSpeech?, _ number: Int) {
    did.say(phrase, in: session, speech, at: clock.now)
    if saying[session]?.number == number { saying[session] = nil }
  }

  private func speechCall(of request: HTTPRequest, _ message: DIDMessage?) -> SpeechCall? {
    guard let call = call(request, message) else { return nil }
    switch call.name {
    case .didSpeak, .didStreamText, .didStreamAudio: return did.speechRequest(of: call)
    case .heyGenTask: return heyGen.speechRequest(of: call)
    default: return nil
    }
  }

  /// The call that a request means; nil when it means none.
  private func call(_ request: HTTPRequest, _ message: DIDMessage?) -> VendorCall? {
    if let message { return did.call(message, request.headers, at: clock.now) }
    guard let (route, values) = Router.match(method: request.method, path: request.path) else { return nil }
    return VendorCall(request, route: route, values: values, at: clock.now)
  }

  /// Decides about a request of a vendor's API.
  /// - Parameter speech: the sound of what it wants to be said.
  func decide(_ request: HTTPRequest, _ message: DIDMessage? = nil, speech: PreparedSpeech? = nil) -> MockDecision {
    guard var call = call(request, message) else { return decideUnknown(request) }
    call.speech = speech
    let session = call.values["id"] ?? call.body.success?["session_id"]?.string
    let fault = scenario.take(for: call.name, session: session)
    var answer = fault.map { forced($0, call, session) } ?? carryOut(call)
    answer.session = answer.session ?? session
    record(request, call: call, answer: answer, isFaulted: fault != nil)
    if call.name == .didCreate || call.name == .heyGenNew { watchExpiry() }
    if let session = answer.session { say(answer.phrases, in: session) }
    var decision = MockDecision(response: answer.isDropped ? nil : answer.response, delay: fault?.delay ?? .zero)
    decision.isOvertaken = fault?.isOvertaken ?? false
    switch fault?.effect {
    case .lose: decision.ending = .lose
    case .close(let code): decision.ending = .close(code)
    default: break
    }
    return decision
  }

  private func carryOut(_ call: VendorCall) -> VendorAnswer {
    switch call.name.vendor {
    case .did: did.answer(call)
    case .heygen: heyGen.answer(call)
    }
  }

  private func forced(_ fault: Fault, _ call: VendorCall, _ session: String?) -> VendorAnswer {
    let isCarriedOut = fault.takesEffect || fault.effect == .none
    let own = isCarriedOut ? carryOut(call) : nil
    var answer: VendorAnswer
    switch fault.effect {
    case .none: return own ?? carryOut(call)
    case .error(let name):
      // The scenario admitted the name, so the row is there.
      guard let error = Scenario.error(name, for: fault.calls.vendor) else { return carryOut(call) }
      answer = VendorAnswer(error, session: session)
    case .answer(let status, let body, let headers):
      answer = VendorAnswer(status, body, session: session)
      for (name, value) in headers { answer.response.headers[name] = value }
    case .drop, .lose, .close:
      answer = VendorAnswer(0, nil, session: session)
      answer.isDropped = true
    }
    answer.session = own?.session ?? session
    answer.phrases = own?.phrases ?? []
    answer.note = isCarriedOut ? "a fault replaced the answer; the call was carried out" : "a fault"
    return answer
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
    record(request, call: call, answer: answer, unread: unread)
    return answer.response
  }

  /// Notes a handshake or a message that is no call, and answers it as the vendor does.
  func refuse(_ request: HTTPRequest, _ refusal: Refusal) -> HTTPResponse {
    let answer = VendorAnswer(refusal.error, note: refusal.note)
    record(request, call: nil, answer: answer)
    return answer.response
  }

  /// AWS's gateway looks at the Authorization header before it says that a route is unknown.
  private func decideUnknown(_ request: HTTPRequest) -> MockDecision {
    let isHeyGen = request.path.hasPrefix("/v1/") || request.path.hasPrefix("/v2/")
    let error =
      isHeyGen
      ? HeyGenErrors.noRoute
      : request.headers["Authorization"] == nil ? DIDErrors.gatewayRoute : DIDErrors.gatewayCredential
    let nearest = Router.nearest(method: request.method, path: request.path)
    let answer = VendorAnswer(error, note: "no such route")
    record(request, call: nil, answer: answer, nearest: nearest)
    return MockDecision(response: answer.response, delay: .zero)
  }

  /// Sessions with media end when their limit passes, not when somebody looks: their sockets and encoders go with them.
  private func watchExpiry() {
    guard hasMedia else { return }
    let deadlines = [did.sessions.earliestDeadline, heyGen.sessions.earliestDeadline].compactMap { $0 }
    guard let next = deadlines.min() else { return }
    expiry.set(for: next, on: clock, executor: executor) { [weak self] in await self?.expire($0) }
  }

  private func expire(_ deadline: MonotonicInstant) {
    guard expiry.rings(for: deadline) else { return }
    did.sessions.settle(at: clock.now)
    heyGen.sessions.settle(at: clock.now)
    watchExpiry()
  }

  /// Follows what happened to a session's media.
  func handle(_ report: MediaReport) {
    let now = clock.now
    switch report.event {
    case .lost:
      did.sessions.end(report.session, .lost, at: now)
      heyGen.sessions.end(report.session, .lost, at: now)
    case .interrupted(let talk):
      did.sessions.interrupt(report.session, talk: talk, at: now)
      heyGen.sessions.interrupt(report.session, talk: talk, at: now)
    }
  }

  /// Nothing will be decided any more: lets go of every session's media.
  func close() {
    expiry.cancel()
    did.reset(at: clock.now)
    heyGen.reset(at: clock.now)
  }

  private func record(
    _ request: HTTPRequest, call: VendorCall?, answer: VendorAnswer, nearest: Route? = nil, isFaulted: Bool = false,
    unread: Int? = nil
  ) {
    // Of a long body only the length is kept.
    let length = unread ?? request.body.count
    let shown = length > Journal.bodyLimit ? .success([:]) : VendorCall.parse(request.body)
    let kept = Journal.keep(shown, length: length)
    let entry = JournalEntry(
      number: journal.nextNumber, time: elapsed, method: String(request.method.prefix(32)),
      path: String(request.path.prefix(512)), call: call?.name, status: answer.response.status, session: answer.session,
      body: kept.body, note: answer.note, nearestRoute: nearest?.template, isFaulted: isFaulted)
    journal.append(entry, bodyBytes: kept.bytes)
    for watcher in journalWatchers.values { watcher.yield() }
    logger.info(
      "answered",
      metadata: [
        "call": "\(call?.name.rawValue ?? "none")", "method": "\(entry.method)", "status": "\(entry.status)",
        "note": "\(answer.note ?? "")", "nearest": "\(nearest?.template ?? "")",
      ])
  }
}

extension Result {
  fileprivate var success: Success? { if case .success(let value) = self { value } else { nil } }
}

/// Answers every HTTP request of a mock: preflights, the control surface, and the vendors' calls.
struct MockHandler: HTTPHandler {
  let state: MockState

  func bodyLimit(of head: HTTPRequest) -> RequestBodyLimit { .bytes(VendorCall.maximumBodyBytes) }

  func responseToLargerBody(of head: HTTPRequest) -> HTTPResponse {
    let words = "a body of more than \(VendorCall.maximumBodyBytes) bytes"
    if AdminCommand.covers(head.path) {
      return refusalOfStranger(head) ?? CORS.allow(AdminRefusal(.tooLarge, words).response)
    }
    let length = head.headers["Content-Length"].flatMap { Int($0) }
    return state.assumeIsolated { state in
      if let reason = state.gate.refusal(of: head) { return state.refuse(head, 403, reason, unread: length) }
      return CORS.allow(state.refuse(head, 413, words, unread: length))
    }
  }

  private func refusalOfStranger(_ request: HTTPRequest) -> HTTPResponse? {
    guard !state.gate.admitsAdministrator(request) else { return nil }
    return AdminRefusal(
      .forbidden, "the control surface serves this machine only, and the addresses that --admin-allow names"
    ).response
  }

  func respond(to request: HTTPRequest) async throws -> HTTPResponse {
    if AdminCommand.covers(request.path) {
      if let refusal = refusalOfStranger(request) { return refusal }
      return CORS.allow(request.method == "OPTIONS" ? CORS.preflight(request) : await state.administer(request))
    }
    if let reason = state.gate.refusal(of: request) { return await state.refuse(request, 403, reason) }
    if request.method == "OPTIONS" { return CORS.preflight(request) }
    let decision = await state.answer(request)
    // Throws when the peer has left or the mock stops: nobody reads the answer.
    if decision.delay > .zero { try await state.clock.sleep(for: decision.delay) }
    guard var response = decision.response else {
      // A lost answer is waited for until whoever waits gives up.
      if case .lose = decision.ending { try await state.clock.sleep(for: Fault.longestDelay) }
      throw DroppedConnection()
    }
    // A fault may have it say another.
    if response.headers["Date"] == nil { response.headers["Date"] = await state.date }
    return CORS.allow(response)
  }
}

/// A response, and how long it waits.
struct MockDecision {
  /// What happens where there is no response.
  enum Ending {
    /// The connection ends.
    case drop
    /// Nothing: the connection lives on.
    case lose
    /// A WebSocket is closed with this code; another connection just ends.
    case close(UInt16)
  }

  /// Nil where a fault took it away.
  let response: HTTPResponse?
  let delay: Duration
  var ending = Ending.drop
  /// Whether the next answer on the same WebSocket leaves before this one.
  var isOvertaken = false
}

/// A fault wants the connection to end without a byte of an answer.
struct DroppedConnection: Error {}
