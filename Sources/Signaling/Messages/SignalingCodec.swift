// Turns a client's text into a request, and what the server says into text.
import StrictJSON

/// Reads requests and writes server messages. Both are pure; `docs/protocol.md` is the specification.
public enum SignalingCodec {
  /// What one text message turned out to be.
  public enum Decoded: Sendable, Hashable {
    /// A request that can be carried out as far as its form goes.
    case request(Request)
    /// Not a request that can be carried out: the error to answer, with the id if it could be read.
    case refused(RequestID?, SignalingError)
  }

  /// How deep a message may be nested and how many values it may have.
  public static let limits = JSONParser.Limits(depth: 16, values: 20_000)

  /// Reads one text message of a client.
  ///
  /// Everything that the message says is checked here, SDP and candidates included, so that what is returned as a
  /// request can be carried out as far as its form goes.
  public static func decode(_ text: [UInt8]) -> Decoded {
    let value: JSONValue
    do {
      value = try JSONParser.parse(text, limits: limits)
    } catch {
      return refusal(of: text, because: error)
    }
    guard case .object(let message) = value else {
      let rule =
        value.array == nil ? "message: an object expected, \(value.typeName) found" : "message: batches are refused"
      return .refused(nil, SignalingError(.invalidRequest, rule))
    }
    do {
      let envelope = try Envelope(message)
      do {
        return .request(Request(id: envelope.id, call: try call(envelope.method, envelope.params)))
      } catch {
        return .refused(envelope.id, error)
      }
    } catch {
      return .refused(Envelope.readableID(of: message), error)
    }
  }

  /// The id of a message that is not going to be read: found without parsing, nil when there is none.
  public static func requestID(ofUnread text: [UInt8]) -> RequestID? { RequestIDScanner.id(in: text) }

  /// Text that the parser refused: not JSON at all, or JSON beyond what is accepted. Only the latter has an id to read.
  private static func refusal(of text: [UInt8], because error: JSONSyntaxError) -> Decoded {
    let rule: String
    switch error.code {
    // A string that a client cut off in the middle of a character; the text itself came as UTF-8.
    case .invalidUTF8: rule = "half of a surrogate pair at byte \(error.offset)"
    case .tooDeep: rule = "nested deeper than \(limits.depth) levels at byte \(error.offset)"
    case .tooManyValues: rule = "more than \(limits.values) values at byte \(error.offset)"
    case .duplicateKey: rule = "duplicate name at byte \(error.offset)"
    case .numberOutOfRange: rule = "a number beyond a double at byte \(error.offset)"
    default: return .refused(nil, SignalingError(.parseError, "message: not JSON: \(error)"))
    }
    return .refused(RequestIDScanner.id(in: text), SignalingError(.invalidRequest, "message: \(rule)"))
  }
}

/// One message from server to client.
public enum ServerMessage: Sendable, Hashable {
  /// `providerMs` is how many milliseconds the provider took over what it was asked for this; nil where it was not asked,
  /// or that is not known.
  case result(RequestID, CallResult, providerMs: Int64? = nil)
  /// The id is nil where the request's own could not be read (JSON-RPC 2.0 section 5).
  indirect case error(RequestID?, SignalingError)
  /// What the server tells of its own accord.
  case notification(Notification)
}

extension SignalingCodec {
  /// Room for most messages, so that it is asked for once.
  private static let usualBytes = 160

  /// Writes one message as compact JSON in UTF-8, ready to be one WebSocket text message.
  public static func encode(_ message: ServerMessage) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(usualBytes)
    bytes.append(contentsOf: #"{"jsonrpc":"2.0","#.utf8)
    switch message {
    case .result(let id, let result, let providerMs):
      bytes.append(contentsOf: #""id":"#.utf8)
      JSONValue.integer(id.value).write(to: &bytes)
      bytes.append(contentsOf: #","result":"#.utf8)
      var object = result.json
      if let providerMs { object["providerMs"] = .integer(providerMs) }
      JSONValue.object(object).write(to: &bytes)
    case .error(let id, let error):
      bytes.append(contentsOf: #""id":"#.utf8)
      (id.map { JSONValue.integer($0.value) } ?? .null).write(to: &bytes)
      bytes.append(contentsOf: #","error":"#.utf8)
      error.json.write(to: &bytes)
    case .notification(let notification):
      bytes.append(contentsOf: #""method":""#.utf8)
      bytes.append(contentsOf: notification.method.rawValue.utf8)
      bytes.append(contentsOf: #"","params":"#.utf8)
      JSONValue.object(notification.params).write(to: &bytes)
    }
    bytes.append(UInt8(ascii: "}"))
    return bytes
  }
}

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
    guard let method = Method(name: name) else {
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

/// Reads the top-level member `id` of a text that the parser gave up on (too deep, a duplicate name, too many values, a
/// number beyond a double), so that the client learns which of its requests was refused. One pass, no recursion, no allocation.
enum RequestIDScanner {
  /// The id; nil when there is none, none that is accepted, or more than one.
  static func id(in text: [UInt8]) -> RequestID? {
    var depth = 0
    var position = 0
    var found: RequestID?
    while position < text.count {
      switch text[position] {
      case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
      case UInt8(ascii: "\""):
        let start = position + 1
        position = endOfString(in: text, from: start)
        if depth == 1, text[start..<position].elementsEqual("id".utf8), let value = valueAfterName(in: text, position) {
          guard found == nil, let id = integer(in: text, from: value) else { return nil }
          found = id
        }
      default: break
      }
      position += 1
    }
    return found
  }

  /// Where the closing quote stands; the end of the text when there is none.
  private static func endOfString(in text: [UInt8], from start: Int) -> Int {
    var position = start
    while position < text.count, text[position] != UInt8(ascii: "\"") {
      position += text[position] == UInt8(ascii: "\\") ? 2 : 1
    }
    return min(position, text.count)
  }

  /// Where the value begins, if a colon follows the string that ends at `quote`.
  private static func valueAfterName(in text: [UInt8], _ quote: Int) -> Int? {
    let colon = skipWhitespace(in: text, from: quote + 1)
    guard colon < text.count, text[colon] == UInt8(ascii: ":") else { return nil }
    return skipWhitespace(in: text, from: colon + 1)
  }

  private static func skipWhitespace(in text: [UInt8], from start: Int) -> Int {
    var position = start
    while position < text.count, [0x20, 0x09, 0x0A, 0x0D].contains(text[position]) { position += 1 }
    return position
  }

  /// An accepted id that ends at a comma, a bracket or white space.
  private static func integer(in text: [UInt8], from start: Int) -> RequestID? {
    var value: Int64 = 0
    var position = start
    while position < text.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(text[position]) {
      value = value * 10 + Int64(text[position] - UInt8(ascii: "0"))
      guard value <= RequestID.accepted.upperBound else { return nil }
      position += 1
    }
    guard position < text.count, text[start] != UInt8(ascii: "0"), value >= RequestID.accepted.lowerBound else {
      return nil
    }
    return [0x2C, 0x7D, 0x20, 0x09, 0x0A, 0x0D].contains(text[position]) ? RequestID(value) : nil
  }
}
