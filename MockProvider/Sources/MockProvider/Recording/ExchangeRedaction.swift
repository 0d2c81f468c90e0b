// Takes what is somebody's own out of a whole exchange: its path, query, header fields and bodies.
import Basics
import Foundation
import StrictJSON
import Wire

/// Redacts the exchanges of one recording. What is not known to be harmless goes, so that a member which a vendor adds
/// tomorrow is gone too.
struct ExchangeRedaction {
  /// A longer body is kept by its length only.
  static let bodyLimit = 1 << 20

  /// Whose words a body has.
  private enum Speaker { case client, vendor }

  private var standIns = StandIns()

  /// An exchange as it is written down.
  mutating func exchange(
    _ request: HTTPRequest, status: Int, headers: [(name: String, value: String)], body: [UInt8], source: String, date: String
  ) -> RecordedExchange {
    learnCredentials(request.headers)
    for body in [request.body, body] where body.count <= Self.bodyLimit {
      if case .success(let json) = VendorCall.parse(body) { learnNames(json, named: "") }
    }
    let query = request.query.map { redacted(query: $0) }
    return RecordedExchange(
      source: source, date: date,
      request: .init(
        method: StandIns.isWord(request.method) ? request.method : StandIns.removed, path: redacted(path: request.path),
        query: query, headers: redacted(headers: request.headers.fields), body: redacted(body: request.body, of: .client)),
      status: status, headers: redacted(headers: headers), body: redacted(body: body, of: .vendor))
  }

  // MARK: - Header fields

  /// Keys are known before anything is written, so that an answer that repeats one does not tell it.
  private mutating func learnCredentials(_ headers: HTTPHeaders) {
    for field in headers.fields where Redaction.isSecret(field.name) || field.name.lowercased() == "cookie" {
      for part in field.value.split(whereSeparator: { " ;,=~".contains($0) }).dropFirst(field.value.contains(" ") ? 1 : 0) {
        _ = standIns.standIn(for: String(part), .secret)
      }
      guard let text = Data(base64Encoded: String(field.value.split(separator: " ").last ?? "")) else { continue }
      for part in String(decoding: text, as: UTF8.self).split(separator: ":") { _ = standIns.standIn(for: String(part), .secret) }
    }
  }

  /// Names are known before the first sentence is written, wherever in the exchange they stand.
  private mutating func learnNames(_ value: JSONValue, named name: String) {
    for member in value.object?.members ?? [] { learnNames(member.value, named: member.name) }
    for element in value.array ?? [] { learnNames(element, named: name) }
    let lower = name.lowercased()
    guard let text = value.string, ["name", "user", "avatar"].contains(where: lower.contains) else { return }
    standIns.learn(wordsOf: text)
  }

  private static let mediaTypes: Set = ["application/json", "text/plain", "text/html", "application/problem+json"]
  private static let schemes: Set = ["basic", "bearer", "client-key"]
  /// Fields that say something of the connection, or of the recorder.
  private static let unkept: Set = ["host", "connection", "content-length", "transfer-encoding", "keep-alive", "date"]

  /// The names, and of the values what is known to be no secret.
  private func redacted(headers: [(name: String, value: String)]) -> [RecordedExchange.Field] {
    var fields: [RecordedExchange.Field] = []
    for field in headers.prefix(128) {
      let name = field.name.lowercased()
      let isName = name.utf8.count <= 48 && name.utf8.allSatisfy { $0.isASCIILetter || $0 == UInt8(ascii: "-") }
      guard isName, !Self.unkept.contains(name), !fields.contains(where: { $0.name == name }) else { continue }
      fields.append(.init(name: name, value: Self.shown(name, field.value)))
    }
    return fields
  }

  private static func shown(_ name: String, _ value: String) -> String {
    switch name {
    case "content-type", "accept":
      let type = value.prefix { $0 != ";" && $0 != "," }.trimmingWhitespace().lowercased()
      return mediaTypes.contains(type) || type == "*/*" ? type : StandIns.removed
    case "authorization":
      let scheme = value.prefix { $0 != " " }
      return schemes.contains(scheme.lowercased()) ? "\(scheme) \(StandIns.removed)" : StandIns.removed
    case "retry-after": return Int(value).map { "\($0)" } ?? StandIns.removed
    default: return StandIns.removed
    }
  }

  // MARK: - Paths and queries

  private static let segments = Set(Router.routes.flatMap(\.segments).filter { !$0.hasPrefix(":") })

  mutating func redacted(path: String) -> String {
    guard let segments = Router.segments(of: path) else { return "/\(StandIns.removed)" }
    let kept = segments.map { segment in
      segment.isEmpty || Self.segments.contains(segment) || segment.wholeMatch(of: /v\d|streaming\.[a-z]{2,12}(_[a-z]{2,12})?/) != nil
        ? segment : standIns.standIn(for: segment, .id)
    }
    return "/" + kept.joined(separator: "/")
  }

  private mutating func redacted(query: String) -> String {
    query.split(separator: "&").prefix(64).map { pair in
      let halves = pair.split(separator: "=", maxSplits: 1).map { PercentEncoding.decode($0) ?? StandIns.removed }
      guard let name = halves.first else { return "" }
      let shown = redacted(member: name)
      return halves.count > 1 ? "\(shown)=\(standIns.standIn(for: halves[1], .id))" : shown
    }.joined(separator: "&")
  }

  // MARK: - Bodies

  private mutating func redacted(body: [UInt8], of speaker: Speaker) -> RecordedExchange.Body {
    if body.isEmpty { return .none }
    guard body.count <= Self.bodyLimit else { return .text("(\(body.count) bytes)") }
    guard case .success(let json) = VendorCall.parse(body) else { return .text("(\(body.count) bytes that are no JSON)") }
    return .json(redacted(json, named: "", of: speaker, isForeign: false))
  }

  /// Members in which a vendor says something. A client's are its own.
  private static let sentences: Set = ["message", "description", "error", "detail", "details", "reason"]
  /// Members whose texts are choices of the API, and single words where they are a client's.
  private static let choices: Set = [
    "status", "kind", "type", "quality", "video_encoding", "task_type", "task_mode", "version", "compatibility_mode", "overlap",
    "sentiment", "result_format", "emotion", "credentialType", "state", "event", "code",
  ]
  /// Members that hold what the client likes; not even their names are the vendor's.
  private static let foreign: Set = ["user_data", "metadata", "end_user_data"]

  private mutating func redacted(_ value: JSONValue, named name: String, of speaker: Speaker, isForeign: Bool) -> JSONValue {
    let isSecret = Redaction.isSecret(name) && name != "credentialType"
    // Of a number that is an id nothing stays, however short it is.
    let isOwn = isSecret || isForeign || Self.namesAnID(name)
    switch value {
    case .object(let object):
      let isForeign = isForeign || isSecret || Self.foreign.contains(name)
      return .object(
        JSONObject(
          unique(
            object.members.map { member in
              let shown = isForeign ? standIns.standIn(for: member.name, .member) : redacted(member: member.name)
              return .init(name: shown, value: redacted(member.value, named: member.name, of: speaker, isForeign: isForeign))
            })))
    case .array(let elements): return .array(elements.map { redacted($0, named: name, of: speaker, isForeign: isForeign) })
    case .string(let text):
      return .string(redacted(text, named: name, of: speaker, isForeign: isForeign, isSecret: isSecret))
    case .integer(let number): return isOwn || abs(Double(number)) >= 1e7 ? 0 : value
    case .number(let number): return isOwn || abs(number) >= 1e7 ? 0 : value
    case .bool, .null: return value
    }
  }

  private mutating func redacted(
    _ text: String, named name: String, of speaker: Speaker, isForeign: Bool, isSecret: Bool
  ) -> String {
    if text.isEmpty { return text }
    if isSecret { return standIns.redacted(text, .secret) }
    if isForeign { return standIns.redacted(text, .text) }
    if saysTheVendors(text, named: name, of: speaker) {
      // What a client wrote, word for word, is its own where it is repeated.
      return standIns.known(text) ?? standIns.redacted(sentence: text)
    }
    if name == "sdpMid" { return text.utf8.count <= 2 ? text : standIns.standIn(for: text, .mid) }
    return standIns.redacted(text, name.lowercased().contains("name") ? .name : Self.namesAnID(name) ? .id : .text)
  }

  /// Whether a text is made of words of the vendor's or its API's.
  private func saysTheVendors(_ text: String, named name: String, of speaker: Speaker) -> Bool {
    switch speaker {
    case .vendor: Self.sentences.contains(name) || Self.choices.contains(name)
    case .client: Self.choices.contains(name) && !text.contains(where: \.isWhitespace)
    }
  }

  private static func namesAnID(_ name: String) -> Bool { name.lowercased().hasSuffix("id") }

  /// Two names may have had one stand-in.
  private func unique(_ members: [JSONObject.Member]) -> [JSONObject.Member] {
    var seen: Set<String> = []
    return members.filter { seen.insert($0.name).inserted }
  }

  /// The name of a member or of a part of a query: words with a number behind them at most, in the ways in which APIs write.
  private mutating func redacted(member name: String) -> String {
    let isName = name.utf8.count <= 64 && name.wholeMatch(of: /[a-z]{1,16}([_.A-Z][a-z]{1,16}){0,6}\d?/) != nil
    return isName ? name : standIns.standIn(for: name, .member)
  }
}
