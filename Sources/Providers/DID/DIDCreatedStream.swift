// Reads D-ID's reply to a new stream.
import AvatarProvider
import ProviderCalls
import ProviderHTTP
import SessionValues
import StrictJSON

/// What D-ID says of a stream that it opened.
struct DIDCreatedStream {
  let id: String
  /// The text of a load balancer's cookie, with spaces, `;` and `=`; it goes back exactly as it came.
  let sessionID: String
  let offer: SessionDescription
  let iceServers: [IceServer]
  /// True when talks can be cut off by a message on the data channel.
  let isInterruptible: Bool

  /// Reads the reply. The offer stands under `offer` (every client) or `jsep` (OpenAPI of 2023-12).
  /// - Throws: `.malformedReply` that names the first thing missing.
  init(_ response: ProviderResponse) throws(ProviderFailure) {
    guard let reply = try? JSONParser.parse(response.body) else { throw Self.malformed("it is not JSON", response) }
    guard let id = reply["id"]?.string, BaseURL.isSegment(id) else { throw Self.malformed("no id", response) }
    guard let sessionID = reply["session_id"]?.string, !sessionID.isEmpty else {
      throw Self.malformed("no session_id", response)
    }
    guard let offer = SessionDescription(offer: reply["offer"]) ?? SessionDescription(offer: reply["jsep"]) else {
      throw Self.malformed("no offer", response)
    }
    self.id = id
    self.sessionID = sessionID
    self.offer = offer
    iceServers = IceServer.list(from: reply["ice_servers"])
    isInterruptible = reply["fluent"] == true && reply["interrupt_enabled"] == true
  }

  /// The name of a stream whose reply is otherwise unusable, so that it can be ended; nil if there is not even an id.
  static func remains(of response: ProviderResponse, _ plan: SessionPlan) -> SessionHandle? {
    guard let reply = try? JSONParser.parse(response.body), let id = reply["id"]?.string, BaseURL.isSegment(id) else {
      return nil
    }
    return .init(id: id, routing: reply["session_id"]?.string ?? "", contract: plan.contract)
  }

  private static func malformed(_ what: String, _ response: ProviderResponse) -> ProviderFailure {
    ProviderFailure(
      .malformedReply, "D-ID's reply to a new stream cannot be used: \(what).", vendor: .init(status: response.status))
  }
}
