// Between bytes and messages: what a client's text message is.
import StrictJSON

/// Reads requests and writes server messages. Both are pure; `docs/protocol.md` is the specification.
public enum SignalingCodec {
  /// What one text message turned out to be.
  public enum Decoded: Sendable, Hashable {
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
    case .tooDeep: rule = "nested deeper than \(limits.depth) levels at byte \(error.offset)"
    case .tooManyValues: rule = "more than \(limits.values) values at byte \(error.offset)"
    case .duplicateKey: rule = "duplicate name at byte \(error.offset)"
    default: return .refused(nil, SignalingError(.parseError, "message: not JSON: \(error)"))
    }
    return .refused(RequestIDScanner.id(in: text), SignalingError(.invalidRequest, "message: \(rule)"))
  }
}
