// Says what the relay asks of an adapter for calls of a vendor's API that belong to no session.
import AvatarProvider
import ProviderHTTP

/// A call of a vendor's API that belongs to no session of the relay, as a client wrote it.
public struct PassedCall: Sendable {
  /// The method.
  public var method: String
  /// The segments of the path below the vendor's base URL; nothing is encoded in them.
  public var path: [String]
  /// What follows `?`, as it was sent; nil without one.
  public var query: String?
  /// What the body is; nil without one.
  public var contentType: String?
  /// The body as it came.
  public var body: [UInt8]
  /// What else of the client's goes with it; its path is not asked for.
  public var details: VerbatimDetails

  /// Takes a call as it came.
  public init(
    method: String, path: [String], query: String?, contentType: String?, body: [UInt8], details: VerbatimDetails
  ) {
    self.method = method
    self.path = path
    self.query = query
    self.contentType = contentType
    self.body = body
    self.details = details
  }
}

/// An adapter that makes such calls with its key. Whether they may be made was decided before.
public protocol PassingProvider: AvatarProvider {
  /// Makes a call, once, and returns the vendor's reply, whatever it says, without any credential in it.
  func pass(_ call: PassedCall) async throws(ProviderFailure) -> VerbatimReply
}

extension CallRunner {
  /// The largest reply in bytes that a client gets.
  public static let maximumPassedReplyBytes = 4 << 20

  /// Makes a call that belongs to no session.
  public func pass(
    _ call: PassedCall, to baseURL: BaseURL, authentication: (name: String, value: String), timeout: Duration
  ) async throws(ProviderFailure) -> VerbatimReply {
    let type = call.body.isEmpty ? [] : [(name: "Content-Type", value: call.contentType ?? "application/json")]
    let request = ProviderRequest(
      method: call.method, url: baseURL.appending(call.path) + (call.query.map { "?\($0)" } ?? ""),
      headers: [authentication, (name: "Accept", value: "application/json")] + type + call.details.headers, body: call.body,
      repeatability: .once, timeout: timeout, maximumResponseBytes: Self.maximumPassedReplyBytes)
    return request.cleared(try await run(request))
  }
}
