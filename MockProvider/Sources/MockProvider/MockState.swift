// Everything that a mock knows, in one place on the event loop.
import Logging
import StrictJSON
import Timekeeping
import Transport

/// Both contracts with their sessions, the faults that wait, and the journal. Every request is decided in one step, without
/// a suspension, so that what a test sees never falls between two states.
actor MockState {
  nonisolated let loop: EventLoop
  nonisolated let clock: SteppableClock
  nonisolated let configuration: MockConfiguration
  private let logger: Logger
  private let start: MonotonicInstant
  private(set) var did: DIDContract
  private(set) var heyGen: HeyGenContract
  private(set) var scenario = Scenario()
  private(set) var journal = Journal()

  nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

  init(_ configuration: MockConfiguration, on loop: EventLoop, clock: SteppableClock, logger: Logger) {
    self.configuration = configuration
    self.loop = loop
    self.logger = logger
    self.clock = clock
    start = clock.now
    let time = VendorTime(start: start)
    did = DIDContract(configuration, time: time)
    heyGen = HeyGenContract(configuration, time: time)
  }

  /// How long the mock has run by its own clock.
  var elapsed: Duration { start.duration(to: clock.now) }

  /// Tells the contracts where they can be reached.
  func setWebSocketBase(_ base: String) { heyGen.webSocketBase = base }

  var sessions: [SessionSnapshot] {
    let now = clock.now
    return did.snapshots(at: now) + heyGen.snapshots(at: now)
  }

  func force(_ fault: Fault) throws(FaultError) { try scenario.add(fault) }
  func clearFaults() { scenario.clear() }
  func clearJournal() { journal.clear() }

  /// Ends and forgets all sessions, tokens, faults and entries. The clock goes on, and ids are not given out twice.
  func reset() {
    did.reset(at: clock.now)
    heyGen.reset(at: clock.now)
    scenario.clear()
    journal.clear()
  }

  /// Decides about a request of a vendor's API.
  func decide(_ request: HTTPRequest) -> MockDecision {
    guard let (route, values) = Router.match(method: request.method, path: request.path) else {
      return decideUnknown(request)
    }
    let call = VendorCall(request, route: route, values: values, at: clock.now)
    let session = call.values["id"] ?? call.body.success?["session_id"]?.string
    let fault = scenario.take(for: call.name, session: session)
    var answer = fault.map { forced($0, call, session) } ?? carryOut(call)
    answer.session = answer.session ?? session
    record(request, call: call, answer: answer, isFaulted: fault != nil)
    return MockDecision(response: answer.response, delay: fault?.delay ?? .zero)
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
    case .drop:
      answer = VendorAnswer(0, nil, session: session)
      answer.response = .drop
    }
    answer.session = own?.session ?? session
    answer.note = isCarriedOut ? "a fault replaced the answer; the call was carried out" : "a fault"
    return answer
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

  private func record(
    _ request: HTTPRequest, call: VendorCall?, answer: VendorAnswer, nearest: Route? = nil, isFaulted: Bool = false
  ) {
    let kept = Journal.keep(call?.body ?? VendorCall.parse(request.body), length: request.body.count)
    let entry = JournalEntry(
      number: journal.nextNumber, time: elapsed, method: String(request.method.prefix(32)),
      path: String(request.path.prefix(512)), call: call?.name, status: answer.response.status, session: answer.session,
      body: kept.body, note: answer.note, nearestRoute: nearest?.template, isFaulted: isFaulted)
    journal.append(entry, bodyBytes: kept.bytes)
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
