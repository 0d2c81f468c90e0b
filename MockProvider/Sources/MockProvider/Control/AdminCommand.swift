// Reads the requests of the control surface, and says why one is refused.
import Basics
import StrictJSON
import Wire

/// What a request of the control surface asks for, read and checked.
enum AdminCommand: Sendable, Equatable {
  case health
  case settings
  case errors
  case scenarios
  case forgetScenario
  case sessions(SessionFilter)
  /// Until so many sessions are open.
  case waitForSessions(open: Int, vendor: Vendor?, Duration)
  case requests(JournalFilter)
  case unmatched
  case clearRequests
  case find(CallMatch)
  case verify(CallExpectation)
  case wait(CallExpectation, Duration)
  case faults
  case addFault(Fault)
  case clearFaults
  case messageFaults
  case addMessageFault(MessageFault)
  case clearMessageFaults
  case answers
  case addAnswer(AnswerRule)
  case clearAnswers
  case agents
  case setAgents(ChatMode)
  case clock
  case moveClock(ClockMove)
  case media
  case setMedia(MediaConditions, session: String?)
  case reset
  /// The description of the control surface, or of a vendor's API.
  case description(Vendor?)
}

/// What is done to a scenario's clock.
struct ClockMove: Sendable, Equatable {
  /// The furthest that one request may move it: 31 days.
  static let longest = Duration.seconds(31 * 86_400)

  var advance = Duration.zero
  /// Whether it runs from now on; nil for as before.
  var runs: Bool?
}

/// A request of the control surface with its query read.
struct AdminRequest {
  /// How long somebody waits who does not say, and at most.
  static let patience = Duration.seconds(10)
  static let longestPatience = Duration.seconds(600)

  let route: AdminRoute
  let query: AdminQuery
  /// The scenario that it is about; the main one where it names none.
  let scenario: ScenarioName
  private let namesScenario: Bool
  private let request: HTTPRequest

  /// - Throws: ``AdminRefusal``.
  init(_ request: HTTPRequest) throws(AdminRefusal) {
    self.request = request
    route = try AdminRoute.route(of: request)
    query = try AdminQuery(request)
    let names = [request.headers[ScenarioName.headerField], query.values["scenario"]].compactMap { $0 }
    try query.check(known: route.query + (route.hasScenario ? ["scenario"] : []))
    guard Set(names).count <= 1 else { throw AdminRefusal(.invalid, "two scenarios are named") }
    guard let name = names.first.map(ScenarioName.init) ?? .main else {
      throw AdminRefusal(.invalid, ScenarioRefusal.wrongName.reason)
    }
    scenario = name
    namesScenario = !names.isEmpty
  }

  /// - Throws: ``AdminRefusal``.
  func command() throws(AdminRefusal) -> AdminCommand { try route.read(self) }

  func forgetScenario() throws(AdminRefusal) -> AdminCommand {
    guard namesScenario else { throw AdminRefusal(.invalid, "scenario: the name of one expected") }
    return .forgetScenario
  }

  func sessionFilter() throws(AdminRefusal) -> SessionFilter {
    SessionFilter(
      vendor: try query.choice("vendor", of: Vendor.self), state: try query.choice("state", of: SessionFilter.State.self))
  }

  func journalFilter() throws(AdminRefusal) -> JournalFilter {
    JournalFilter(session: query.values["session"], call: try query.choice("call", of: CallName.self))
  }

  func sessionWait() throws(AdminRefusal) -> AdminCommand {
    try reading("wait") { reader throws(JSONShapeError) in
      let open = try reader.optionalInteger("open", in: 0...Int64(MockConfiguration.maximumSessionsLimit)) ?? 0
      let vendor = try reader.optionalChoice("vendor", of: Vendor.self)
      return .waitForSessions(open: Int(open), vendor: vendor, try Self.patience(&reader))
    }
  }

  func match() throws(AdminRefusal) -> CallMatch {
    try reading("match") { reader throws(JSONShapeError) in try CallMatch(&reader) }
  }

  /// `{call, where, count?, atLeast?, atMost?, stage?}`
  func expectation() throws(AdminRefusal) -> CallExpectation {
    try reading("expected") { reader throws(JSONShapeError) in
      let match = try CallMatch(&reader)
      let range: ClosedRange<Int64> = 0...Int64(Journal.entryLimit)
      let exact = try reader.optionalInteger("count", in: range)
      let least = try reader.optionalInteger("atLeast", in: range)
      let most = try reader.optionalInteger("atMost", in: range)
      guard exact == nil || least == nil && most == nil, least ?? 0 <= most ?? .max else {
        throw JSONShapeError(.notAccepted("count, or atLeast up to atMost expected"), at: reader.path)
      }
      let count =
        exact.map { CallCount.exactly(Int($0)) }
        ?? (least == nil && most == nil ? .some : CallCount(least: Int(least ?? 0), most: most.map { Int($0) }))
      return CallExpectation(kind: .count(match, count), stage: try Self.stage(&reader))
    }
  }

  /// `{calls: ["did.create", {call, where}, …], stage?}`
  func order() throws(AdminRefusal) -> CallExpectation {
    try reading("expected") { reader throws(JSONShapeError) in
      let calls = try reader.optionalArray("calls") ?? []
      guard (1...CallExpectation.orderLimit).contains(calls.count) else {
        throw JSONShapeError(.notAccepted("1 to \(CallExpectation.orderLimit) calls expected"), at: reader.path(of: "calls"))
      }
      var matches: [CallMatch] = []
      for (index, call) in calls.enumerated() {
        let path = reader.path(of: "calls[\(index)]")
        if let name = call.string {
          matches.append(CallMatch(try CallPattern(name, at: path)))
        } else {
          var inner = try JSONObjectReader(call, at: path)
          matches.append(try CallMatch(&inner))
          try inner.finish()
        }
      }
      return CallExpectation(kind: .order(matches), stage: try Self.stage(&reader))
    }
  }

  /// `{call, where, count?, stage?, timeoutMs?}`
  func wait() throws(AdminRefusal) -> AdminCommand {
    try reading("wait") { reader throws(JSONShapeError) in
      let match = try CallMatch(&reader)
      let count = try reader.optionalInteger("count", in: 1...Int64(Journal.entryLimit)) ?? 1
      let stage = try Self.stage(&reader)
      return .wait(
        CallExpectation(kind: .count(match, CallCount(least: Int(count), most: nil)), stage: stage),
        try Self.patience(&reader))
    }
  }

  func fault() throws(AdminRefusal) -> Fault {
    let json = try body()
    do throws(JSONShapeError) { return try Fault(json) } catch { throw AdminRefusal(.invalid, error.description) }
  }

  func messageFault() throws(AdminRefusal) -> MessageFault {
    let json = try body()
    do throws(JSONShapeError) { return try MessageFault(json) } catch { throw AdminRefusal(.invalid, error.description) }
  }

  func answerRule() throws(AdminRefusal) -> AnswerRule {
    let json = try body()
    do throws(JSONShapeError) { return try AnswerRule(json) } catch { throw AdminRefusal(.invalid, error.description) }
  }

  /// `{chatMode}`
  func agentMode() throws(AdminRefusal) -> ChatMode {
    try reading("agents") { reader throws(JSONShapeError) in try reader.choice("chatMode", of: ChatMode.self) }
  }

  /// `{advanceMs?, running?}`
  func clockMove() throws(AdminRefusal) -> ClockMove {
    try reading("clock") { reader throws(JSONShapeError) in
      let advance = try reader.optionalInteger("advanceMs", in: 0...ClockMove.longest.milliseconds)
      let runs = try reader.optionalBool("running")
      guard advance != nil || runs != nil else {
        throw JSONShapeError(.notAccepted("advanceMs or running expected"), at: reader.path)
      }
      return ClockMove(advance: .milliseconds(advance ?? 0), runs: runs)
    }
  }

  func media() throws(AdminRefusal) -> AdminCommand {
    try reading("media") { reader throws(JSONShapeError) in
      let session = try reader.optionalString("session", bytes: 1...256)
      let conditions = try MediaConditions(&reader)
      guard session == nil || conditions.faults == .none else {
        throw JSONShapeError(
          .notAccepted("only for sessions that are created from now on"), at: "media.stun or media.dtls")
      }
      return .setMedia(conditions, session: session)
    }
  }

  private static func stage(_ reader: inout JSONObjectReader) throws(JSONShapeError) -> CallStage {
    try reader.optionalChoice("stage", of: CallStage.self) ?? .arrived
  }

  private static func patience(_ reader: inout JSONObjectReader) throws(JSONShapeError) -> Duration {
    let milliseconds = try reader.optionalInteger("timeoutMs", in: 0...longestPatience.milliseconds)
    return milliseconds.map { .milliseconds($0) } ?? patience
  }

  /// Reads the body as an object without further members.
  private func reading<Value>(
    _ root: String, _ read: (inout JSONObjectReader) throws(JSONShapeError) -> Value
  ) throws(AdminRefusal) -> Value {
    let json = try body()
    do throws(JSONShapeError) {
      var reader = try JSONObjectReader(json, at: root)
      let value = try read(&reader)
      try reader.finish()
      return value
    } catch { throw AdminRefusal(.invalid, error.description) }
  }

  private func body() throws(AdminRefusal) -> JSONValue {
    switch VendorCall.parse(request.body) {
    case .success(let json): return BodyReading.withWholeNumbers(json)
    case .failure(let error): throw AdminRefusal(.invalid, "the body is not JSON: \(error)")
    }
  }
}
