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
    request.repeatability = .once
    return request
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
    VerbatimReply(
      status: response.status, fields: response.headers.map { (name: $0.name, value: withoutCredentials($0.value)) },
      body: clearing(response.body))
  }

  /// A body without any credential; the same bytes where it has none.
  private func clearing(_ body: [UInt8]) -> [UInt8] {
    let text = String(decoding: body, as: UTF8.self)
    let clean = withoutCredentials(text)
    return clean == text ? body : Array(clean.utf8)
  }
}
