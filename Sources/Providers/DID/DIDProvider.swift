// Makes D-ID's streams API, over HTTP or over its WebSocket, a provider of the relay.
import AvatarProvider
import Basics
import ProviderCalls
import ProviderHTTP
import SessionValues
import StrictJSON

/// Speaks D-ID's `/talks/streams`, `/clips/streams` and `/agents/{id}/streams`: five calls under three prefixes. Over the WebSocket
/// (``DIDSocketClient``) there are talks and clips; a whole text goes there as a part and its end, and recordings cannot.
///
/// Sources: the vendor's Live Streaming quick guide, docs.d-id.com reference (OpenAPI of 2023-12), the official demo
/// (de-id/live-streaming-demo of 2026-01) and client SDK (de-id/agents-sdk of 2026-08).
public struct DIDProvider: AvatarProvider {
  public var id: ProviderID { configuration.id }

  /// The page opens the data channel and gives it Janus's default label; frames are text (official demo and SDK).
  public let traits: ProviderTraits

  private let configuration: Configuration
  private let runner: CallRunner
  private let requests: DIDRequests
  private let millisecondsSinceEpoch: @Sendable () -> Int64

  /// Makes the adapter. It holds no session.
  /// - Parameters:
  ///   - clock: measures the pauses between attempts.
  ///   - jitter: spreads those pauses.
  ///   - millisecondsSinceEpoch: the wall clock, which D-ID wants to see in an interruption.
  public init(
    configuration: Configuration, client: any ProviderHTTPClient, clock: any MonotonicClock, jitter: Jitter = .random,
    millisecondsSinceEpoch: @escaping @Sendable () -> Int64
  ) {
    self.configuration = configuration
    traits = ProviderTraits(
      negotiation: .providerOffers,
      trickle: .init(fromClient: true, endOfCandidates: true, fromProvider: false),
      dataChannel: .init(openedBy: .client, label: "JanusDataChannel", frames: .text),
      capabilities: .init(
        interrupt: .none, parts: configuration.transport == .http ? .joined : .native, extend: false, ssml: true,
        audio: configuration.transport == .http),
      // Each candidate is sent from the browser's event, whatever is on its way (quick guide, step 3). A talk that is not
      // acknowledged yet could be overtaken by the next one.
      lanes: .init(candidates: .together, talks: .oneByOne),
      textLength: TextLength(.utf16, DIDOptions.textLength))
    self.runner = CallRunner(
      provider: DIDFailures.provider, client: client, clock: clock, policy: configuration.retry, jitter: jitter)
    self.requests = DIDRequests(configuration: configuration)
    self.millisecondsSinceEpoch = millisecondsSinceEpoch
  }

  public func plan(_ request: OpenRequest) throws(ProviderFailure) -> SessionPlan {
    let plan = try SessionPlan(did: request, configuration)
    if configuration.transport != .http, DIDStreamContract(plan.contract).kind == .agent {
      throw ProviderFailure(.notSupported, "D-ID's WebSocket has no streams of agents; did.transport http has.")
    }
    return plan
  }

  public func open(_ plan: SessionPlan) async throws(ProviderFailure) -> ProviderSession {
    let call = try requests.create(plan)
    let response = try await send(call, at: .opening)
    do {
      let stream = try DIDCreatedStream(response)
      return session(of: stream, plan)
    } catch {
      throw await abandon(response, plan, because: error)
    }
  }

  public func describe(
    _ description: SessionDescription, in session: SessionHandle
  ) async throws(ProviderFailure) -> SessionDescription? {
    guard description.kind == .answer else {
      throw ProviderFailure(.rejected, "D-ID makes the offer; an answer is expected.")
    }
    _ = try await sendInSession(requests.answer(description, in: session))
    return nil
  }

  public func add(_ candidate: IceCandidate?, in session: SessionHandle) async throws(ProviderFailure) {
    _ = try await sendInSession(requests.candidate(candidate, in: session))
  }

  public func speak(_ script: Script, in session: SessionHandle) async throws(ProviderFailure) -> Talk {
    guard case .webSocket = configuration.transport else {
      return try DIDTalk.read(try await sendInSession(requests.speak(script, in: session)))
    }
    let (text, end) = try requests.parts(script, in: session)
    let talk = try DIDTalk.read(try await sendInSession(text))
    do throws(ProviderFailure) { _ = try await sendInSession(end) } catch {
      // The text may be said up to its last sentence, or as a whole.
      throw ProviderFailure(
        .fateUnknown, "D-ID took the text; whether it knows that it is complete is not known.", detail: error.detail)
    }
    return talk
  }

  /// - Throws: `.notSupported` over HTTP, which has whole talks only.
  public func speakPart(
    _ part: SpokenPart, of talk: String?, in session: SessionHandle
  ) async throws(ProviderFailure) -> Talk {
    try checkTakesParts()
    return try DIDTalk.read(try await sendInSession(requests.part(part, in: session)))
  }

  public func speakEnd(_ end: SpokenEnd, of talk: String?, in session: SessionHandle) async throws(ProviderFailure) {
    try checkTakesParts()
    _ = try await sendInSession(requests.end(end, in: session))
  }

  private func checkTakesParts() throws(ProviderFailure) {
    guard case .webSocket = configuration.transport else {
      throw ProviderFailure(.notSupported, "D-ID takes parts of a text on its WebSocket only: did.transport websocket.")
    }
  }

  /// D-ID takes interruptions on the data channel, and only of fluent streams that were opened with the permission
  /// (de-id/agents-sdk, `webrtc-manager.ts`).
  /// - Throws: `.notSupported` for other streams, `.rejected` when no talk is named.
  public func interrupt(
    talk: String?, in session: SessionHandle
  ) async throws(ProviderFailure) -> Interruption {
    guard DIDStreamContract(session.contract).isInterruptible else {
      throw ProviderFailure(
        .notSupported, "This D-ID stream cannot be interrupted: it is not fluent or lacks the permission.")
    }
    guard let talk else { throw ProviderFailure(.rejected, "D-ID has to be told which talk to interrupt.") }
    let message: JSONValue = [
      "type": "stream/interrupt", "videoId": .string(talk), "timestamp": .integer(millisecondsSinceEpoch()),
    ]
    return .sendOnDataChannel(message.text)
  }

  /// D-ID has no such call: only a message, that is a talk, makes an idle stream live on.
  public func extend(_ session: SessionHandle) async throws(ProviderFailure) {
    throw ProviderFailure(.notSupported, "D-ID has no call that keeps an idle stream alive; only a talk does.")
  }

  public func close(_ session: SessionHandle) async throws(ProviderFailure) {
    do {
      // The reply is not read: `{status}`, an empty JSON string and an empty body were all seen.
      _ = try await send(requests.delete(session), at: .inSession)
    } catch  where error.code == .sessionGone {
      // It is gone, which is all that was wanted.
    }
  }

  public func event(fromDataChannel message: String) -> ProviderEvent? { DIDChannelMessage.event(message) }
}

extension DIDProvider {
  private func send(
    _ request: ProviderRequest, at stage: FailureTable.Stage
  ) async throws(ProviderFailure) -> ProviderResponse {
    let response = try await runner.runForClient(request)
    guard (200..<300).contains(response.status) else {
      throw DIDFailures.failure(response, to: request, at: stage)
    }
    return response
  }

  /// Sends a call on an open stream, in the words of a client that has its own. Where these name the wrong `session_id` the
  /// stream goes on, although D-ID says what it says of one that is over; and so it does where an agent's chat is what is
  /// not there.
  private func sendInSession(_ request: ProviderRequest) async throws(ProviderFailure) -> ProviderResponse {
    do {
      return try await send(request.inTheClientsWords, at: .inSession)
    } catch {
      guard error.code == .sessionGone, let call = VerbatimCall.current,
        error.vendor?.status == 400 || call.details.path != nil
      else { throw error }
      throw ProviderFailure(.rejected, error.message, vendor: error.vendor)
    }
  }

  private func session(of stream: DIDCreatedStream, _ plan: SessionPlan) -> ProviderSession {
    let path = DIDStreamContract(plan.contract).path
    let contract = DIDStreamContract(path: path, isInterruptible: stream.isInterruptible)
    var capabilities = traits.capabilities
    capabilities.interrupt = .dataChannel
    return ProviderSession(
      handle: .init(id: stream.id, routing: stream.sessionID, contract: contract.text),
      grant: .offer(stream.offer, iceServers: stream.iceServers),
      idleLimit: plan.idleLimit,
      lifetime: configuration.lifetime,
      capabilities: stream.isInterruptible ? capabilities : nil)
  }

  /// Ends a stream whose reply cannot be used; it may be billed all the same.
  /// - Returns: the failure, with what is left of the stream: the reply may not even have its name.
  private func abandon(
    _ response: ProviderResponse, _ plan: SessionPlan, because failure: ProviderFailure
  ) async -> ProviderFailure {
    guard let handle = DIDCreatedStream.remains(of: response, plan) else { return failure }
    do throws(ProviderFailure) { try await close(handle) } catch { return failure.leaving(.session(handle)) }
    return failure.leaving(.nothing)
  }
}

extension DIDProvider: PassingProvider {
  public func pass(_ call: PassedCall) async throws(ProviderFailure) -> VerbatimReply {
    try await runner.pass(
      call, to: BaseURL(configuration.baseURL), authentication: requests.authentication(of: call.details.connection),
      timeout: configuration.timeouts.speak)
  }
}

extension DIDProvider {
  /// The settings of the adapter.
  public struct Configuration: Sendable {
    /// How long each call may take.
    public typealias Timeouts = CallTimeouts
    /// How often a call that may be repeated is tried.
    public typealias Retry = RetryPolicy

    /// How calls reach D-ID.
    public enum Transport: Sendable, Hashable {
      /// One request a call, below ``Configuration/baseURL``.
      case http
      /// Messages on a WebSocket at this URL, which ``DIDSocketClient`` has to carry.
      case webSocket(String)
    }

    /// Where the API is: D-ID, a mock, or a proxy.
    public var baseURL: String
    /// The name under which sessions are opened; another one where D-ID is called in two ways.
    public var id: ProviderID = "did"
    /// HTTP unless it is changed.
    public var transport = Transport.http
    /// The key as the studio shows it (sent as `Basic`), or a whole header value that begins with `Basic `, `Bearer `
    /// or `Client-Key `.
    public var key: Secret
    /// The silence after which D-ID ends a stream that was opened without `session_timeout`: 5 minutes by the vendor's
    /// quick guide; users measured less, and plans differ.
    public var idleLimit: Duration
    /// How long a stream may live in all; D-ID states no limit.
    public var lifetime: Duration?
    /// The photo of talks for which the client names none.
    public var defaultSourceURL: String?
    /// Options that are let through although ``DIDOptions`` does not list them; none by default.
    public var extraOptions = ExtraOptions(setting: "did.extra-options", names: [])
    /// How long each call may take.
    public var timeouts: Timeouts
    /// How often a call that may be repeated is tried.
    public var retry: Retry

    /// The defaults are those of the vendor's own service.
    public init(
      baseURL: String = "https://api.d-id.com", key: Secret, idleLimit: Duration = .seconds(300),
      lifetime: Duration? = nil, defaultSourceURL: String? = nil, timeouts: Timeouts = Timeouts(),
      retry: Retry = Retry()
    ) {
      self.baseURL = baseURL
      self.key = key
      self.idleLimit = idleLimit
      self.lifetime = lifetime
      self.defaultSourceURL = defaultSourceURL
      self.timeouts = timeouts
      self.retry = retry
    }
  }
}
