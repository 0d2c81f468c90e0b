// Opens D-ID's notifications sockets, on which clients of agents are told what happens, with the operator's key.
import AvatarProvider
import Basics
import ProviderCalls
import ProviderHTTP

/// D-ID's notifications (de-id/agents-sdk, `services/socket-manager`): `wss://notifications.d-id.com?authorization=…`, where the key has the id
/// of a client's connection behind it. What the client's calls cause is told to the sockets with the same id.
public struct DIDNotifications: Sendable {
  /// How long a handshake may take.
  private static let timeout = Duration.seconds(10)

  private let url: String
  private let requests: DIDRequests
  private let sockets: any ProviderSocketClient

  /// Makes what opens the sockets.
  /// - Parameters:
  ///   - configuration: with the key.
  ///   - url: `wss` or `ws`, without a query.
  /// - Returns: nil for a client key: its form leaves no place for the ids of several connections, so that each would hear
  ///   what is for others.
  public init?(_ configuration: DIDProvider.Configuration, url: String, sockets: any ProviderSocketClient) {
    let isClientKey = configuration.key.reveal { $0.trimmingWhitespace().lowercased().hasPrefix("client-key ") }
    guard !isClientKey else { return nil }
    self.url = url
    self.sockets = sockets
    requests = DIDRequests(configuration: configuration)
  }

  /// Opens a socket.
  /// - Parameters:
  ///   - connection: the id that its client's calls have, too.
  ///   - handler: is told what comes, without the key where that is quoted.
  /// - Throws: `.unauthorized`, `.unreachable` or `.unavailable`; no message was sent then.
  public func open(
    for connection: String, _ handler: any ProviderSocketHandler
  ) async throws(ProviderFailure) -> any ProviderSocket {
    let authorization = try requests.authorization(of: connection)
    let request = ProviderRequest(
      method: "GET", url: url, headers: [(name: "Authorization", value: authorization)], repeatability: .once,
      timeout: Self.timeout)
    let opening: ProviderSocketOpening
    do {
      opening = try await sockets.openSocket(
        to: url + "?authorization=" + BaseURL.encoded(authorization), timeout: Self.timeout,
        ClearingHandler(credentials: QuotedCredentials(of: request), handler: handler))
    } catch {
      throw ProviderFailure(.unreachable, "D-ID's notifications cannot be reached (\(error.code.rawValue)).")
    }
    switch opening {
    case .open(let socket): return socket
    case .refused(let status):
      let isOurs = status == 401 || status == 403
      throw ProviderFailure(
        isOurs ? .unauthorized : .unavailable, "D-ID refused the handshake of notifications.", vendor: .init(status: status))
    }
  }

  /// Takes the key out of what is told.
  private struct ClearingHandler: ProviderSocketHandler {
    let credentials: QuotedCredentials
    let handler: any ProviderSocketHandler

    func received(_ text: [UInt8], on socket: UInt64) { handler.received(credentials.removed(from: text), on: socket) }
    func closed(_ socket: UInt64, code: UInt16, written: Int) { handler.closed(socket, code: code, written: written) }
  }
}
