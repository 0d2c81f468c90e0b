// Keeps the answers that a test forces on the next calls of a kind.
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

  public init(_ calls: CallPattern, _ effect: Effect, times: Int = 1) {
    self.calls = calls
    self.effect = effect
    self.times = times
  }
}

/// One call, all calls of a vendor, or all calls.
public enum CallPattern: Sendable, Hashable {
  case call(CallName)
  /// `did.*`
  case did
  /// `heygen.*`
  case heyGen
  /// `*`
  case any

  /// Reads `did.speak`, `did.*`, `heygen.*` or `*`.
  init?(_ text: String) {
    switch text {
    case "*": self = .any
    case "did.*": self = .did
    case "heygen.*": self = .heyGen
    default:
      guard let call = CallName(rawValue: text) else { return nil }
      self = .call(call)
    }
  }

  var text: String {
    switch self {
    case .call(let call): call.rawValue
    case .did: "did.*"
    case .heyGen: "heygen.*"
    case .any: "*"
    }
  }

  /// The vendor whose calls alone are meant; nil for both.
  var vendor: Vendor? {
    switch self {
    case .call(let call): call.vendor
    case .did: .did
    case .heyGen: .heygen
    case .any: nil
    }
  }

  func matches(_ call: CallName) -> Bool {
    switch self {
    case .call(let own): own == call
    case .did: call.vendor == .did
    case .heyGen: call.vendor == .heygen
    case .any: true
    }
  }
}

/// A list of faults. The first that matches a call is used; several for the same call are used one after the other.
struct Scenario {
  /// Most faults that wait.
  static let faultLimit = 256

  private(set) var faults: [Fault] = []

  /// - Throws: ``FaultError``.
  mutating func add(_ fault: Fault) throws(FaultError) {
    guard faults.count < Self.faultLimit else { throw .tooMany }
    guard (1...Fault.mostTimes).contains(fault.times) else { throw .outOfRange("times") }
    guard (0...Fault.mostTimes).contains(fault.skip) else { throw .outOfRange("skip") }
    guard (.zero...Fault.longestDelay).contains(fault.delay) else { throw .outOfRange("delayMs") }
    switch fault.effect {
    case .error(let name):
      guard Self.error(name, for: fault.calls.vendor) != nil else { throw .unknownError(name) }
    case .answer(let status, _, let headers):
      guard (200...599).contains(status) else { throw .outOfRange("status") }
      guard headers.count <= 8, headers.allSatisfy({ Self.isField($0.key, $0.value) }) else {
        throw .outOfRange("headers")
      }
    case .close(let code):
      guard Fault.closeCodes.contains(where: { $0.contains(code) }) else { throw .outOfRange("close") }
    case .drop, .lose, .none: break
    }
    faults.append(fault)
  }

  /// The fault for a call, of which one use is gone then; nil if none matches.
  mutating func take(for call: CallName, session: String?) -> Fault? {
    for index in faults.indices where faults[index].calls.matches(call) {
      guard faults[index].session == nil || faults[index].session == session else { continue }
      if faults[index].skip > 0 {
        faults[index].skip -= 1
        continue
      }
      let fault = faults[index]
      faults[index].times -= 1
      if faults[index].times == 0 { faults.remove(at: index) }
      return fault
    }
    return nil
  }

  mutating func clear() { faults = [] }

  /// The row of that name in a vendor's table; a name that both have needs a vendor.
  static func error(_ name: String, for vendor: Vendor?) -> VendorError? {
    switch vendor {
    case .did: DIDErrors.all.first { $0.name == name }
    case .heygen: HeyGenErrors.all.first { $0.name == name }
    case nil: nil
    }
  }

  /// A header name of token characters and a value of visible ones (RFC 9110 section 5), so that nothing is injected.
  private static func isField(_ name: String, _ value: String) -> Bool {
    name.utf8.count <= 64 && name.utf8.isHTTPToken && value.utf8.count <= 256
      && value.utf8.allSatisfy(\.isPrintableASCII)
  }
}

extension Fault {
  /// Reads `{call, times?, skip?, session?, delayMs?, reorder?, takesEffect?}` with `error`, or `status`, `body?` and
  /// `headers?`, or `drop`, `lose` or `close`, or none of these for a mere delay or another order.
  init(_ json: JSONValue) throws(JSONShapeError) {
    var reader = try JSONObjectReader(json, at: "fault")
    guard let calls = CallPattern(try reader.string("call", bytes: 1...64)) else {
      let known = CallName.allCases.map(\.rawValue).joined(separator: ", ")
      throw JSONShapeError(.notAccepted("one of \(known), did.*, heygen.*, * expected"), at: reader.path(of: "call"))
    }
    let effect = try Self.readEffect(&reader)
    let times = try reader.optionalInteger("times", in: 1...Int64(Self.mostTimes)) ?? 1
    self.init(calls, effect, times: Int(times))
    skip = Int(try reader.optionalInteger("skip", in: 0...Int64(Self.mostTimes)) ?? 0)
    session = try reader.optionalString("session", bytes: 1...256)
    delay = .milliseconds(try reader.optionalInteger("delayMs", in: 0...Self.longestDelay.milliseconds) ?? 0)
    takesEffect = try reader.optionalBool("takesEffect") ?? false
    isOvertaken = try reader.optionalBool("reorder") ?? false
    try reader.finish()
    if effect == .none, delay == .zero, !isOvertaken {
      throw JSONShapeError(
        .notAccepted("one of error, status, drop, lose, close, delayMs, reorder expected"), at: reader.path)
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
    return .object(object)
  }
}

/// What is wrong with a fault.
public enum FaultError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The vendor has no error of that name.
  case unknownError(String)
  /// `times`, `skip`, `delay`, a status or a header is out of its range.
  case outOfRange(String)
  /// ``Scenario/faultLimit`` faults wait already.
  case tooMany

  public var description: String {
    switch self {
    case .unknownError(let name): "\(name.prefix(64)): no error of that name for these calls; see GET /__admin/errors"
    case .outOfRange(let what): "\(what) is out of its range"
    case .tooMany: "\(Scenario.faultLimit) faults wait already"
    }
  }
}
