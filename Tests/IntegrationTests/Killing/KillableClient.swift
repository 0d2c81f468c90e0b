// The network of a relay that may be killed before it sends and before it reads.
import ProviderHTTP

/// Sends requests as long as its relay lives.
struct KillableClient: ProviderHTTPClient {
  let client: any ProviderHTTPClient
  let killSwitch: KillSwitch

  func send(_ request: ProviderRequest) async throws(ProviderHTTPFailure) -> ProviderResponse {
    let name = "\(request.method) \(request.url.split(separator: "/").last ?? "")"
    guard killSwitch.pass("before \(name)") else { throw Self.dead }
    let response = try await client.send(request)
    guard killSwitch.pass("after \(name)") else { throw Self.dead }
    return response
  }

  private static let dead = ProviderHTTPFailure(.cancelled, neverSent: true, detail: "the relay is dead")
}
