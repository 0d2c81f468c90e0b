// Reads HeyGen's reply to a new session.
import AvatarProvider
import ProviderCalls
import ProviderHTTP
import SessionValues
import StrictJSON

/// What HeyGen says of a session that it opened.
struct HeyGenCreatedSession {
  private static let peerContract = "v1"
  /// The contract of sessions whose media is in a room.
  static let roomContract = "v2"

  let id: String
  let grant: MediaGrant
  /// How long the session may live in all (`session_duration_limit`, in seconds); nil where HeyGen does not say, or
  /// says 0: no limit.
  let durationLimit: Duration?

  /// Reads the data of the reply: an offer, or with `version: "v2"` a room.
  /// - Throws: `.malformedReply` that names what is missing.
  init(_ data: JSONValue) throws(ProviderFailure) {
    guard let id = data["session_id"]?.string, !id.isEmpty else { throw Self.malformed("no session_id") }
    self.id = id
    if let offer = SessionDescription(offer: data["sdp"]) {
      grant = .offer(offer, iceServers: Self.iceServers(data))
    } else if let url = data["url"]?.string, let token = data["access_token"]?.string, !url.isEmpty, !token.isEmpty {
      grant = .room(url: url, token: token)
    } else {
      throw Self.malformed("neither an offer nor a room")
    }
    durationLimit = Duration(nonzero: data["session_duration_limit"], unitsPerSecond: 1)
  }

  /// `ice_servers2` holds whole servers; `ice_servers` held URLs only and was null later (captures of 2024-08,
  /// 2025-02).
  private static func iceServers(_ data: JSONValue) -> [IceServer] {
    let servers = IceServer.list(from: data["ice_servers2"])
    return servers.isEmpty ? IceServer.list(from: data["ice_servers"]) : servers
  }

  /// The session's name for later calls.
  /// - Parameter token: what they are authenticated by; nil for the key.
  func handle(token: String?) -> SessionHandle {
    let contract = if case .room = grant { Self.roomContract } else { Self.peerContract }
    return .init(id: id, routing: token ?? "", contract: contract)
  }

  /// The name of a session that is known by its id only.
  static func handle(ofListed id: String) -> SessionHandle { .init(id: id, contract: peerContract) }

  /// The name of a session whose reply is otherwise unusable, so that it can be stopped; nil if there is none.
  static func remains(of response: ProviderResponse, token: String?) -> SessionHandle? {
    guard (200..<300).contains(response.status), let body = try? JSONParser.parse(response.body),
      let id = body["data"]?["session_id"]?.string, !id.isEmpty
    else { return nil }
    return .init(id: id, routing: token ?? "", contract: peerContract)
  }

  private static func malformed(_ what: String) -> ProviderFailure {
    ProviderFailure(
      .malformedReply, "HeyGen's reply to a new session cannot be used: \(what).", vendor: .init(status: 200))
  }
}
