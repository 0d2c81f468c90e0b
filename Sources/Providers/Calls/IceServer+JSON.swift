// Reads a provider's ICE servers.
import AvatarProvider
import SessionValues
import StrictJSON

extension IceServer {
  /// The most ICE servers, and the most URLs of one, that are passed on.
  public static let maximumCount = 32

  /// Reads a list of servers. An element is an object whose `urls` is a string or an array (W3C `RTCIceServer`), or
  /// just a URL. What has no URL is left out: one unreadable server should not cost the session.
  public static func list(from value: JSONValue?) -> [IceServer] {
    (value?.array ?? []).prefix(maximumCount).compactMap(IceServer.init(json:))
  }

  private init?(json: JSONValue) {
    let urls = Self.urls(json["urls"] ?? json)
    guard !urls.isEmpty else { return nil }
    self.init(urls: urls, username: json["username"]?.string, credential: json["credential"]?.string)
  }

  private static func urls(_ value: JSONValue) -> [String] {
    let urls = value.string.map { [$0] } ?? (value.array ?? []).compactMap(\.string)
    return Array(urls.filter { !$0.isEmpty }.prefix(maximumCount))
  }
}
