// Makes HeyGen's streaming API v1 a provider of the relay.
import AvatarProvider
import Basics
import ProviderCalls
import ProviderHTTP
import SessionValues
import StrictJSON

/// Speaks HeyGen's `/v1/streaming.*`: raw WebRTC, or a room where the client asks for `version: "v2"`.
///
/// Sources: the vendor's guide "Use Streaming Avatar in 5 Steps", docs.heygen.com reference, the official demo
/// (HeyGen-Official/StreamingAvatar) and SDK (HeyGen-Official/StreamingAvatarSDK 1.0.15 of 2024-07), and public
/// captures of 2024-08 and 2025-02.
public struct HeyGenProvider: AvatarProvider {
  public let id: ProviderID = "heygen"

  /// HeyGen opens the data channel and sends JSON in binary frames (SDK 1.0.15, `StreamingAvatarApi.ts`).
  public let traits = ProviderTraits(
    negotiation: .providerOffers,
    trickle: .init(fromClient: true, endOfCandidates: false, fromProvider: false),
    dataChannel: .init(openedBy: .provider, label: nil, frames: .binary),
    capabilities: .init(interrupt: .relay, extend: true, ssml: false, audio: false),
    // Each candidate is sent from the browser's event, whatever is on its way (guide, step 3). Tasks are spoken in the order in which they arrive, so the next
    // one waits for the answer to the one before it, which may come only after the speech (`task_mode` sync).
    lanes: .init(candidates: .together, talks: .oneByOne),
    textLength: TextLength(.bytes, 1...Configuration.maximumTextBytes),
    listsSessions: true)

  private let configuration: Configuration
  private let runner: CallRunner
  private let requests: HeyGenRequests

  /// Makes the adapter. It holds no session.
  /// - Parameters:
  ///   - clock: measures the pauses between attempts.
  ///   - jitter: spreads those pauses.
  public init(
    configuration: Configuration, client: any ProviderHTTPClient, clock: any MonotonicClock, jitter: Jitter = .random
  ) {
    self.configuration = configuration
    self.runner = CallRunner(
      provider: HeyGenFailures.provider, client: client, clock: clock, policy: configuration.retry, jitter: jitter)
    self.requests = HeyGenRequests(configuration: configuration)
  }

  public func plan(_ request: OpenRequest) throws(ProviderFailure) -> SessionPlan {
    try SessionPlan(heyGen: request, configuration)
  }

  public func open(_ plan: SessionPlan) async throws(ProviderFailure) -> ProviderSession {
    let token = try await sessionToken()
    let creation = try requests.new(plan, token: token)
    let response = try await runner.runForClient(creation)
    do throws(ProviderFailure) {
      let session = try HeyGenCreatedSession(try HeyGenReply.data(of: response, to: creation, at: .opening))
      let handle = session.handle(token: token)
      if case .room = session.grant {
        let start = try requests.startRoom(handle)
        _ = try HeyGenReply.data(of: try await runner.run(start), to: start, at: .inSession)
      }
      return ProviderSession(
        handle: handle, grant: session.grant, idleLimit: plan.idleLimit,
        lifetime: session.durationLimit ?? configuration.lifetime)
    } catch {
      throw await abandon(response, token: token, because: error)
    }
  }

  public func describe(
    _ description: SessionDescription, in session: SessionHandle
  ) async throws(ProviderFailure) -> SessionDescription? {
    guard description.kind == .answer else {
      throw ProviderFailure(.rejected, "HeyGen makes the offer; an answer is expected.")
    }
    try refuseRoom(session)
    _ = try await call(requests.start(description, in: session))
    return nil
  }

  /// HeyGen has no call for the end of candidates, so nothing is sent for it.
  public func add(_ candidate: IceCandidate?, in session: SessionHandle) async throws(ProviderFailure) {
    try refuseRoom(session)
    guard let candidate, !candidate.candidate.isEmpty else { return }
    _ = try await call(requests.candidate(candidate, in: session))
  }

  public func speak(_ script: Script, in session: SessionHandle) async throws(ProviderFailure) -> Talk {
    let data = try await call(requests.task(script, in: session))
    let duration = Duration(nonzero: data["duration_ms"], unitsPerSecond: 1000)
    return Talk(id: data["task_id"]?.identifier, duration: duration)
  }

  /// HeyGen cuts off whatever is being said; it cannot be told which talk.
  public func interrupt(
    talk: String?, in session: SessionHandle
  ) async throws(ProviderFailure) -> Interruption {
    _ = try await call(requests.interrupt(session))
    return .done
  }

  public func extend(_ session: SessionHandle) async throws(ProviderFailure) {
    _ = try await call(requests.keepAlive(session))
  }

  /// A session whose token is no longer taken (code 401056) is stopped with the key: better than one that nobody ends.
  public func close(_ session: SessionHandle) async throws(ProviderFailure) {
    do {
      try await stop(session)
    } catch  where error.code == .unauthorized && !session.routing.isEmpty {
      var session = session
      session.routing = ""
      try await stop(session)
    }
  }

  private func stop(_ session: SessionHandle) async throws(ProviderFailure) {
    let request = try requests.stop(session)
    let response = try await runner.runForClient(request)
    do {
      _ = try HeyGenReply.data(of: response, to: request, at: .inSession)
    } catch  where error.code == .sessionGone {
      // It is gone, which is all that was wanted.
    } catch  where error.code == .malformedReply && (200..<300).contains(response.status) {
      // Stopped: only the reply is not of the shape that the reference gives, and nothing is read from it.
    }
  }

  public func event(fromDataChannel message: String) -> ProviderEvent? { HeyGenChannelMessage.event(message) }
}

extension HeyGenProvider {
  /// Always asked with the key: a session token knows only its own session.
  public func openSessions() async throws(ProviderFailure) -> SessionList {
    let request = try requests.list()
    return try await HeyGenReply.list(of: try await runner.run(request), to: request)
  }

  /// Makes a call on an open session, in the words of a client that has its own.
  private func call(_ request: ProviderRequest) async throws(ProviderFailure) -> JSONValue {
    let request = request.inTheClientsWords
    return try HeyGenReply.data(of: try await runner.runForClient(request), to: request, at: .inSession)
  }

  /// A token for one session; nil where calls are made with the key itself.
  private func sessionToken() async throws(ProviderFailure) -> String? {
    switch configuration.authentication {
    case .apiKey: return nil
    case .sessionToken:
      let request = try requests.createToken()
      do throws(ProviderFailure) {
        return try HeyGenReply.token(of: try await runner.run(request), to: request)
      } catch  where error.code == .fateUnknown {
        // It was asked for again and again, and no session was asked for yet.
        throw ProviderFailure(
          .unavailable, "HeyGen gave no session token, so no session was asked for.", retryAfter: error.retryAfter,
          vendor: error.vendor)
      } catch { throw error.leaving(.nothing) }
    }
  }

  private func refuseRoom(_ session: SessionHandle) throws(ProviderFailure) {
    guard session.contract != HeyGenCreatedSession.roomContract else {
      throw ProviderFailure(.notSupported, "This session's media is in a room, which negotiates by itself.")
    }
  }

  /// Stops a session that cannot be used; it may be billed all the same.
  /// - Returns: the failure, with what is left of the session: the reply may not even have its name.
  private func abandon(
    _ response: ProviderResponse, token: String?, because failure: ProviderFailure
  ) async -> ProviderFailure {
    guard let handle = HeyGenCreatedSession.remains(of: response, token: token) else { return failure }
    do throws(ProviderFailure) { try await close(handle) } catch { return failure.leaving(.session(handle)) }
    return failure.leaving(.nothing)
  }
}

extension HeyGenProvider: PassingProvider {
  public func pass(_ call: PassedCall) async throws(ProviderFailure) -> VerbatimReply {
    try await runner.pass(
      call, to: BaseURL(configuration.baseURL), authentication: requests.authentication(token: nil),
      timeout: configuration.timeouts.speak)
  }
}

extension HeyGenProvider {
  /// The settings of the adapter.
  public struct Configuration: Sendable {
    /// How long each call may take.
    public typealias Timeouts = CallTimeouts
    /// How often a call that may be repeated is tried.
    public typealias Retry = RetryPolicy

    /// By what a session's calls are authenticated.
    public enum Authentication: String, Sendable, Hashable, CaseIterable {
      /// `X-Api-Key` in every call.
      case apiKey
      /// A token for each session, made with the key and used as `Authorization: Bearer` by all calls of that session
      /// (docs.heygen.com/reference/create-session-token: one token, one session).
      case sessionToken
    }

    /// The longest text of one talk in bytes. HeyGen states none; this is the relay's own.
    static let maximumTextBytes = 40_000

    /// Which `activity_idle_timeout` HeyGen takes (docs.heygen.com/reference/new-session).
    public static let idleLimits: ClosedRange<Duration> = .seconds(30)...(.seconds(3600))

    /// Where the API is: HeyGen, a mock, or a proxy.
    public var baseURL: String
    /// The account's key.
    public var key: Secret
    /// By what a session's calls are authenticated.
    public var authentication: Authentication
    /// The silence after which HeyGen is told to end a session; brought within ``idleLimits`` and sent with each new
    /// session, since the vendor's own default changed from 3 to 2 minutes over time.
    public var idleLimit: Duration
    /// How long a session may live, where HeyGen's reply does not say.
    public var lifetime: Duration?
    /// The avatar of sessions for which the client names none; nil for HeyGen's own default.
    public var defaultAvatar: String?
    /// Options that are let through although ``HeyGenOptions`` does not list them; none by default.
    public var extraOptions = ExtraOptions(setting: "heygen.extra-options", names: [])
    /// How long each call may take.
    public var timeouts: Timeouts
    /// How often a call that may be repeated is tried.
    public var retry: Retry

    /// The defaults are those of the vendor's own service.
    public init(
      baseURL: String = "https://api.heygen.com", key: Secret, authentication: Authentication = .apiKey,
      idleLimit: Duration = .seconds(180), lifetime: Duration? = nil, defaultAvatar: String? = nil,
      timeouts: Timeouts = Timeouts(), retry: Retry = Retry()
    ) {
      self.baseURL = baseURL
      self.key = key
      self.authentication = authentication
      self.idleLimit = min(max(idleLimit, Self.idleLimits.lowerBound), Self.idleLimits.upperBound)
      self.lifetime = lifetime
      self.defaultAvatar = defaultAvatar
      self.timeouts = timeouts
      self.retry = retry
    }
  }
}
