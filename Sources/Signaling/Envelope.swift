// The outermost object of a request.
import StrictJSON

/// The four members of a JSON-RPC 2.0 request (its section 4), checked for this profile: `jsonrpc`, `id`, `method`,
/// `params`, and nothing else.
struct Envelope {
  let id: RequestID
  let method: Method
  /// The parameters, not looked at yet; nil when absent.
  let params: JSONValue?

  /// Reads the members in one walk, since `ping` has to be cheap.
  /// - Throws: `invalidRequest`, or `methodNotFound`.
  init(_ message: JSONObject) throws(SignalingError) {
    var version: JSONValue?
    var id: JSONValue?
    var method: JSONValue?
    var params: JSONValue?
    var unknown: String?
    for member in message.members {
      switch member.name {
      case "jsonrpc": version = member.value
      case "id": id = member.value
      case "method": method = member.value
      case "params": params = member.value
      default: unknown = unknown ?? member.name
      }
    }
    guard let id else { throw Self.invalid("id: missing (requests without an id are refused)") }
    guard let id = Self.acceptedID(id) else {
      throw Self.invalid("id: an integer from 1 to \(RequestID.accepted.upperBound) expected")
    }
    guard version == .string("2.0") else {
      throw Self.invalid(version == nil ? "jsonrpc: missing" : "jsonrpc: \"2.0\" expected")
    }
    if let unknown { throw Self.invalid(JSONShapeError(.unknown, at: JSONObjectReader.shown(unknown)).description) }
    guard let method else { throw Self.invalid("method: missing") }
    guard let name = method.string else { throw Self.invalid("method: a string expected, \(method.typeName) found") }
    guard let method = Method(rawValue: name) else {
      throw SignalingError(.methodNotFound, "method: unknown method \(JSONObjectReader.shown(name))")
    }
    self.id = id
    self.method = method
    self.params = params
  }

  /// The id of a message that is otherwise not a request.
  static func readableID(of message: JSONObject) -> RequestID? { message["id"].flatMap(acceptedID) }

  private static func acceptedID(_ value: JSONValue) -> RequestID? {
    guard let integer = value.integer, RequestID.accepted.contains(integer) else { return nil }
    return RequestID(integer)
  }

  private static func invalid(_ message: String) -> SignalingError { SignalingError(.invalidRequest, message) }
}
