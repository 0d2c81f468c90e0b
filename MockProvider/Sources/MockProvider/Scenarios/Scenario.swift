// Owns everything that one test may change or look at: sessions, faults, clock, journal, ids.
import Basics
import MockClock
import StrictJSON
import Wire

/// A world of its own in a mock that several tests share: what happens in one scenario is neither seen nor felt in another.
///
/// A reset makes a new value of it in a further life; ids, time and numbers begin again, so that the same calls get the
/// same replies.
struct Scenario {
  let key: ScenarioKey
  /// Survives a reset, which starts it anew: sleepers of the life before still wake.
  let clock: SteppableClock
  let start: MonotonicInstant
  let time: VendorTime
  var did: DIDVendor
  var heyGen: HeyGenVendor
  var faults = FaultList()
  var journal = Journal()
  /// Confined to the mock's executor, as the media sessions are that ask it.
  let messageFaults: MessageFaults
  /// The name of the voice; nil where media is off.
  let voice: String?
  /// The last talk of each session that is being prepared: the next one waits for it.
  var preparing: [String: Task<MockDecision, Never>] = [:]
  /// The last phrase of each session that becomes sound after its call was answered.
  var saying: [String: (number: Int, task: Task<Void, Never>)] = [:]
  /// The last agent's answer of each stream that still comes, and when it is complete.
  var answering: [String: (number: Int, end: MonotonicInstant, task: Task<Void, Never>)] = [:]
  /// What agents' clients are told.
  var notifications = MessageOrder<AddressedNotification>()
  var expiry = DeadlineAlarm()
  /// Rings when there is news of a video.
  var videoAlarm = DeadlineAlarm()

  /// - Parameter wallClock: the time of day, in milliseconds since 1970.
  init(
    _ key: ScenarioKey, _ configuration: MockConfiguration, clock: SteppableClock, wallClock: Int64,
    messageFaults: MessageFaults, peers: (MediaScene) -> any MediaPeerFactory, voice: String?
  ) {
    self.key = key
    self.clock = clock
    self.messageFaults = messageFaults
    self.voice = voice
    start = clock.now
    time = VendorTime(start: start, wallClock: wallClock)
    var configuration = configuration
    configuration.seed = key.name.seed(from: configuration.seed)
    let peerFactory = peers(MediaScene(scenario: key, clock: clock, faults: messageFaults))
    did = DIDVendor(configuration, time: time, peerFactory: peerFactory)
    heyGen = HeyGenVendor(configuration, time: time, peerFactory: peerFactory)
  }

  /// Whether a token or a client key was given out here.
  func hasIssued(_ key: String) -> Bool { heyGen.authorization.hasIssued(key) || did.agents.hasIssued(key) }

  /// How long it has run by its own clock.
  var elapsed: Duration { start.duration(to: clock.now) }

  /// The time of day, as a header field says it.
  var date: String { HTTPDate.text(secondsSince1970: Int(time.trueUnix(at: clock.now))) }

  var sessions: [SessionStatus] {
    mutating get {
      let now = clock.now
      return did.snapshots(at: now) + heyGen.snapshots(at: now)
    }
  }

  /// When the next session reaches one of its limits; nil when none ever does.
  var earliestDeadline: MonotonicInstant? {
    [did.sessions.earliestDeadline, heyGen.sessions.earliestDeadline].compactMap { $0 }.min()
  }

  /// How long everything that is still to be said will last.
  var waitingSpeech: Duration {
    let now = clock.now
    return did.sessions.waitingSpeech(at: now) + heyGen.sessions.waitingSpeech(at: now)
  }

  /// Ends the sessions whose limits have passed.
  mutating func settle() {
    did.sessions.settle(at: clock.now)
    heyGen.sessions.settle(at: clock.now)
  }

  /// Makes the path of one session misbehave, or path and far end of all that are created from now on.
  /// - Returns: false when no session of that id is open.
  mutating func apply(_ conditions: MediaConditions, to session: String?) -> Bool {
    guard let session else {
      did.configuration.conditions = conditions
      heyGen.configuration.conditions = conditions
      return true
    }
    let impairment = conditions.impairment
    return did.sessions.apply(impairment, to: session) || heyGen.sessions.apply(impairment, to: session)
  }

  /// Follows what happened to a session's media.
  mutating func handle(_ report: MediaReport) {
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

  /// Lets go of every session's media, and of what was done to clock and messages.
  mutating func close() {
    expiry.cancel()
    videoAlarm.cancel()
    clock.goOn()
    messageFaults.assumeIsolated { $0.clear() }
    did.reset(at: clock.now)
    heyGen.reset(at: clock.now)
  }

  /// One line of the list of scenarios.
  var summary: JSONValue {
    mutating get {
      [
        "name": .string(key.name.text), "open": .integer(Int64(sessions.count(where: \.isOpen))),
        "requests": .integer(Int64(journal.count)), "elapsedMs": .integer(elapsed.milliseconds),
        "running": .bool(clock.isRunning),
      ]
    }
  }
}

extension Scenario {
  /// The call that a request means; nil when it means none.
  func call(_ request: HTTPRequest, _ message: DIDMessage?) -> VendorCall? {
    if let message { return did.call(message, request.headers, at: clock.now) }
    guard let (route, values) = Router.match(method: request.method, path: request.path) else { return nil }
    return VendorCall(request, route: route, values: values, at: clock.now)
  }

  /// Notes a request: it has arrived.
  /// - Parameter unread: how long the body is where none of it was read.
  mutating func arrive(_ request: HTTPRequest, call: VendorCall?, nearest: Route? = nil, unread: Int? = nil) -> Int {
    let session = call?.namedSession
    return journal.append(request, call: call?.name, session: session, nearest: nearest, unread: unread, at: elapsed)
  }

  /// Decides how a call is answered, and does what it asks for.
  mutating func decide(_ call: VendorCall, number: Int) -> (answer: VendorAnswer, fault: Fault?) {
    let session = call.namedSession
    let fault = faults.take(for: call.name, session: session, entry: journal[number])
    var answer = fault.map { forced($0, call, session) } ?? carryOut(call)
    answer.session = answer.session ?? session
    if (200..<400).contains(answer.response.status) { faults.note(call.name, session: answer.session) }
    return (answer, fault)
  }

  private mutating func carryOut(_ call: VendorCall) -> VendorAnswer {
    switch call.name.vendor {
    case .did: did.answer(call)
    case .heygen: heyGen.answer(call)
    }
  }

  private mutating func forced(_ fault: Fault, _ call: VendorCall, _ session: String?) -> VendorAnswer {
    let isCarriedOut = fault.takesEffect || fault.effect == .none
    let own = isCarriedOut ? carryOut(call) : nil
    var answer: VendorAnswer
    switch fault.effect {
    case .none: return own ?? carryOut(call)
    case .error(let name):
      // The list admitted the name, so the row is there.
      guard let error = FaultList.error(name, for: fault.calls.vendor) else { return carryOut(call) }
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
    answer.agentAnswer = own?.agentAnswer
    answer.note = isCarriedOut ? "a fault replaced the answer; the call was carried out" : "a fault"
    return answer
  }
}
