// Passes calls of a vendor's API on that belong to no session of the relay, where the operator lets it.
import AvatarProvider
import ProviderCalls
import Relay
import Signaling
import Transport
import Wire

/// The calls that the operator lists in `passthrough.calls`. Each that may cost money counts as a talk. Lives on the event
/// loop.
actor OtherCalls {
  /// Most calls at once.
  static let maximumCalls = 64

  private let loop: EventLoop
  private let registry: SessionRegistry
  private let providers: [any PassingProvider]
  private let allowed: [AllowedCall]
  private var running = 0

  nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

  init(loop: EventLoop, registry: SessionRegistry, providers: [any AvatarProvider], allowed: [AllowedCall]) {
    self.loop = loop
    self.registry = registry
    self.providers = providers.compactMap { $0 as? any PassingProvider }
    self.allowed = allowed
  }

  /// Makes a call with the operator's key, and returns the vendor's answer.
  /// - Parameter path: its segments after the provider's.
  /// - Throws: why it is not made.
  func carryOut(
    _ request: HTTPRequest, _ path: [String], _ dialect: any VendorDialect, _ caller: PassThroughCaller,
    from address: String
  ) async throws(SignalingError) -> HTTPResponse {
    guard allowed.contains(where: { $0.matches(request.method, [dialect.provider] + path) }),
      let provider = providers.first(where: { $0.id.rawValue == dialect.provider })
    else { throw SignalingError(.methodNotFound, "the relay does not pass this call on") }
    guard running < Self.maximumCalls else {
      throw SignalingError(.requestOverload, "too many calls at once", retryAfterMs: 1000)
    }
    running += 1
    defer { running -= 1 }
    let subject = caller.permit.map { Subject.token($0.subject) } ?? .address(address)
    let isBilled = request.method != "GET" && request.method != "DELETE"
    let avatar = dialect.avatar(in: path)
    try await registry.admitCall(at: provider.id, avatar: avatar, isBilled: isBilled, permit: caller.permit, subject)
    let call = PassedCall(
      method: request.method, path: path, query: request.query, contentType: request.headers["Content-Type"],
      body: request.body)
    do throws(ProviderFailure) { return HTTPResponse(try await provider.pass(call)) } catch {
      throw SignalingError(error)
    }
  }
}
