// One request that the mock answered, as a test looks at it.
import StrictJSON
import Timekeeping

/// An entry of the journal. Header fields are never kept, and secrets are taken out of the body.
public struct JournalEntry: Sendable, Hashable {
  /// Counts from 1 since the mock started.
  public let number: Int
  /// On the mock's clock, since it started.
  public let time: Duration
  public let method: String
  /// Without the query; cut to 512 characters.
  public let path: String
  /// Nil when the request was none of the vendors' calls.
  public let call: CallName?
  /// The HTTP status; 0 when the connection was dropped.
  public let status: Int
  public let session: String?
  /// The body as JSON; null when there was none, or none that is JSON. A long one is given by its length only.
  public let body: JSONValue
  /// Why the call was refused, in the mock's words.
  public let note: String?
  /// For an unknown request: the most similar route, as `POST /talks/streams`.
  public let nearestRoute: String?
  /// True when a fault made the answer, or delayed it.
  public let isFaulted: Bool

  var json: JSONValue {
    var object: JSONObject = [
      "number": .integer(Int64(number)), "timeMs": .integer(time.milliseconds), "method": .string(method),
      "path": .string(path), "call": call.map { .string($0.rawValue) } ?? .null, "status": .integer(Int64(status)),
      "session": session.map { .string($0) } ?? .null, "body": body,
    ]
    if let note { object["note"] = .string(note) }
    if let nearestRoute { object["nearest"] = .string(nearestRoute) }
    if isFaulted { object["faulted"] = true }
    return .object(object)
  }
}
