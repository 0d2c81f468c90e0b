// A network that does not exist and remembers what was asked of it.
import ProviderHTTP
import Synchronization

/// Answers every request alike and keeps them.
final class MediaSourceClient: ProviderHTTPClient {
  private let requests = Mutex<[ProviderRequest]>([])
  private let answer: Result<ProviderResponse, ProviderHTTPFailure>

  init(_ answer: Result<ProviderResponse, ProviderHTTPFailure> = .success(ProviderResponse(status: 200, body: [7]))) {
    self.answer = answer
  }

  var sent: [ProviderRequest] { requests.withLock { $0 } }

  func send(_ request: ProviderRequest) async throws(ProviderHTTPFailure) -> ProviderResponse {
    requests.withLock { $0.append(request) }
    return try answer.get()
  }
}
