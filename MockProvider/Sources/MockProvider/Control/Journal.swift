// Keeps the latest requests, without their secrets, for tests to assert on.
import Basics
import StrictJSON
import Wire

/// A bounded list of entries, numbered without gaps; the oldest are forgotten first.
struct Journal {
  /// Most entries that are kept.
  static let entryLimit = 1000
  /// The longest body that is kept, in bytes of JSON; of a longer one only its length.
  static let bodyLimit = 64 * 1024
  /// Most bytes of all bodies and header fields together.
  static let totalLimit = 8 * 1024 * 1024

  private(set) var entries: [JournalEntry] = []
  /// How many entries were made since the start, forgotten ones included.
  private(set) var count = 0
  private var sizes: [Int] = []
  private var total = 0

  /// The entry of that number; nil when it is forgotten.
  subscript(_ number: Int) -> JournalEntry? { index(number).map { entries[$0] } }

  /// Notes a request that has arrived.
  /// - Parameter unread: how long the body is where none of it was read.
  /// - Returns: its number.
  mutating func append(
    _ request: HTTPRequest, call: CallName?, session: String?, nearest: Route?, unread: Int?, at time: Duration
  ) -> Int {
    // Of a long body only the length is kept.
    let length = unread ?? request.body.count
    let shown = length > Self.bodyLimit ? .success([:]) : VendorCall.parse(request.body)
    let kept = Self.keep(shown, length: length)
    let headers = HeaderRecord.headers(of: request)
    count += 1
    entries.append(
      JournalEntry(
        number: count, time: time, method: String(request.method.prefix(32)), path: String(request.path.prefix(512)),
        call: call, session: session, headers: headers.fields, body: kept.body, nearestRoute: nearest?.template))
    sizes.append(kept.bytes + headers.bytes)
    total += kept.bytes + headers.bytes
    forgetOldest()
    return count
  }

  /// Notes how a request is answered, or that its answer has left.
  mutating func update(_ number: Int, _ change: (inout JournalEntry) -> Void) {
    if let index = index(number) { change(&entries[index]) }
  }

  /// Notes how a request is answered.
  mutating func note(_ answer: VendorAnswer, isFaulted: Bool = false, of number: Int) {
    update(number) { entry in
      entry.status = answer.response.status
      entry.session = answer.session
      entry.note = answer.note
      entry.isFaulted = isFaulted
    }
  }

  private func index(_ number: Int) -> Int? {
    guard let first = entries.first?.number, number >= first, number - first < entries.count else { return nil }
    return number - first
  }

  private mutating func forgetOldest() {
    var surplus = max(0, entries.count - Self.entryLimit)
    var freed = sizes.prefix(surplus).reduce(0, +)
    while total - freed > Self.totalLimit {
      freed += sizes[surplus]
      surplus += 1
    }
    entries.removeFirst(surplus)
    sizes.removeFirst(surplus)
    total -= freed
  }

  /// Forgets all entries; numbers go on.
  mutating func clear() {
    entries = []
    sizes = []
    total = 0
  }

  /// What is kept of a body, and how many bytes that takes.
  private static func keep(
    _ body: Result<JSONValue, JSONSyntaxError>, length: Int
  ) -> (body: JSONValue, bytes: Int) {
    guard length > 0, case .success(let value) = body else { return (.null, 0) }
    guard length <= bodyLimit else { return (["bytes": .integer(Int64(length))], 0) }
    return (Redaction.redact(value), length)
  }
}

/// An entry of the journal, without secrets.
///
/// It is made when the request has arrived. What the mock decides follows at once, unless words have to become sound first;
/// the answer leaves then, unless a fault delays it.
public struct JournalEntry: Sendable, Hashable {
  /// Counts from 1 since the start or the last reset.
  public let number: Int
  /// On the mock's clock, since the start or the last reset.
  public let time: Duration
  public let method: String
  /// Without the query; cut to 512 characters.
  public let path: String
  /// Nil when the request was none of the vendors' calls.
  public let call: CallName?
  /// The HTTP status; 0 when the connection was dropped, nil until the mock has decided.
  public internal(set) var status: Int?
  /// When the answer left, or the connection was dropped, on the mock's clock; nil until then.
  public internal(set) var answered: Duration?
  public internal(set) var session: String?
  /// The fields of the header by name in lower case; secrets as their fingerprints (``HeaderRecord``).
  public let headers: JSONValue
  /// The body as JSON; null when there was none, or none that is JSON. A long one is given by its length only.
  public let body: JSONValue
  /// Why the call was refused, in the mock's words.
  public internal(set) var note: String?
  /// For an unknown request: the most similar route, as `POST /talks/streams`.
  public let nearestRoute: String?
  /// True when a fault made the answer, or delayed it.
  public internal(set) var isFaulted = false

  /// What is to be spoken, at either vendor and on either of D-ID's ways, there part by part, or what an agent is asked; nil for
  /// other calls.
  public var text: String? {
    // A message holds in its payload what a request has as its body.
    let call = body["payload"] ?? body
    return call["script"]?["input"]?.string ?? call["text"]?.string ?? call["messages"]?.array?.last?["content"]?.string
  }

  var json: JSONValue {
    var object: JSONObject = [
      "number": .integer(Int64(number)), "timeMs": .integer(time.milliseconds), "method": .string(method),
      "path": .string(path), "call": call.map { .string($0.rawValue) } ?? .null,
      "status": status.map { .integer(Int64($0)) } ?? .null,
      "answeredMs": answered.map { .integer($0.milliseconds) } ?? .null,
      "session": session.map { .string($0) } ?? .null, "headers": headers, "body": body,
    ]
    if let text { object["text"] = .string(text) }
    if let note { object["note"] = .string(note) }
    if let nearestRoute { object["nearest"] = .string(nearestRoute) }
    if isFaulted { object["faulted"] = true }
    return .object(object)
  }

  /// One line for a message: number, call, status, body.
  var line: String {
    let name = call?.rawValue ?? "\(method) \(path)"
    let status = status.map { "\($0)" } ?? "undecided"
    return "#\(number) \(name) → \(status)\(answered == nil ? ", not answered yet" : "") \(body.text.cut(to: 120))"
  }
}

extension String {
  /// At most so many characters, with a mark where some are left out.
  func cut(to limit: Int) -> String { count <= limit ? self : prefix(limit) + "…" }
}
