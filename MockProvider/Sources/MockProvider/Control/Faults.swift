// Says what a test forces on the next calls of a kind, and reads it.
import Basics
import StrictJSON

/// What the mock does to the next calls that match, instead of or in addition to answering them.
public struct Fault: Sendable, Hashable {
  /// What the call is answered with.
  public enum Effect: Sendable, Hashable {
    /// An error of the vendor's table, by its name, as `maxUserSessions`.
    case error(String)
    /// Any status with any JSON body; nil for no body.
    case answer(status: Int, body: JSONValue?, headers: [String: String] = [:])
    /// The connection is closed without an answer.
    case drop
    /// There is no answer, and the connection lives on.
    case lose
    /// A WebSocket is closed with this code instead of an answer; an HTTP connection is closed as by ``drop``.
    case close(UInt16)
    /// The call's own answer.
    case none
  }

  /// The longest delay.
  public static let longestDelay = Duration.seconds(600)
  /// Most times that a fault may be used.
  public static let mostTimes = 1_000_000
  /// The codes that a close frame may have (RFC 6455 section 7.4).
  static let closeCodes: [ClosedRange<UInt16>] = [1000...1003, 1007...1014, 3000...4999]

  public var calls: CallPattern
  public var effect: Effect
  /// Only calls about this session.
  public var session: String?
  /// How many calls it takes; it is gone afterwards.
  public var times = 1
  /// How many matching calls pass unharmed first.
  public var skip = 0
  /// How long the answer waits, on the mock's clock.
  public var delay = Duration.zero
  /// Whether the next answer on the same WebSocket leaves first; HTTP has no such order.
  public var isOvertaken = false
  /// Whether the call is carried out although its answer is replaced: what a lost reply looks like.
  public var takesEffect = false
  /// Only once a call of this kind has succeeded since the fault was set; where the faulty call is about a session, one about
  /// the same session.
  public var after: CallPattern?
  /// What is asked of the call itself, beside its name.
  public var conditions: [CallCondition] = []
  /// Only while the scenario's state has this name; it begins as ``FaultList/firstState``.
  public var inState: String?
  /// The scenario's state from then on.
  public var newState: String?

  public init(_ calls: CallPattern, _ effect: Effect, times: Int = 1) {
    self.calls = calls
    self.effect = effect
    self.times = times
  }
}

extension Fault {
  /// Reads `{call, times?, skip?, session?, delayMs?, reorder?, takesEffect?, after?, where?, inState?, newState?}` with
  /// `error`, or `status`, `body?` and `headers?`, or `drop`, `lose` or `close`, or none of these for a mere delay, another
  /// order or a change of the state.
  init(_ json: JSONValue) throws(JSONShapeError) {
    var reader = try JSONObjectReader(json, at: "fault")
    let calls = try CallPattern(try reader.string("call", bytes: 1...64), at: reader.path(of: "call"))
    let effect = try Self.readEffect(&reader)
    let times = try reader.optionalInteger("times", in: 1...Int64(Self.mostTimes)) ?? 1
    self.init(calls, effect, times: Int(times))
    skip = Int(try reader.optionalInteger("skip", in: 0...Int64(Self.mostTimes)) ?? 0)
    session = try reader.optionalString("session", bytes: 1...256)
    delay = .milliseconds(try reader.optionalInteger("delayMs", in: 0...Self.longestDelay.milliseconds) ?? 0)
    takesEffect = try reader.optionalBool("takesEffect") ?? false
    isOvertaken = try reader.optionalBool("reorder") ?? false
    if let text = try reader.optionalString("after", bytes: 1...64) {
      after = try CallPattern(text, at: reader.path(of: "after"))
    }
    conditions = try CallCondition.read(reader.optionalValue("where"), at: reader.path(of: "where"))
    inState = try reader.optionalString("inState", bytes: 1...64)
    newState = try reader.optionalString("newState", bytes: 1...64)
    try reader.finish()
    if effect == .none, delay == .zero, !isOvertaken, newState == nil {
      throw JSONShapeError(
        .notAccepted("one of error, status, drop, lose, close, delayMs, reorder, newState expected"), at: reader.path)
    }
  }

  private static func readEffect(_ reader: inout JSONObjectReader) throws(JSONShapeError) -> Effect {
    let error = try reader.optionalString("error", bytes: 1...64)
    let status = try reader.optionalInteger("status", in: 200...599)
    var endings: [Effect] = []
    if try reader.optionalBool("drop") ?? false { endings.append(.drop) }
    if try reader.optionalBool("lose") ?? false { endings.append(.lose) }
    if let code = try reader.optionalInteger("close", in: 1000...4999) { endings.append(.close(UInt16(code))) }
    let body = reader.optionalValue("body")
    let headers = try reader.optionalObject("headers") == nil ? [:] : readHeaders(reader.optionalValue("headers"))
    switch (error, status, endings.first) {
    case (_, _, _) where endings.count > 1: break
    case (nil, let status?, nil): return .answer(status: Int(status), body: body, headers: headers)
    case (_, _, _) where body != nil || !headers.isEmpty:
      throw JSONShapeError(.notAccepted("body and headers go with status only"), at: reader.path)
    case (let name?, nil, nil): return .error(name)
    case (nil, nil, let ending?): return ending
    case (nil, nil, nil): return .none
    default: break
    }
    throw JSONShapeError(.notAccepted("one of error, status, drop, lose, close expected"), at: reader.path)
  }

  private static func readHeaders(_ value: JSONValue?) throws(JSONShapeError) -> [String: String] {
    var headers: [String: String] = [:]
    for member in value?.object?.members ?? [] {
      guard let text = member.value.string else {
        throw JSONShapeError(
          .wrongType(expected: "a string", found: member.value.typeName), at: "fault.headers.\(member.name.prefix(64))")
      }
      headers[member.name] = text
    }
    return headers
  }

  var json: JSONValue {
    var object: JSONObject = ["call": .string(calls.text), "times": .integer(Int64(times))]
    switch effect {
    case .error(let name): object["error"] = .string(name)
    case .answer(let status, let body, let headers):
      object["status"] = .integer(Int64(status))
      if let body { object["body"] = body }
      if !headers.isEmpty {
        object["headers"] = .object(
          JSONObject(headers.sorted { $0.key < $1.key }.map { .init(name: $0.key, value: .string($0.value)) }))
      }
    case .drop: object["drop"] = true
    case .lose: object["lose"] = true
    case .close(let code): object["close"] = .integer(Int64(code))
    case .none: break
    }
    if skip > 0 { object["skip"] = .integer(Int64(skip)) }
    if let session { object["session"] = .string(session) }
    if delay > .zero { object["delayMs"] = .integer(delay.milliseconds) }
    if isOvertaken { object["reorder"] = true }
    if takesEffect { object["takesEffect"] = true }
    if let after { object["after"] = .string(after.text) }
    if !conditions.isEmpty { object["where"] = CallCondition.json(conditions) }
    if let inState { object["inState"] = .string(inState) }
    if let newState { object["newState"] = .string(newState) }
    return .object(object)
  }
}
