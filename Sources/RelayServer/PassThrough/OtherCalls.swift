// Passes calls of a vendor's API on that change no session of the relay, where the operator lets it.
import AvatarProvider
import Basics
import ProviderCalls
import Relay
import Signaling
import Transport
import Wire

/// The calls that the operator lists in `passthrough.calls`. Each that may cost money counts as a talk, and each caller may
/// make as many in a second as a connection may send messages. Lives on the event loop.
actor OtherCalls {
  /// Most calls at once. Each may hold an answer of ``CallRunner/maximumPassedReplyBytes``.
  static let maximumCalls = 64
  /// Most of them of one caller.
  static let maximumCallsPerCaller = 8
  /// Most callers whose calls of the last seconds are remembered.
  static let maximumCallers = 10_000

  private let loop: EventLoop
  private let registry: SessionRegistry
  private let providers: [any PassingProvider]
  private let allowed: [AllowedCall]
  private let limits: ConnectionLimits
  private let clock: any MonotonicClock
  private var recent: SubjectAccounts<TokenBucket>
  private var running = 0
  private var runningFor = Tally<Subject>()

  nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

  init(
    loop: EventLoop, registry: SessionRegistry, providers: [any AvatarProvider], allowed: [AllowedCall],
    limits: ConnectionLimits, clock: any MonotonicClock
  ) {
    self.loop = loop
    self.registry = registry
    self.providers = providers.compactMap { $0 as? any PassingProvider }
    self.allowed = allowed
    self.limits = limits
    self.clock = clock
    recent = SubjectAccounts(limit: Self.maximumCallers, at: clock.now)
  }

  /// Whether a caller may make a call at all, whatever it costs.
  /// - Parameter path: its segments after the provider's.
  func admit(
    _ method: String, _ path: [String], _ dialect: any VendorDialect, _ caller: PassThroughCaller
  ) async throws(SignalingError) { _ = try await provider(method, path, dialect, caller, isBilled: false) }

  private func provider(
    _ method: String, _ path: [String], _ dialect: any VendorDialect, _ caller: PassThroughCaller, isBilled: Bool
  ) async throws(SignalingError) -> any PassingProvider {
    guard allowed.contains(where: { $0.matches(method, [dialect.provider] + path) }),
      let provider = providers.first(where: { $0.id.rawValue == dialect.provider })
    else { throw SignalingError(.methodNotFound, "the relay does not pass this call on") }
    try await registry.admitCall(
      at: provider.id, avatar: dialect.avatar(in: path), isBilled: isBilled, permit: caller.permit, caller.subject)
    return provider
  }

  /// Makes a call with the operator's key, and returns the vendor's answer.
  /// - Parameter path: its segments after the provider's.
  /// - Throws: why it is not made.
  func carryOut(
    _ request: HTTPRequest, _ path: [String], _ dialect: any VendorDialect, _ caller: PassThroughCaller
  ) async throws(SignalingError) -> HTTPResponse {
    try begin(for: caller.subject)
    defer { end(for: caller.subject) }
    let provider = try await provider(
      request.method, path, dialect, caller, isBilled: !dialect.isFree(request.method, path))
    let words = PageWords(request, dialect, caller)
    let call = PassedCall(
      method: request.method, path: path, query: request.query, contentType: request.headers["Content-Type"],
      body: words.body, details: words.details)
    let asked = clock.now
    do throws(ProviderFailure) {
      let reply = try await provider.pass(call)
      await registry.noteTime(of: .other, at: provider.id, since: asked)
      return HTTPResponse(reply)
    } catch {
      await registry.noteTime(of: .other, at: provider.id, since: asked, error)
      throw SignalingError(error)
    }
  }

  private func begin(for subject: Subject) throws(SignalingError) {
    guard running < Self.maximumCalls, runningFor[subject] < Self.maximumCallsPerCaller else {
      throw SignalingError(.requestOverload, "too many calls at once", retryAfterMs: 1000)
    }
    try count(for: subject)
    running += 1
    runningFor.add(1, to: subject)
  }

  /// Counts a call of a caller.
  /// - Throws: `request.rate` for more calls than a connection may send messages.
  func count(for subject: Subject) throws(SignalingError) {
    let now = clock.now
    guard var own = recent[subject] ?? limits.messages(at: now) else { return }
    let wait = own.take(at: now)
    guard wait == .zero else { throw ConnectionLimits.exceeded(by: "calls", retryAfter: wait) }
    try recent.remember(own, of: subject, at: now)
  }

  private func end(for subject: Subject) {
    running -= 1
    runningFor.add(-1, to: subject)
  }
}
