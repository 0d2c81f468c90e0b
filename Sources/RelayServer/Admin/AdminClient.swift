// Asks a running relay what the operator wants to know, or to have done.
import Basics
import ProviderHTTP
import Signaling
import StrictJSON
import Transport

/// The other side of the admin listener, for `avatar-relay sessions`.
public struct AdminClient: Sendable {
  /// How long the relay may take to answer.
  static let timeout = Duration.seconds(10)

  private let client: HTTPClient
  private let base: String
  private let key: Secret?

  /// - Throws: ``ConfigurationError`` when the key cannot be read.
  public init(
    _ settings: AdminSettings, on loop: EventLoop, readFile: (String) throws -> [UInt8]
  ) async throws(ConfigurationError) {
    key = try settings.key(readFile: readFile)
    var configuration = HTTPClientConfiguration()
    switch settings.address {
    case .unix(let path):
      configuration.unixSocket = path
      base = "http://localhost"
    case .tcp(let host, let port): base = "http://\(HostName.authority(host, port: port))"
    }
    do { client = try await HTTPClient.start(configuration, on: loop) } catch {
      throw ConfigurationError(.refusedBySystem, "the relay cannot be called: \(error.detail)")
    }
  }

  /// The relay's answer to `GET /sessions`.
  public func sessions() async throws(ConfigurationError) -> JSONValue { try await call("GET", "/sessions") }

  /// Ends one session.
  public func end(_ session: String) async throws(ConfigurationError) -> JSONValue {
    // An id is all that belongs in the path; anything else could name another one.
    guard !session.isEmpty, session.utf8.allSatisfy(Base64URL.isCharacter) else {
      throw ConfigurationError(.invalidValue, "that is no session's id")
    }
    return try await call("DELETE", "/sessions/\(session)")
  }

  /// Ends all sessions and lets none be opened.
  public func endAll() async throws(ConfigurationError) -> JSONValue { try await call("DELETE", "/sessions") }

  /// Lets sessions be opened, or not.
  public func admit(_ open: Bool) async throws(ConfigurationError) -> JSONValue {
    try await call("POST", "/admission", ["open": .bool(open)])
  }

  private func call(
    _ method: String, _ path: String, _ body: JSONObject? = nil
  ) async throws(ConfigurationError) -> JSONValue {
    var request = ProviderRequest(method: method, url: base + path, repeatability: .once, timeout: Self.timeout)
    if let key { key.reveal { request.headers.append((name: "Authorization", value: "Bearer \($0)")) } }
    if let body {
      request.headers.append((name: "Content-Type", value: "application/json"))
      request.body = Array(JSONValue.object(body).text.utf8)
    }
    let response: ProviderResponse
    do { response = try await client.send(request) } catch {
      throw ConfigurationError(.refusedBySystem, "no relay answers at admin.listen (\(error.code.rawValue))")
    }
    switch response.status {
    case 200: break
    case 401: throw ConfigurationError(.refusedBySystem, "the relay has another key than admin.key-file")
    case 404: throw ConfigurationError(.invalidValue, "the relay has no such session")
    default: throw ConfigurationError(.refusedBySystem, "the relay answers with status \(response.status)")
    }
    guard let answer = try? JSONParser.parse(response.body) else {
      throw ConfigurationError(.refusedBySystem, "what answers at admin.listen is no relay")
    }
    return answer
  }
}
