// Recognises a message of D-ID's WebSocket as one of its calls, and writes the message that answers it.
import Basics
import StrictJSON
import Wire

/// `{"type": …, "payload": {…}}` (de-id/live-streaming-demo, `streaming-client-api-ws.js`, 2025-02 to 2026-01).
struct DIDMessage: Sendable {
  enum Kind: String {
    case initStream = "init-stream"
    case sdp
    case ice
    case streamText = "stream-text"
    case streamAudio = "stream-audio"
    case deleteStream = "delete-stream"

    var call: CallName {
      switch self {
      case .initStream: .didCreate
      case .sdp: .didSDP
      case .ice: .didIce
      case .streamText: .didStreamText
      case .streamAudio: .didStreamAudio
      case .deleteStream: .didDelete
      }
    }
  }

  /// What D-ID's HTTP API says by its path.
  enum Presenter: String {
    case talk, clip

    var contract: String { self == .talk ? "talks" : "clips" }
  }

  /// Why a message is no call; holds nothing of it.
  struct Mistake: Error {
    let note: String
  }

  /// Sound is sent as a list of numbers, one for each byte.
  static let limits = JSONParser.Limits(values: DIDPart.mostSamples + 1000)

  let kind: Kind
  let presenter: Presenter?
  /// Calls about the answer and its candidates go without.
  let streamID: String?
  /// What the same call has for a body over HTTP.
  let body: JSONValue
  /// The message as the journal shows it: of sound the length only.
  let shown: [UInt8]

  init(_ text: [UInt8]) throws(Mistake) {
    let json: JSONValue
    do throws(JSONSyntaxError) { json = try JSONParser.parse(text, limits: Self.limits) } catch {
      throw Mistake(note: "the message is not JSON: \(error)")
    }
    guard let type = json["type"]?.string, let kind = Kind(rawValue: type) else {
      throw Mistake(note: "the message has none of the types that are known")
    }
    guard var payload = json["payload"]?.object else { throw Mistake(note: "payload is no object") }
    self.kind = kind
    shown = kind == .streamAudio ? Self.withoutSound(type, payload).serialized : text
    presenter = payload["presenter_type"]?.string.flatMap(Presenter.init)
    // Another one stays, and is refused as every member is that the call does not have.
    if presenter != nil { payload["presenter_type"] = nil }
    streamID = payload["stream_id"]?.string
    payload["stream_id"] = nil
    body = .object(payload)
  }

  private static func withoutSound(_ type: String, _ payload: JSONObject) -> JSONValue {
    var payload = payload
    if var script = payload["script"]?.object, let samples = script["input"]?.array {
      script["input"] = ["bytes": .integer(Int64(samples.count))]
      payload["script"] = .object(script)
    }
    return ["type": .string(type), "payload": .object(payload)]
  }

  /// The contract of a call that names no stream which is known.
  var contract: String {
    (presenter ?? (kind == .initStream && body["presenter_id"] != nil ? .clip : .talk)).contract
  }

  /// The message that answers it: what HTTP answers with, and `messageType`.
  func reply(_ response: HTTPResponse) -> [UInt8] {
    var reply: JSONObject = ["messageType": .string(kind.rawValue)]
    for member in (try? JSONParser.parse(response.body))?.object?.members ?? [] { reply[member.name] = member.value }
    return JSONValue.object(reply).serialized
  }
}

extension VendorCall {
  /// A call that came as a message.
  /// - Parameters:
  ///   - stream: the stream that it is about, if that is known.
  ///   - contract: the one of that stream, or the one that the message is of.
  init(_ message: DIDMessage, _ headers: HTTPHeaders, stream: String?, contract: String, at now: MonotonicInstant) {
    self.init(
      message.kind.call, values: stream.map { ["id": $0] } ?? [:], prefix: contract, headers: headers,
      body: message.body, at: now)
  }
}
