// A fault as the control surface reads and writes it.
import StrictJSON
import Timekeeping

extension Fault {
  /// Reads `{call, times?, skip?, session?, delayMs?, takesEffect?}` with `error`, or `status`, `body?` and `headers?`,
  /// or
  /// `drop`, or none of these for a mere delay.
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
    try reader.finish()
    if effect == .none, delay == .zero {
      throw JSONShapeError(.notAccepted("one of error, status, drop, delayMs expected"), at: reader.path)
    }
  }

  private static func readEffect(_ reader: inout JSONObjectReader) throws(JSONShapeError) -> Effect {
    let error = try reader.optionalString("error", bytes: 1...64)
    let status = try reader.optionalInteger("status", in: 200...599)
    let drops = try reader.optionalBool("drop") ?? false
    let body = reader.optionalValue("body")
    let headers = try reader.optionalObject("headers") == nil ? [:] : readHeaders(reader.optionalValue("headers"))
    switch (error, status, drops) {
    case (nil, let status?, false): return .answer(status: Int(status), body: body, headers: headers)
    case (_, _, _) where body != nil || !headers.isEmpty:
      throw JSONShapeError(.notAccepted("body and headers go with status only"), at: reader.path)
    case (let name?, nil, false): return .error(name)
    case (nil, nil, true): return .drop
    case (nil, nil, false): return .none
    default: throw JSONShapeError(.notAccepted("one of error, status, drop expected"), at: reader.path)
    }
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
    case .none: break
    }
    if skip > 0 { object["skip"] = .integer(Int64(skip)) }
    if let session { object["session"] = .string(session) }
    if delay > .zero { object["delayMs"] = .integer(delay.milliseconds) }
    if takesEffect { object["takesEffect"] = true }
    return .object(object)
  }
}
