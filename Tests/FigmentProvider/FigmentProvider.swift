// Makes a vendor that does not exist a provider of the relay, after the shape of today's newer ones: a session by REST, then
// one WebSocket for everything; the browser offers; candidates and events come on the socket.
import AvatarProvider
import Basics
import ProviderHTTP
import SessionValues
import StrictJSON

/// Speaks Figment's API, which `FigmentServer` serves in the tests. It needs what the adapters of real vendors need, and nothing of `Relay`.
///
/// `POST /v1/sessions` gives a session, its token and its ICE servers; `DELETE /v1/sessions/{id}` ends it. On `/v1/stream?token=…` each
/// message `{seq, op, …}` is answered with `{re, ok}` or `{re, error}`, in any order; whatever else comes is an event.
public struct FigmentProvider: AvatarProvider {
  public let id: ProviderID = "figment"
  public let traits = ProviderTraits(
    negotiation: .clientOffers, trickle: .init(fromClient: true, endOfCandidates: true, fromProvider: true),
    dataChannel: nil, capabilities: .init(interrupt: .relay, parts: .native, extend: true, ssml: false, audio: false),
    lanes: .init(candidates: .together, talks: .oneByOne), textLength: TextLength(.utf16, 1...2000))

  private let baseURL: String
  private let key: Secret
  private let client: any ProviderHTTPClient
  private let lines: FigmentLines

  /// Makes the adapter.
  /// - Parameters:
  ///   - baseURL: `http` or `https`; the WebSocket is at the same place.
  ///   - executor: the event loop on which sockets tell what happens.
  public init(
    baseURL: String, key: Secret, client: any ProviderHTTPClient, sockets: any ProviderSocketClient,
    executor: any SerialExecutor, clock: any MonotonicClock
  ) {
    self.baseURL = baseURL
    self.key = key
    self.client = client
    lines = FigmentLines(sockets, executor: executor, clock: clock)
  }

  public func plan(_ request: OpenRequest) throws(ProviderFailure) -> SessionPlan {
    if let unknown = request.options.members.first(where: { $0.name != "mood" }) {
      throw ProviderFailure(.rejected, "options.\(unknown.name): Figment has no such option.")
    }
    var body = request.options
    body["face"] = .string(request.avatar ?? "ada")
    return SessionPlan(avatar: body["face"]?.string, idleLimit: .seconds(120), body: body)
  }

  public func open(_ plan: SessionPlan) async throws(ProviderFailure) -> ProviderSession {
    let reply = try await send("POST", "/v1/sessions", JSONValue.object(plan.body).serialized)
    guard let id = reply["id"]?.string, let token = reply["token"]?.string else {
      throw ProviderFailure(.malformedReply, "Figment's session has no id or no token.")
    }
    let handle = SessionHandle(id: id, routing: token)
    let (events, source) = AsyncStream<ProviderEvent>.makeStream(bufferingPolicy: .bufferingOldest(Self.maximumEvents))
    do {
      let url = baseURL.replacing("http", with: "ws", maxReplacements: 1) + "/v1/stream?token=" + token
      try await lines.open(id, url, telling: source)
    } catch {
      do throws(ProviderFailure) { try await close(handle) } catch let remains {
        throw remains.leaving(.session(handle))
      }
      throw error.leaving(.nothing)
    }
    let servers = (reply["ice"]?.array ?? []).map { IceServer(urls: [$0.string ?? ""]) }
    return ProviderSession(
      handle: handle, grant: .awaitsOffer(iceServers: servers), idleLimit: plan.idleLimit, lifetime: nil, events: events
    )
  }

  public func describe(
    _ description: SessionDescription, in session: SessionHandle
  ) async throws(ProviderFailure) -> SessionDescription? {
    let reply = try await lines.ask("offer", ["sdp": .string(description.sdp)], of: session.id)
    guard let sdp = reply["sdp"]?.string else {
      throw ProviderFailure(.malformedReply, "Figment answered without SDP.")
    }
    return SessionDescription(kind: .answer, sdp: sdp)
  }

  public func add(_ candidate: IceCandidate?, in session: SessionHandle) async throws(ProviderFailure) {
    let json: JSONValue? = candidate.map {
      ["candidate": .string($0.candidate), "mid": $0.sdpMid.map(JSONValue.string) ?? nil]
    }
    _ = try await lines.ask("candidate", ["candidate": json ?? .null], of: session.id)
  }

  public func speak(_ script: Script, in session: SessionHandle) async throws(ProviderFailure) -> Talk {
    guard case .text(let text) = script.content else {
      throw ProviderFailure(.notSupported, "Figment speaks text only.")
    }
    let reply = try await lines.ask("say", ["text": .string(text)], of: session.id)
    return Talk(id: reply["utterance"]?.string, duration: nil)
  }

  public func speakPart(
    _ part: SpokenPart, of talk: String?, in session: SessionHandle
  ) async throws(ProviderFailure) -> Talk {
    guard let talk else {
      let reply = try await lines.ask("begin", ["text": .string(part.text)], of: session.id)
      return Talk(id: reply["utterance"]?.string, duration: nil)
    }
    let more: JSONObject = ["utterance": .string(talk), "index": .integer(Int64(part.index)), "text": .string(part.text)]
    _ = try await lines.ask("more", more, of: session.id)
    return Talk(id: talk, duration: nil)
  }

  public func speakEnd(_ end: SpokenEnd, of talk: String?, in session: SessionHandle) async throws(ProviderFailure) {
    _ = try await lines.ask("done", ["utterance": talk.map(JSONValue.string) ?? nil], of: session.id)
  }

  public func interrupt(talk: String?, in session: SessionHandle) async throws(ProviderFailure) -> Interruption {
    _ = try await lines.ask("stop", talk.map { ["utterance": .string($0)] } ?? [:], of: session.id)
    return .done
  }

  public func extend(_ session: SessionHandle) async throws(ProviderFailure) {
    _ = try await lines.ask("keep", [:], of: session.id)
  }

  /// By REST, since the socket may be gone, or in another process.
  public func close(_ session: SessionHandle) async throws(ProviderFailure) {
    do throws(ProviderFailure) {
      _ = try await send("DELETE", "/v1/sessions/" + session.id, [])
    } catch  where error.code == .sessionGone {
      // Over, which is all that was wanted.
    }
    await lines.end(session.id)
  }

  /// There is no data channel.
  public func event(fromDataChannel message: String) -> ProviderEvent? { nil }

  /// How many events of a session may wait to be told.
  private static let maximumEvents = 256

  private func send(_ method: String, _ path: String, _ body: [UInt8]) async throws(ProviderFailure) -> JSONValue {
    let request = ProviderRequest(
      method: method, url: baseURL + path,
      headers: [("X-Figment-Key", key.reveal { $0 }), ("Content-Type", "application/json")], body: body,
      repeatability: method == "DELETE" ? .repeatable : .once, priority: method == "DELETE" ? .closing : .ordinary)
    let response: ProviderResponse
    do { response = try await client.send(request) } catch { throw ProviderFailure(error) }
    let reply = try? JSONParser.parse(response.body)
    if (200..<300).contains(response.status) { return reply ?? [:] }
    throw ProviderFailure(figment: reply?["error"], status: response.status)
  }
}

extension ProviderFailure {
  /// What Figment refused, by REST or on the socket, under the same names.
  init(figment error: JSONValue?, status: Int = 0) {
    let code: Code =
      switch error?["code"]?.string {
      case "bad_key": .unauthorized
      case "too_many": .sessionLimit
      case "no_session": .sessionGone
      case "not_ready": .notReady
      case "refused": .rejected
      default: .fateUnknown
      }
    let vendor = Vendor(status: status, code: error?["code"]?.string, message: error?["words"]?.string)
    self.init(code, "Figment did not do it (\(code.rawValue)).", vendor: vendor)
  }

  init(_ failure: ProviderHTTPFailure) {
    self.init(
      failure.neverSent ? .unreachable : .fateUnknown, "Figment did not answer (\(failure.code.rawValue)).",
      detail: failure.detail)
  }
}
