// Sends calls as a client wrote them, and leaves it the provider's own replies.
import AvatarProvider
import ProviderHTTP

extension ProviderRequest {
  /// The request in the words of the client for whom the current task makes it, where it has words of its own: with its
  /// body, and once, as it was asked for.
  public var inTheClientsWords: ProviderRequest {
    guard let call = VerbatimCall.current else { return self }
    var request = self
    request.body = call.body
    request.headers += call.details.headers
    request.repeatability = .once
    return request
  }
}

extension VerbatimDetails {
  /// The header fields in an order that is always the same.
  var headers: [(name: String, value: String)] {
    fields.sorted { $0.key < $1.key }.map { (name: $0.key, value: $0.value) }
  }
}

extension CallRunner {
  /// Sends a request as ``run(_:)`` does, and leaves the reply to the client that reads the vendor's own.
  public func runForClient(_ request: ProviderRequest) async throws(ProviderFailure) -> ProviderResponse {
    let response = try await run(request)
    VerbatimCall.current?.answered(request.cleared(response))
    return response
  }
}

extension ProviderRequest {
  /// The reply to this request without any credential of it.
  func cleared(_ response: ProviderResponse) -> VerbatimReply {
    let credentials = QuotedCredentials(of: self)
    return VerbatimReply(
      status: response.status,
      fields: response.headers.map { (name: $0.name, value: credentials.removed(from: $0.value)) },
      body: credentials.removed(from: response.body))
  }
}
