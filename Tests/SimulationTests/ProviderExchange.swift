// One call of a relay to a provider, and how far it came.
import MockProvider
import ProviderHTTP
import StrictJSON
import Timekeeping
import Transport

/// A request on its way to the mock, there, or its response on the way back.
struct ProviderExchange {
  enum Place {
    case outbound
    case atProvider
    case inbound(HTTPResponse)
    case over
  }
  /// What the relay that asked was told; a relay that was killed is told nothing.
  enum Told: Equatable {
    case nothing
    case status(Int)
    case failure(ProviderHTTPFailure.Code, neverSent: Bool)

    var isSuccess: Bool { if case .status(let status) = self { (200..<300).contains(status) } else { false } }
  }

  let number: Int
  /// The life of the relay that sent it.
  let life: Int
  let request: ProviderRequest
  let deadline: MonotonicInstant
  var place = Place.outbound
  /// What the mock answered; 0 where it dropped the connection, nil where the request never came there.
  var status: Int?
  var reply: [UInt8] = []
  var told = Told.nothing
  /// How many calls had been sent when the relay was told; nil until it is.
  var sentWhenTold: Int?

  init(number: Int, life: Int, request: ProviderRequest, deadline: MonotonicInstant) {
    self.number = number
    self.life = life
    self.request = request
    self.deadline = deadline
  }

  /// Without the authority, which is nowhere.
  var path: String { String(request.url.dropFirst(ProviderNetwork.baseURL.count)) }
  var isCreation: Bool { path.hasSuffix("/streams") || path == "/v1/streaming.new" }

  /// The provider's session that the call is about, with the life of the relay that calls; nil for what is about none.
  var session: String? {
    let parts = path.split(separator: "/")
    if let streams = parts.firstIndex(of: "streams") {
      return parts.indices.contains(streams + 1) ? "\(life) \(parts[streams + 1])" : nil
    }
    return (try? JSONParser.parse(request.body))?["session_id"]?.string.map { "\(life) \($0)" }
  }
  var isDescription: Bool { path.hasSuffix("/sdp") || path.hasSuffix("streaming.start") }
  var isInterruption: Bool { path.hasSuffix("streaming.interrupt") }

  /// D-ID's end of candidates may be told as often as a client says it.
  var isEndOfCandidates: Bool {
    guard path.hasSuffix("/ice"), let body = try? JSONParser.parse(request.body) else { return false }
    return body["candidate"] == nil
  }

  /// The foundation of the candidate that is told, as `candidate:7`.
  var candidate: String? {
    guard path.contains("ice"), let body = try? JSONParser.parse(request.body) else { return nil }
    let text = body["candidate"]?.string ?? body["candidate"]?["candidate"]?.string
    return text.map { String($0.prefix { $0 != " " }) }
  }

  /// The talk's text, where one is asked for.
  var words: String? {
    guard let body = try? JSONParser.parse(request.body) else { return nil }
    return body["script"]?["input"]?.string ?? body["text"]?.string
  }

  /// The provider's id of the session that the mock created.
  var created: String? {
    guard isCreation, let body = try? JSONParser.parse(reply) else { return nil }
    return body["id"]?.string ?? body["data"]?["session_id"]?.string
  }
}
